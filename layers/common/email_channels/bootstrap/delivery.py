"""Builds the use case of the function `delivery`, which turns SES events into delivery states."""

from __future__ import annotations

from functools import cache

from email_channels.aws.stores.notification_delivery_store import NotificationDeliveryStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.bootstrap.process import read_settings
from email_channels.followup.delivery_events import DeliveryEvents
from email_channels.settings import DeliverySettings


@cache
def delivery_events() -> DeliveryEvents:
    """The use case that handles SES events."""
    read_settings(DeliverySettings)
    return DeliveryEvents(OutboundStore(), NotificationDeliveryStore())

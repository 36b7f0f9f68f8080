"""SES's events about what was sent, as EventBridge delivers them: one an invocation, each perhaps several times."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from email_channels.aws import timeouts
from email_channels.aws.rows import table
from email_channels.aws.stores.notification_delivery_store import NotificationDeliveryStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.followup.delivery_events import DeliveryEvents
from email_channels.observability import logger
from email_channels.settings import DeliverySettings, load

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Takes one event. What it raises makes Lambda try again, twice; then the event goes to the failure queue."""
    logger().set_correlation_id(context.aws_request_id)
    timeouts.set_deadline(context.get_remaining_time_in_millis() / 1000)
    _events().take(event, datetime.now(UTC))


@lru_cache(maxsize=1)
def _events() -> DeliveryEvents:
    table.bind(load(DeliverySettings, os.environ).table_name)
    return DeliveryEvents(OutboundStore(), NotificationDeliveryStore())

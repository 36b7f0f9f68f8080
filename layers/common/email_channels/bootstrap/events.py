"""Builds the use case of the function `events`, which tells other systems what happened."""

from __future__ import annotations

from functools import cache

from email_channels.aws import clients
from email_channels.aws.event_bus import EventBus
from email_channels.bootstrap.process import read_settings
from email_channels.errors import SettingsError
from email_channels.followup.publishing import Publisher, read_cases
from email_channels.settings import EventsSettings


@cache
def publisher() -> Publisher:
    """The use case that publishes the domain events of the stream's records."""
    bus = read_settings(EventsSettings).event_bus_name
    if bus is None:
        raise SettingsError("EventBusName: required, but empty")
    return Publisher(EventBus(clients.events(), bus).put, read_cases)

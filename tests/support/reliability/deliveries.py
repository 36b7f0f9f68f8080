"""Deliveries that AWS still has to make, and how often it tries each."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cache
from typing import Any, Literal, cast
from urllib.parse import quote_plus

from moto.core.models import DEFAULT_ACCOUNT_ID

from local.cloudformation.template import read_template
from local.events.event_patterns import Predicate, matcher
from local.ses.events import SendDetails, events_of
from tests.support.in_process.aws import REGION
from tests.support.paths import TEMPLATE
from tests.support.reliability.environment import ENVIRONMENT

Function = Literal["inbound", "notify", "events", "delivery", "purge", "reconcile", "adhoc_send", "agent_api", "jobs"]
STREAM_READERS: tuple[Function, ...] = ("notify", "events")

# As in template.yaml.
GIVE_UP_AT = int(ENVIRONMENT["GIVE_UP_AT_RECEIVE"])
MOST_TRIES: Mapping[str, int] = {
    "inbound": 50,
    "notify": 6,
    "events": 50,  # the template gives up by the age of a record only
    "delivery": 3,
    "purge": 3,
    "reconcile": 3,
    "jobs": 12,
}
MOST_TRIES_OF_ARRIVALS = 10
ARRIVALS_DELAY, ARRIVALS_HIDDEN = timedelta(minutes=15), timedelta(minutes=90)
PURGE_AT = timedelta(hours=2, minutes=30)
MAX_BATCH = 100

EVENT_TYPES = frozenset({"SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT"})
SIMULATOR = "simulator.amazonses.com"


@cache
def stream_filters(reader: Function) -> list[Predicate]:
    """The filters of the template: a record of the table's stream goes to a function if one of them matches."""
    function = read_template(TEMPLATE)["Resources"][f"{reader.capitalize()}Function"]["Properties"]
    filters = function["Events"]["Records"]["Properties"]["FilterCriteria"]["Filters"]
    return [matcher(json.loads(one["Pattern"])) for one in filters]


class Fate(Enum):
    """The result of a delivery."""

    DONE = auto()
    AGAIN = auto()
    """It failed and stays pending."""
    DEAD = auto()
    """It failed for the last time."""


class Failed(Exception):
    """A function raised an exception."""


@dataclass(eq=False)
class Delivery:
    """An event that AWS still has to pass to a function. Deliveries with the same `lane` keep their order.

    `what` is the queue message's body, the stream's records, or the event itself. `arrival`: it is a message of the
    arrivals queue, which `reconcile` has besides its schedule.
    """

    function: Function
    what: Any
    number: int
    lane: str | None = None
    tries: int = 0
    arrival: bool = False

    @property
    def most_tries(self) -> int:
        """How often AWS tries to deliver it."""
        return MOST_TRIES_OF_ARRIVALS if self.arrival else MOST_TRIES[self.function]


@dataclass(frozen=True)
class Sent:
    """An email that SES accepted."""

    message_id: str
    source: str
    to: tuple[str, ...]
    tags: Mapping[str, str]
    raw: bytes
    at: datetime

    @property
    def kind(self) -> str:
        return self.tags["kind"]


def notification(bucket: str, key: str) -> str:
    """The body of the queue's message about a new object (S3 User Guide, event message structure)."""
    about = {"bucket": {"name": bucket}, "object": {"key": quote_plus(key)}}
    return json.dumps({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": about}]})


def arrival(bucket: str, key: str) -> str:
    """The body of the arrivals queue's message about a new object: EventBridge's event, whose keys are not encoded.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    detail = {"bucket": {"name": bucket}, "object": {"key": key}, "reason": "PutObject"}
    return json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": detail})


def events_about(sent: Sent, fates: Mapping[str, str]) -> list[dict[str, Any]]:
    """The events of SES about an email. Its fate at each address decides which ones (see `Simulation`)."""
    places = {
        f"{fates[address]}+{n}@{SIMULATOR}" if address in fates else address: address
        for n, address in enumerate(sent.to)
    }
    sending = SendDetails(
        message_id=sent.message_id,
        region=REGION,
        account=DEFAULT_ACCOUNT_ID,
        configuration_set=ENVIRONMENT["CONFIGURATION_SET"],
        sent_at=sent.at,
        source=sent.source,
        recipients=tuple(places),
        headers=(),
        common_headers={},
        tags={name: [value] for name, value in sent.tags.items()},
        infected=False,
    )
    text = json.dumps(events_of(sending, EVENT_TYPES))
    for place, address in places.items():
        text = text.replace(place, address)
    return cast("list[dict[str, Any]]", json.loads(text))


def raw_message(parameters: Mapping[str, Any]) -> bytes:
    """The message in the parameters of a SendEmail request."""
    return base64.b64decode(parameters["Content"]["Raw"]["Data"])

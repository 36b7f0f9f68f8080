"""The EventBridge bus on which domain events are put.

EventBridge takes ten events in a call, and answers for each of them whether it has taken it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from email_channels.aws.retries import pause
from email_channels.cases.domain_events.event import SOURCE, DomainEvent
from email_channels.errors import Fault
from email_channels.observability import logger, raised

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
MOST_ENTRIES = 10
MOST_BYTES = 256 * 1024
"""Of all entries of a call together."""
ATTEMPTS = 4
"""How often an entry is put that EventBridge throttles. The SDK retries only calls that fail as one."""

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html: an entry with a time has 14 bytes more.
_TIME_BYTES = 14
_TRANSIENT = {"InternalException", "InternalFailure", "ThrottlingException"}


class EventBus:
    """Puts events on one bus, in order."""

    def __init__(self, client: EventBridgeClient, name: str) -> None:
        self._client = client
        self._name = name
        self._exists = False

    def put(self, events: Sequence[DomainEvent]) -> int:
        """Puts events, and returns how many of them, from the first one on, are on the bus now.

        If these are not all, the log says why. Some of the events after them may be on the bus, too. Never raises for
        a fault of AWS.
        """
        done = 0
        try:
            if events:
                self._require_bus()
            for entries in _calls([self._entry(event) for event in events]):
                put = self._put(entries)
                done += put
                if put < len(entries):
                    break
        except Exception as error:  # noqa: BLE001 - the caller has the rest retried, whatever it was
            logger().error("domain events failed", extra={"left": len(events) - done, **raised(error)})
        return done

    def _put(self, entries: list[PutEventsRequestEntryTypeDef]) -> int:
        """How many entries of one call, from the first one on, are on the bus."""
        left = list(range(len(entries)))
        codes: list[str] = []
        for attempt in range(ATTEMPTS):
            if attempt:
                pause(attempt)
            answer = self._client.put_events(Entries=[entries[n] for n in left])
            failed = [
                (n, one["ErrorCode"]) for n, one in zip(left, answer["Entries"], strict=True) if "ErrorCode" in one
            ]
            if not failed:
                return len(entries)
            left, codes = [n for n, _ in failed], sorted({code for _, code in failed})
            if not _TRANSIENT.issuperset(codes):
                break
        logger().error("domain events failed", extra={"left": len(left), "codes": codes})
        return left[0]

    def _require_bus(self) -> None:
        """Fails if there is no such bus, once in a process: EventBridge takes events for it, and nobody gets them."""
        if not self._exists:
            try:
                self._client.describe_event_bus(Name=self._name)
            except self._client.exceptions.ResourceNotFoundException:
                raise Fault("the event bus (EventBusName) does not exist") from None
            self._exists = True

    def _entry(self, event: DomainEvent) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event.type.value,
            "Time": event.at,
            "Detail": json.dumps(event.detail(), ensure_ascii=False),
        }


def _calls(entries: Sequence[PutEventsRequestEntryTypeDef]) -> Iterator[list[PutEventsRequestEntryTypeDef]]:
    """The entries of each call. A single entry is far below MOST_BYTES: all its texts have limits."""
    call: list[PutEventsRequestEntryTypeDef] = []
    size = 0
    for entry in entries:
        more = entry_bytes(entry)
        if call and (len(call) == MOST_ENTRIES or size + more > MOST_BYTES):
            yield call
            call, size = [], 0
        call.append(entry)
        size += more
    if call:
        yield call


def entry_bytes(entry: PutEventsRequestEntryTypeDef) -> int:
    """The size of an entry as EventBridge counts it."""
    return _TIME_BYTES + sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))

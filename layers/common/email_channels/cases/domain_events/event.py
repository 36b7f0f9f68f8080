"""Domain events: what other systems learn of cases and emails. They hold ids, codes and times, and nothing personal.

`docs/events/` has a JSON schema for each type.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import datetime
from enum import StrEnum

from email_channels.times import to_text
from email_channels.values import dataclass

SOURCE = "email-channels"
"""The source of all events, by which rules of EventBridge select them."""

_ID_LENGTH = 32


class EventType(StrEnum):
    """What happened. The values are the detail types of EventBridge.

    - `CASE_CREATED`: there is a new case
    - `CASE_CHANGED`: a case looks different, or its history does other than by an email that came or was sent
    - `CASE_ERASED`: a case was erased
    - `EMAIL_RECEIVED`: an inbound email became a case, or an entry of one
    - `EMAIL_SENT`: SES accepted an outbound email
    - `EMAIL_STATE_CHANGED`: a recipient of an outbound email has another delivery state
    - `EMAIL_UNPROCESSED`: an inbound email made no case, or it is unprocessed for another reason now
    - `EMAIL_PURGED`: an unprocessed email was deleted
    """

    CASE_CREATED = "case.created"
    CASE_CHANGED = "case.changed"
    CASE_ERASED = "case.erased"
    EMAIL_RECEIVED = "email.received"
    EMAIL_SENT = "email.sent"
    EMAIL_STATE_CHANGED = "email.state_changed"
    EMAIL_UNPROCESSED = "email.unprocessed"
    EMAIL_PURGED = "email.purged"


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """One event. `id` is always the same for the same event, and `at` is when it happened.

    `email_id` of an unprocessed email is its id in the API. `outcome` and `reason` are of an inbound email, `state` of
    an outbound one. `mailbox_id` is `mailboxes.mailbox_id`. What says nothing about the event is None.
    """

    type: EventType
    id: str
    at: datetime
    case_id: str | None = None
    email_id: str | None = None
    outcome: str | None = None
    reason: str | None = None
    state: str | None = None
    mailbox_id: str | None = None
    topic: str | None = None
    service_group: str | None = None

    def detail(self) -> dict[str, str | None]:
        """The `detail` of the event: every field but the type, null where there is nothing."""
        texts = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in {"type", "at"}}
        return {"id": texts.pop("id"), "at": to_text(self.at), **texts}


def event_id(change_id: str, type_: EventType, state: str | None) -> str:
    """The id of an event. `change_id` names the write that caused it, which may cause one event of each type, and of
    each state."""
    return hashlib.sha256(f"{change_id} {type_.value} {state or ''}".encode()).hexdigest()[:_ID_LENGTH]

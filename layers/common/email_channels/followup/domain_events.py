"""Which domain events a write to the table stands for.

Everything that other systems must learn is one write of one item, whoever makes it. So the events are made from the
table's stream alone, and no use case has to think of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, TypedDict

from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow, waiting_on_of
from email_channels.aws.rows.codec import recipients_from_json
from email_channels.aws.rows.entry_rows import EntryRow, entry_of
from email_channels.aws.rows.stream_records import ItemChange
from email_channels.aws.rows.table import Row
from email_channels.aws.rows.tombstone_rows import TombstoneRow
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow
from email_channels.cases.domain_events.event import DomainEvent, EventType, event_id
from email_channels.cases.history import Direction, EntryKind
from email_channels.cases.mailboxes import mailbox_id
from email_channels.cases.outcomes import Outcome
from email_channels.cases.recipients import RecipientState

# What `GET /cases/{case_id}` shows of a case, but for its times: these change with each email, which has its own event.
_SHOWN: tuple[Callable[[CaseRow], Any], ...] = (
    lambda row: (row.status, row.topic, row.service_group, row.subject, row.mailbox, row.merged_into),
    lambda row: (row.employee, row.regarding, bool(row.show_to_employee), row.assignee),
    lambda row: (row.flags or set(), row.siblings or set(), row.warnings or set()),
    lambda row: (row.unread_from is not None, waiting_on_of(row)),
)
# `email.sent` says that an email was sent, and nothing happened before.
_NO_NEWS = {RecipientState.QUEUED, RecipientState.SENT}

_Make = Callable[..., DomainEvent]


class _Facts(TypedDict):
    mailbox_id: str | None
    topic: str | None
    service_group: str | None


def events_of(change: ItemChange) -> list[DomainEvent]:
    """The events of one write, in their order. Those about an entry do not say of which mailbox, topic and service
    group its case is (`in_case` adds that)."""
    make = partial(_event, change)
    return [*_of_case(change.old, change.new, make), *_of_entry(change, make), *_of_unprocessed(change, make)]


def in_case(event: DomainEvent, case: CaseRow | None) -> DomainEvent | None:
    """An event about an entry, with what its case says; None if the history changed because the case was erased."""
    if case is None:
        return None if event.type is EventType.CASE_CHANGED else event
    return replace(event, **_facts(case))


def _event(change: ItemChange, type_: EventType, *, state: str | None = None, **about: str | None) -> DomainEvent:
    return DomainEvent(type_, event_id(change.id, type_, state), change.at, state=state, **about)


def _of_case(old: Row | None, new: Row | None, make: _Make) -> Iterator[DomainEvent]:
    if isinstance(new, CaseRow):
        make = partial(make, case_id=keys.record_id_of(new.pk), **_facts(new))
        if not isinstance(old, CaseRow):
            yield make(EventType.CASE_CREATED, email_id=new.email_id)
            if new.email_id is not None:
                yield make(EventType.EMAIL_RECEIVED, email_id=new.email_id, outcome=Outcome.CASE.value)
        elif any(show(old) != show(new) for show in _SHOWN) or old.email_id != new.email_id:
            # The email is the one that was moved away, or erased.
            yield make(EventType.CASE_CHANGED, email_id=old.email_id if old.email_id != new.email_id else None)
    elif isinstance(old, CaseRow):
        yield make(EventType.CASE_ERASED, case_id=keys.record_id_of(old.pk), **_facts(old))


def _facts(row: CaseRow) -> _Facts:
    return {
        "mailbox_id": mailbox_id(row.mailbox) if row.mailbox else None,
        "topic": row.topic,
        "service_group": row.service_group,
    }


def _of_entry(change: ItemChange, make: _Make) -> Iterator[DomainEvent]:
    old = change.old if isinstance(change.old, EntryRow) else None
    new = change.new if isinstance(change.new, EntryRow) else None
    row = new or old
    if row is None:
        return
    make = partial(make, case_id=keys.record_id_of(row.pk), email_id=keys.email_id_of(row.sk))
    comes = new is not None and old is None
    if new is None or (comes and (new.moved or new.direction == Direction.INTERNAL.value)):
        # An email that a person has moved here or away, an email that was erased, or a note.
        yield make(EventType.CASE_CHANGED)
    elif comes and not new.direction:  # an inbound email
        report = entry_of(new).email.kind is EntryKind.DELIVERY_REPORT
        yield make(EventType.EMAIL_RECEIVED, outcome=(Outcome.DELIVERY_REPORT if report else Outcome.ENTRY).value)
    elif new.direction == Direction.OUTBOUND.value:
        if new.message_id and not (old and old.message_id):
            yield make(EventType.EMAIL_SENT, state=RecipientState.SENT.value)
        for state in _new_states(old, new):
            yield make(EventType.EMAIL_STATE_CHANGED, state=state)


def _new_states(old: EntryRow | None, new: EntryRow) -> list[str]:
    """The states that some recipient has now and did not have before, each once."""
    before = {(one.address, one.role): one.state for one in recipients_from_json(old.recipients if old else None)}
    reached = {
        one.state
        for one in recipients_from_json(new.recipients)
        if one.state is not before.get((one.address, one.role)) and one.state not in _NO_NEWS
    }
    return sorted(state.value for state in reached)


def _of_unprocessed(change: ItemChange, make: _Make) -> Iterator[DomainEvent]:
    old, new = change.old, change.new
    if isinstance(new, UnprocessedRow):
        if not isinstance(old, UnprocessedRow) or old.reason != new.reason:
            yield make(EventType.EMAIL_UNPROCESSED, **_about_unprocessed(new))
    elif isinstance(old, UnprocessedRow) and (new is None or isinstance(new, TombstoneRow)):
        yield make(EventType.EMAIL_PURGED, **_about_unprocessed(old))


def _about_unprocessed(row: UnprocessedRow) -> dict[str, str | None]:
    return {
        "email_id": keys.record_id_of(row.pk),
        "outcome": Outcome.UNPROCESSED.value,
        "reason": row.reason,
        "mailbox_id": mailbox_id(row.mailbox) if row.mailbox else None,
    }

"""The audit: who changed what, when. A record is written with each change by a person, and never changed.

A record must be safe to keep after the people in it have been erased. So it names all fields that changed, but shows
values only of codes, flags, and the configuration of mailboxes, topics and service groups. It never holds names,
addresses of people, subjects, notes or texts. `SHOWN` is the list of fields whose values are shown; a field that is not
listed is only named. `targets.py` says how the target of a change is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from email_channels.cases.identity import sortable_id
from email_channels.cases.references import random_id
from email_channels.times import to_milliseconds
from email_channels.values import dataclass

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Document = Mapping[str, Any]
"""The fields of a thing by name, with values that JSON can hold."""


class AuditAction(StrEnum):
    """What a person did: `<kind>.<verb>`."""

    MAILBOX_PUT = "mailbox.put"
    MAILBOX_DELETE = "mailbox.delete"
    USER_MAPPING_PUT = "user_mapping.put"
    USER_MAPPING_DELETE = "user_mapping.delete"
    TOPIC_PUT = "topic.put"
    TOPIC_DELETE = "topic.delete"
    SERVICE_GROUP_PUT = "service_group.put"
    SERVICE_GROUP_DELETE = "service_group.delete"
    TEMPLATE_PUT = "template.put"
    TEMPLATE_DELETE = "template.delete"
    EMPLOYEE_PUT = "employee.put"
    EMPLOYEE_DELETE = "employee.delete"
    EMPLOYEE_IMPORT = "employee.import"
    EMPLOYEE_ERASE = "employee.erase"
    UNPROCESSED_RETRY = "unprocessed.retry"
    UNPROCESSED_ASSIGN = "unprocessed.assign"
    UNPROCESSED_HOLD = "unprocessed.hold"
    UNPROCESSED_RELEASE = "unprocessed.release"
    UNPROCESSED_DISCARD = "unprocessed.discard"
    CASE_CREATE = "case.create"
    CASE_CHANGE = "case.change"
    CASE_MERGE = "case.merge"
    CASE_ERASE = "case.erase"
    EMAIL_SEND = "email.send"
    EMAIL_MOVE = "email.move"
    EMAIL_SPLIT = "email.split"
    NOTE_CREATE = "note.create"
    SIGNATURE_PUT = "signature.put"
    ATTACHMENT_ACCEPT_RISK = "attachment.accept_risk"


SHOWN: Mapping[str, frozenset[str]] = {
    "mailbox": frozenset(
        {
            "receiving_address",
            "default_topic",
            "identify_sender",
            "variable_topic",
            "variable_show",
            "default_show",
            "trusted_senders",
            "trust_without_authentication",
            "acknowledge_sender",
            "language",
        }
    ),
    "user_mapping": frozenset({"mailbox"}),
    "topic": frozenset({"name", "service_group", "by_population"}),
    "service_group": frozenset({"name", "address", "secured"}),
    "template": frozenset({"language"}),
    "employee": frozenset({"blocked"}),
    "unprocessed": frozenset({"outcome", "reason", "case_id", "topic", "held"}),
    "case": frozenset({"status", "topic", "service_group", "show_to_employee", "waiting_on", "merged_into"}),
    "email": frozenset({"case_id"}),
    "note": frozenset(),
    "signature": frozenset(),
    "attachment": frozenset(),
}
"""The fields whose values are shown, by the kind of the action. Other fields are only named."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One change by a person: `actor`, the `sub` of the token, did `action` to `target`.

    `fields` names all fields that changed. `before` and `after` hold those of them that may be shown; None stands for a
    thing that did not exist, or does not exist any more. `id` sorts by time. The record expires at `kept_until`.
    """

    id: str
    at: datetime
    actor: str
    action: str
    target: str
    fields: tuple[str, ...]
    before: Document | None
    after: Document | None
    kept_until: datetime


@dataclass(frozen=True, slots=True)
class Act:
    """One act of a person, before it is known what it changes: who, when, and the id that its record will have.

    The id is fixed before the first attempt to write. So a record with this id proves that the attempt succeeded, even
    if its answer was lost. One act leaves at most one record; a job needs a new act for each of its items.
    """

    id: str
    at: datetime
    actor: str
    kept_until: datetime

    def record(
        self, action: AuditAction, target: str, before: Document | None = None, after: Document | None = None
    ) -> AuditRecord:
        """The record of this act: the difference of two documents, as the audit may show it.

        None stands for a thing that does not exist. Fields whose values may not be shown (`SHOWN`) are only named.
        """
        old, new = before or {}, after or {}
        changed = sorted(name for name in {*old, *new} if (name in old, old.get(name)) != (name in new, new.get(name)))
        shown = SHOWN[action.partition(".")[0]]

        def visible(document: Document | None) -> Document | None:
            return document and {name: document[name] for name in changed if name in shown & document.keys()}

        return AuditRecord(
            id=self.id,
            at=self.at,
            actor=self.actor,
            action=action.value,
            target=target,
            fields=tuple(changed),
            before=visible(before),
            after=visible(after),
            kept_until=self.kept_until,
        )


def begin_act(actor: str, now: datetime, retention_days: int) -> Act:
    """A new act of the person whose token has the `sub` `actor`. Its record is kept for this many days."""
    at = to_milliseconds(now)
    return Act(sortable_id(at, random_id()), at, actor, at + timedelta(days=retention_days))


def document_of(value: DataclassInstance | None, name: str) -> Document | None:
    """The fields of a thing, without the field `name`, which is the target of the record. None for None."""
    if value is None:
        return None
    return {field.name.rstrip("_"): getattr(value, field.name) for field in fields(value) if field.name != name}

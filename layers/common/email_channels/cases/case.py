"""Cases: what agents work on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from email_channels.addresses import normalise
from email_channels.cases.directory import Employee
from email_channels.cases.history import StoredEmail
from email_channels.cases.people.agent import Agent
from email_channels.cases.warnings import EmailWarning
from email_channels.values import dataclass

# A case that has this many emails, or emails of this size together (originals, in bytes), is full: it takes no more.
MAX_CASE_EMAILS = 1_000
MAX_CASE_BYTES = 2 * 1024**3
# The item of a case is written again and again, so its subject is short. The email keeps the whole one.
MAX_SUBJECT_BYTES = 750
_PARTICIPANT_KEY_BYTES = 8


class CaseStatus(StrEnum):
    """Open until an agent closes it; closed until an agent reopens it."""

    OPEN = "open"
    CLOSED = "closed"


class WaitingOn(StrEnum):
    """Who has to act next.

    - `AGENT`: the case is new, an email arrived, an agent's email failed, or an agent reopened the case
    - `EMPLOYEE`: an agent sent an email
    - `NOBODY`: an agent closed the case
    """

    AGENT = "agent"
    EMPLOYEE = "employee"
    NOBODY = "nobody"


class CaseFlag(StrEnum):
    """What an agent should know about how the case was made."""

    TOPIC_DEFAULTED = "topic_defaulted"
    SHOW_DEFAULTED = "show_defaulted"
    REGARDING_NOT_FOUND = "regarding_not_found"
    VALUES_NOT_BELIEVED = "values_not_believed"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    AUTHENTICATION_FAILED = "authentication_failed"
    SPAM = "spam"
    VIRUS = "virus"


@dataclass(frozen=True, slots=True)
class EmployeeSnapshot:
    """An employee as they were when the case was made. `email` is the address that they wrote from, or their first."""

    user_id: str
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    `version` counts the changes that agents make, and is the ETag. An email that arrives changes `updated_at` but not
    `version`, so it never causes a conflict with a change that an agent is typing. `participants` are the keys
    (`participant_key`) of the addresses in the history; with `more_participants`, there are others besides them.
    `email` is the email that the case was made from, and the first entry of its history; it is None if an agent made
    the case, or moved the email to another case. `acknowledge`: the sender of that email gets an acknowledgement;
    `neutral`: one that repeats nothing of the email, because its sender is not proven.
    `emails` and `size` are the number and the size of the emails in the history, the first one included; they may lag
    a little behind. `merged_into` is the case into which an agent has merged this one: it has the emails now.
    `assignee` is the agent who takes care of the case.
    `unread_from` is the email id of the first email that no agent has read; None if all are read. `warnings` are those
    of the unread emails. `acted_at` is when an agent last sent an email, closed or reopened the case; None: never.
    `handed_over_at` is set until the service group is alerted that it got the case.
    """

    case_id: str
    status: CaseStatus
    subject: str
    issue: str
    topic: str
    service_group: str
    employee: EmployeeSnapshot | None
    regarding: EmployeeSnapshot | None
    show_to_employee: bool
    flags: tuple[str, ...]
    siblings: tuple[str, ...]
    mailbox: str | None
    created_at: datetime
    updated_at: datetime
    participants: frozenset[bytes] = frozenset()
    more_participants: bool = False
    version: int = 1
    acknowledge: bool = False
    acknowledged_at: datetime | None = None
    alerted_at: datetime | None = None
    email: StoredEmail | None = None
    emails: int = 0
    size: int = 0
    neutral: bool = False
    merged_into: str | None = None
    assignee: Agent | None = None
    unread_from: str | None = None
    warnings: tuple[EmailWarning, ...] = ()
    waiting_on: WaitingOn = WaitingOn.AGENT
    acted_at: datetime | None = None
    last_inbound_at: datetime | None = None
    last_outbound_at: datetime | None = None
    handed_over_at: datetime | None = None

    @property
    def unread(self) -> bool:
        """Whether the case has an email that no agent has read."""
        return self.unread_from is not None


def made_from(email: StoredEmail, case: Case) -> Case:
    """The new case with the inbound email that it is made from: unread, and waiting on the agent."""
    return replace(
        case,
        email=email,
        unread_from=email.email_id,
        warnings=email.warnings,
        waiting_on=WaitingOn.AGENT,
        last_inbound_at=email.at,
    )


def snapshot(employee: Employee, sender: str = "") -> EmployeeSnapshot:
    """The employee as the case keeps them, with the address that they wrote from (`sender`, normalised), or their
    first."""
    first = employee.emails[0] if employee.emails else None
    email = next((email for email in employee.emails if normalise(email) == sender), first)
    return EmployeeSnapshot(employee.user_id, employee.name, email)


def short_subject(subject: str) -> str:
    """The subject, cut to at most MAX_SUBJECT_BYTES bytes of UTF-8."""
    return subject.encode("utf-8", "replace")[:MAX_SUBJECT_BYTES].decode("utf-8", "ignore")


def is_full(emails: int, size: int) -> bool:
    """Whether a case with this many emails, of this size together, takes no more."""
    return emails >= MAX_CASE_EMAILS or size >= MAX_CASE_BYTES


def participant_key(address: str) -> bytes:
    """What a case keeps of a participant's normalised address: a hash, which is shorter and tells nothing about them.

    To be taken for a participant, a stranger would have to find an address with the same 64 bits.
    """
    return hashlib.sha256(address.encode("utf-8", "replace")).digest()[:_PARTICIPANT_KEY_BYTES]


def participant_keys(addresses: Iterable[str]) -> frozenset[bytes]:
    """The keys of normalised addresses."""
    return frozenset(map(participant_key, addresses))

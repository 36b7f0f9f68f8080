"""Cases: what agents work on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from email_channels.addresses import normalise
from email_channels.cases.directory import Employee
from email_channels.cases.history import StoredEmail

# The most participants that a case keeps. After that, a reply from a new address needs a signed reference.
MAX_PARTICIPANTS = 500


class CaseStatus(StrEnum):
    """Open until an agent closes it; closed until an agent reopens it."""

    OPEN = "open"
    CLOSED = "closed"


class CaseFlag(StrEnum):
    """What an agent should know about how the case was made."""

    TOPIC_DEFAULTED = "topic_defaulted"
    SHOW_DEFAULTED = "show_defaulted"
    REGARDING_NOT_FOUND = "regarding_not_found"
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
    `version`, so it never causes a conflict with a change that an agent is typing. `participants` are the normalised
    addresses in the history. `email` is the email that the case was made from, and the first entry of its history; it
    is None if an agent made the case, or moved the email to another case. `acknowledge`: the sender of that email gets
    an acknowledgement.
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
    participants: frozenset[str] = frozenset()
    version: int = 1
    acknowledge: bool = False
    acknowledged_at: datetime | None = None
    alerted_at: datetime | None = None
    email: StoredEmail | None = None


def snapshot(employee: Employee, sender: str = "") -> EmployeeSnapshot:
    """The employee as the case keeps them, with the address that they wrote from (`sender`, normalised), or their
    first."""
    first = employee.emails[0] if employee.emails else None
    email = next((email for email in employee.emails if normalise(email) == sender), first)
    return EmployeeSnapshot(employee.user_id, employee.name, email)


def new_participants(known: frozenset[str], addresses: Iterable[str]) -> frozenset[str]:
    """The normalised addresses that are new to a case; none if it would then have more than MAX_PARTICIPANTS."""
    new = frozenset(addresses) - known
    return new if len(known) + len(new) <= MAX_PARTICIPANTS else frozenset()

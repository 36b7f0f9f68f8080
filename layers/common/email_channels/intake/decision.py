"""What becomes of an inbound email, as the rules decided."""

from __future__ import annotations

from dataclasses import dataclass

from email_channels.cases.case import CaseFlag, EmployeeSnapshot
from email_channels.cases.delivery_states import StateChange
from email_channels.cases.history import EntryKind
from email_channels.cases.matches import MatchedBy
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.trace import RuleResult


@dataclass(frozen=True, slots=True)
class NewCase:
    """The case that an email makes, but for what the email itself tells (ids, times, attachments)."""

    subject: str
    issue: str
    topic: str
    service_group: str
    employee: EmployeeSnapshot
    regarding: EmployeeSnapshot | None
    show_to_employee: bool
    acknowledge: bool


@dataclass(frozen=True, slots=True)
class NewEntry:
    """The place of an email in the history of an existing case.

    `answers` is the email_id of the entry that it answers or reports on, where that is known. `changes` are the
    delivery states that it reports.
    """

    case_id: str
    kind: EntryKind
    matched_by: MatchedBy
    answers: str | None = None
    changes: tuple[StateChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of an email: a `case`, an `entry` (for ENTRY and DELIVERY_REPORT), or a `reason` why neither.

    `flags` are what the rules noted for the agent, `trace` all rules that looked at the email, in order.
    """

    outcome: Outcome
    reason: Reason | None = None
    case: NewCase | None = None
    entry: NewEntry | None = None
    flags: tuple[CaseFlag, ...] = ()
    trace: tuple[RuleResult, ...] = ()

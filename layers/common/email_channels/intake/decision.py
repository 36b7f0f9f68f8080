"""The decision of the rules about an inbound email."""

from __future__ import annotations

from email_channels.cases.case import CaseFlag, EmployeeSnapshot
from email_channels.cases.delivery_states import StateChange
from email_channels.cases.history import EntryKind
from email_channels.cases.matches import MatchedBy
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.trace import RuleResult
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class NewCase:
    """The new case as the rules decide it. `records.py` adds what the email itself gives: ids, times, attachments.

    `neutral`: the acknowledgement repeats nothing of the email, because its sender is not proven.
    `siblings` names the closed case that the email answers.
    """

    subject: str
    issue: str
    topic: str
    service_group: str
    employee: EmployeeSnapshot
    regarding: EmployeeSnapshot | None
    show_to_employee: bool
    acknowledge: bool
    neutral: bool = False
    siblings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewEntry:
    """The entry that an email becomes in an existing case.

    `answers` is the email_id of the entry that it answers or reports on; None if that is not known. `changes` are the
    delivery states that a bounce reports.
    """

    case_id: str
    kind: EntryKind
    matched_by: MatchedBy
    answers: str | None = None
    changes: tuple[StateChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision about an email: its outcome, and what is stored for it.

    The outcome CASE has a `case`, ENTRY and DELIVERY_REPORT have an `entry`, and UNPROCESSED has a `reason`. `flags`
    tell the agent what the rules noticed. `trace` has a row for each rule that looked at the email, in order.
    """

    outcome: Outcome
    reason: Reason | None = None
    case: NewCase | None = None
    entry: NewEntry | None = None
    flags: tuple[CaseFlag, ...] = ()
    trace: tuple[RuleResult, ...] = ()

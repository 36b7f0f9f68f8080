"""What the rules said about an email, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # These are built upon RuleResult, as every stored email holds its trace; at run time a Decision needs none of them.
    from email_channels.case import CaseFlag, EmployeeSnapshot
    from email_channels.delivery import StateChange
    from email_channels.history import EntryKind, MatchedBy
    from email_channels.record import Outcome
    from email_channels.unprocessed import Reason


class RuleVerdict(StrEnum):
    """`pass`: nothing to say; `note`: worth knowing, the email goes on; `stop`: this rule decided."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    NOTE = "note"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One row of the decision trace: which rule, what it said, in words, and what it saw."""

    rule: str
    verdict: RuleVerdict
    detail: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)


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

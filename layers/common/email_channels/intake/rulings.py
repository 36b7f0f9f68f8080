"""Rulings: what a rule can return about an email. It passes the email on, notes something, or decides.

The policy makes a row of the decision trace (`RuleResult`) from each ruling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from email_channels.cases.case import CaseFlag
from email_channels.cases.history import EntryKind
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.trace import RuleVerdict
from email_channels.intake.decision import Decision, NewCase, NewEntry
from email_channels.intake.facts import Facts
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Ruling:
    """The result of one rule. `detail` and `evidence` go into the decision trace.

    A `flag` is shown to the agent if the email makes a case. The first ruling with a `decision` wins.
    """

    verdict: RuleVerdict
    detail: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)
    flag: CaseFlag | None = None
    decision: Decision | None = None


Rule = Callable[[Facts], Ruling]


def passed(detail: str = "", **evidence: object) -> Ruling:
    """The rule has no objection."""
    return Ruling(RuleVerdict.PASS, detail, evidence)


def noted(detail: str, flag: CaseFlag | None = None, **evidence: object) -> Ruling:
    """The rule found something worth knowing; the next rule follows."""
    return Ruling(RuleVerdict.NOTE, detail, evidence, flag)


def rejected(reason: Reason, detail: str, **evidence: object) -> Ruling:
    """The email is unprocessed, for this reason."""
    return Ruling(RuleVerdict.STOP, detail, evidence, decision=Decision(Outcome.UNPROCESSED, reason))


def becomes_case(case: NewCase, detail: str, **evidence: object) -> Ruling:
    """The email makes a new case."""
    return Ruling(RuleVerdict.STOP, detail, evidence, decision=Decision(Outcome.CASE, case=case))


def becomes_entry(entry: NewEntry, detail: str, **evidence: object) -> Ruling:
    """The email becomes an entry of an existing case."""
    outcome = Outcome.DELIVERY_REPORT if entry.kind is EntryKind.DELIVERY_REPORT else Outcome.ENTRY
    return Ruling(RuleVerdict.STOP, detail, evidence, decision=Decision(outcome, entry=entry))

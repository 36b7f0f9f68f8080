"""The decision trace: for each rule, what it decided about an email and what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from email_channels.values import dataclass


class RuleVerdict(StrEnum):
    """What a rule decided.

    - `pass`: it had no objection
    - `note`: it found something worth knowing, and the next rule followed
    - `stop`: it decided what becomes of the email
    """

    PASS = "pass"  # noqa: S105 - a verdict, no password
    NOTE = "note"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One row of the decision trace: the rule, its verdict, the verdict in words, and what the rule found."""

    rule: str
    verdict: RuleVerdict
    detail: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)

"""The decision trace: what each rule said about an email, and what it saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


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

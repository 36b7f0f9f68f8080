"""What a check finds, and the result of a check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Finding:
    """Something that is wrong: `what` says so in a sentence, and `do` says what to do about it."""

    what: str
    do: str


class State(StrEnum):
    """The result of a check. NOT_CHECKED: it does not concern this stack, or what it needs is missing."""

    PASSED = "passed"
    WRONG = "wrong"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True)
class Result:
    """The result of a check. `reason` says why it was not checked."""

    check: str
    state: State
    findings: tuple[Finding, ...] = ()
    reason: str | None = None


class NotChecked(Exception):
    """A check cannot, or need not, be made. The text says why."""


class CannotRun(Exception):
    """The program cannot look at the stack at all. The text says why, and what to do."""

"""What would become of an email: the answer to an admin who tries it."""

from __future__ import annotations

from email_channels.cases.case import Case
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.trace import RuleResult
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class LineValue:
    """A line of the body that looks like one of the four values: whether it would be taken, and why.

    `line` is 1 to 4; None for a line that is not where the values are read.
    """

    line: int | None
    text: str
    taken: bool
    why: str


@dataclass(frozen=True, slots=True)
class EnvelopeReport:
    """How an email came in: the address that it was written to (`to`) and the one that received it (`arrived_as`), the
    verdicts of SES, and what they mean in plain words. `aligned`: a DKIM signature proves the From address."""

    to: str | None
    arrived_as: str | None
    spf: str
    dkim: str
    dmarc: str
    aligned: bool
    diagnosis: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of an email.

    `case` is the case that it would make. `case_id` is that of the case that it would make or join, or that a duplicate
    has made or joined.
    """

    outcome: Outcome
    reason: Reason | None
    explanation: str
    case_id: str | None
    case: Case | None
    values: tuple[LineValue, ...]
    trace: tuple[RuleResult, ...]
    envelope: EnvelopeReport

"""The outcomes that an inbound email can have."""

from __future__ import annotations

from enum import StrEnum

from email_channels.cases.reasons import Reason
from email_channels.values import dataclass


class Outcome(StrEnum):
    """What becomes of an inbound email. The values are those of the API.

    - `CASE`: it made a new case
    - `ENTRY`: it became an entry of an existing case
    - `DELIVERY_REPORT`: it is a bounce, and became an entry of the case that the returned email belongs to
    - `UNPROCESSED`: it became none of these, for a `Reason`
    - `DUPLICATE`: another copy of it already has an outcome
    - `PROBE`: it is a test of a redirect that came back; its original is kept for a day
    """

    CASE = "case"
    ENTRY = "entry"
    DELIVERY_REPORT = "delivery_report"
    UNPROCESSED = "unprocessed"
    DUPLICATE = "duplicate"
    PROBE = "probe"


@dataclass(frozen=True, slots=True)
class EmailState:
    """What an inbound email is. `reason` is set if it is unprocessed, `case_id` if it is not."""

    outcome: Outcome
    reason: Reason | None = None
    case_id: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """The state as the API shows it."""
        reason = self.reason.value if self.reason else None
        return {"outcome": self.outcome.value, "reason": reason, "case_id": self.case_id}


@dataclass(frozen=True, slots=True)
class RetryResult:
    """What an email was before a retry, and what it is now. Both are equal if it had been processed already."""

    before: EmailState
    after: EmailState

"""The record of an inbound email: exactly one of a case, an unprocessed email, or a pointer."""

from __future__ import annotations

from dataclasses import dataclass

from email_channels.cases.matches import MatchedBy
from email_channels.cases.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Pointer:
    """The email became the entry `email_id` of the existing case `case_id` (`outcome`: ENTRY or DELIVERY_REPORT).

    It is written before the entry: a pointer without its entry is work half done, and says how to finish it.
    """

    id: str
    outcome: Outcome
    case_id: str
    email_id: str
    raw_key: str | None
    matched_by: MatchedBy | None
    version: int = 1

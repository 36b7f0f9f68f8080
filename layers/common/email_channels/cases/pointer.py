"""The record of an inbound email that became an entry of an existing case.

Each inbound email has one record: a case, an unprocessed email, or a pointer.
"""

from __future__ import annotations

from email_channels.cases.matches import MatchedBy
from email_channels.cases.outcomes import Outcome
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Pointer:
    """The email became the entry `email_id` of the case `case_id`. `outcome` is ENTRY or DELIVERY_REPORT.

    The pointer is written before the entry. If the entry is missing, the pointer says how to write it.
    """

    id: str
    outcome: Outcome
    case_id: str
    email_id: str
    raw_key: str | None
    matched_by: MatchedBy | None
    version: int = 1

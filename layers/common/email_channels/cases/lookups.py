"""What the table knows of the cases and emails that an inbound email names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownCase:
    """What matching needs of a case. `participants` are the normalised addresses in its history."""

    case_id: str
    closed: bool
    employee_id: str | None
    participants: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answered:
    """An email of a case that this one names in In-Reply-To or References; `email_id` None: it is no entry."""

    case_id: str
    email_id: str | None

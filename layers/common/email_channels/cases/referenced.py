"""The cases and entries that an inbound email refers to, as far as matching needs them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReferencedCase:
    """A case that the email refers to, and that exists. `participants` are the normalised addresses in its history."""

    case_id: str
    closed: bool
    employee_id: str | None
    participants: frozenset[str]


@dataclass(frozen=True, slots=True)
class ReferencedEntry:
    """An entry of a case that the email refers to, by Message-ID, case reference or case number.

    `email_id` is None where only the case is known.
    """

    case_id: str
    email_id: str | None

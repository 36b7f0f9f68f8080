"""The cases and entries that an inbound email refers to, as far as matching needs them."""

from __future__ import annotations

from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class ReferencedCase:
    """A case that the email refers to, and that exists.

    `full`: it takes no more emails. `participants` are the keys (`case.participant_key`) of addresses in its history;
    the sender is among them if they take part. `moved_out`: people have moved emails from it to other cases.
    """

    case_id: str
    closed: bool
    full: bool
    employee_id: str | None
    participants: frozenset[bytes]
    subject: str = ""
    moved_out: bool = False


@dataclass(frozen=True, slots=True)
class ReferencedEntry:
    """An entry of a case that the email refers to, by Message-ID, case reference or case number.

    `email_id` is None where only the case is known. `moved`: a person has moved the entry to this case. `subject` is
    the subject of an email that we received, or the beginning of that of an email that we sent; None if not known.
    """

    case_id: str
    email_id: str | None
    moved: bool = False
    subject: str | None = None

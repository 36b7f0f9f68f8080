"""Times as the API shows them and keys sort by them: RFC 3339 in UTC with milliseconds, always the same length."""

from __future__ import annotations

from datetime import UTC, datetime


def to_text(at: datetime) -> str:
    """`2026-11-23T18:43:36.123Z`; raises ValueError for a naive time."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """The aware UTC time in an RFC 3339 text; raises ValueError if it is none."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


def to_milliseconds(at: datetime) -> datetime:
    """The time cut to the precision in which it is stored, so that what is written equals what is read."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)

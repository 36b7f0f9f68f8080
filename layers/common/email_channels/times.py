"""Times as text, for the API and for sort keys: RFC 3339 in UTC with milliseconds, always of the same length."""

from __future__ import annotations

from datetime import UTC, datetime


def to_text(at: datetime) -> str:
    """A time such as `2026-11-23T18:43:36.123Z`. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("the time has no zone")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """The UTC time of an RFC 3339 text. Raises ValueError for another text, or one without a zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("the time has no zone")
    return at.astimezone(UTC)


def to_milliseconds(at: datetime) -> datetime:
    """The time in UTC, cut to milliseconds. Times are stored in this form, so it equals the time that is read later."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)

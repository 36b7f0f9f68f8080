"""Times as people write them, in their language and with the zone: `29 November 2026, 14:05 UTC`."""

from __future__ import annotations

from datetime import UTC, datetime

from email_channels.outbound.texts.shipped import shipped_texts
from email_channels.settings import Language


def date_in_words(at: datetime, language: Language = Language.ENGLISH) -> str:
    """The date of a time, in UTC. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("the time has no zone")
    local = at.astimezone(UTC)
    texts = shipped_texts(language).dates
    day = texts.first_day if local.day == 1 else str(local.day)
    return texts.date.format(day=day, month=texts.months[local.month - 1], year=local.year)


def time_in_words(at: datetime, language: Language = Language.ENGLISH) -> str:
    """The date and the time of day, in UTC, which it names. Raises ValueError for a time without a zone."""
    date = date_in_words(at, language)
    return shipped_texts(language).dates.date_time.format(date=date, time=f"{at.astimezone(UTC):%H:%M}")

"""Patterns that more than one part of reading replies needs: an address, a time of day, a date."""

from __future__ import annotations

import re
from typing import Final

# From the beginning of a word on: else every character of a long one is tried.
EMAIL: Final = re.compile(r"(?<![^\s<>()\[\]\"',;:@])[^\s<>()\[\]\"',;:@]{1,320}@[^\s<>()\[\]\"',;:@]{1,255}")
TIME: Final = re.compile(r"\d{1,2}\s?[:.h時时시]\s?\d{2}|\d{1,2}\s?(?:[ap]\.?m\b|uhr|h\b|点|時|시)", re.IGNORECASE)
YEAR: Final = re.compile(
    r"(?<!\d)(?:19|20|25)\d\d(?!\d)|(?<!\d)(?![0-9])\d{4}(?!\d)|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}月\d{1,2}日|\d{1,2}월\s?\d{1,2}일|(?<!\d)\d{1,2}\.?\s(?:de\s)?[^\W\d_]{3,12}\.?,?\s(?:de\s)?\d{2,4}(?!\d)"
)

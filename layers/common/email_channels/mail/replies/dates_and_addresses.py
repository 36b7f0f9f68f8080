"""Patterns of addresses, times of day and dates in attribution lines and quoted headers."""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression

# An address begins at the beginning of a word. Otherwise the search would try each character of a long word.
EMAIL: Final = expression(r"(?<![^\s<>()\[\]\"',;:@])[^\s<>()\[\]\"',;:@]{1,320}@[^\s<>()\[\]\"',;:@]{1,255}")
TIME: Final = expression(r"\d{1,2}\s?[:.h時时시]\s?\d{2}|\d{1,2}\s?(?:[ap]\.?m\b|uhr|h\b|点|時|시)", re.IGNORECASE)

_DATES: Final = (
    # a year; 25.. is of the Buddhist calendar, which Thai mail programs use
    r"(?<!\d)(?:19|20|25)\d\d(?!\d)",
    # a year in other digits than 0 to 9
    r"(?<!\d)(?![0-9])\d{4}(?!\d)",
    # 3/11/26, 2026-11-03, 03. 11. 26
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}",
    r"(?<!\d)\d{1,2}\.\s\d{1,2}\.\s\d{2,4}(?!\d)",
    # Chinese, Japanese
    r"\d{1,2}月\d{1,2}日",
    # Korean
    r"\d{1,2}월\s?\d{1,2}일",
    # 3 Nov 26, 3. November 26, 3 de noviembre de 26
    r"(?<!\d)\d{1,2}\.?\s(?:de\s)?[^\W\d_]{3,12}\.?,?\s(?:de\s)?\d{2,4}(?!\d)",
)
DATE: Final = expression("|".join(_DATES))

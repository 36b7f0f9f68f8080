"""Builds one regular expression from a table of alternatives.

The tables stand beside their subject: `automatic_reply_texts`, `bounce_texts`, `bounce_senders`. Each row of a table is
a regular expression, matched without regard to case, so a row holds words as they are written, or `(?:one|other)`.
The text comes from strangers: bound what a row repeats (`.{0,80}`, not `.*`), so that a search takes linear time.
"""

from __future__ import annotations

import re


def any_of(*tables: tuple[str, ...], flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    """The expression that matches any row of `tables`. Where two rows match at one place, the earlier one wins."""
    return re.compile(joined(*tables), flags)


def joined(*tables: tuple[str, ...]) -> str:
    """The rows of `tables` as alternatives, to be put into a longer expression: `(?:{joined(ROWS)})`."""
    return "|".join(row for table in tables for row in table)

"""Builds one regular expression from a table of alternatives.

The tables are in `automatic_reply_texts`, `bounce_texts` and `bounce_senders`. Each row is a regular expression, which
ignores case: plain words, or alternatives such as `(?:one|other)`. Write `(?:ß|ss)` for `ß`. The searched texts come
from strangers, so limit each repetition (`.{0,80}`, not `.*`): a search must take linear time.
"""

from __future__ import annotations

import re


def any_of(*tables: tuple[str, ...], flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    """The expression that matches any row of `tables`. If two rows match at the same place, the earlier row wins."""
    return re.compile(joined(*tables), flags)


def joined(*tables: tuple[str, ...]) -> str:
    """The rows of `tables` as alternatives, for use in a longer expression: `(?:{joined(ROWS)})`."""
    return "|".join(row for table in tables for row in table)

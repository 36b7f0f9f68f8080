"""Searches texts for the rows of a table.

The tables are in `automatic_reply_texts`, `bounce_texts`, `bounce_senders`, `bounce_subjects` and `undelivered_texts`.
Each row is a regular expression, which ignores case: plain words, or alternatives such as `(?:one|other)`. Write
`(?:ß|ss)` for `ß`. The searched texts come from strangers, so limit each repetition (`.{0,80}`, not `.*`): a search
must take linear time.

A table has up to a hundred rows, and a text has thousands of characters. To try every row at every character costs more
than all other reading of the email. So the words that each match of a row contains are looked for first, and only the
rows whose words are in the text are tried.
"""

from __future__ import annotations

import re
from functools import cached_property

from email_channels.mail.classification.needles import folded, needles


class Table:
    """The rows of tables as one pattern. If two rows match at the same place, the earlier row wins.

    Rows are read when they are first used: most emails need few tables, and a cold start should be short.
    """

    def __init__(self, rows: tuple[str, ...], flags: re.RegexFlag) -> None:
        self._texts = rows
        self._flags = flags

    @cached_property
    def _rows(self) -> tuple[_Row, ...]:
        return tuple(_Row(row, self._flags) for row in self._texts)

    @property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """The pattern of each row."""
        return tuple(row.pattern for row in self._rows)

    def search(self, text: str) -> re.Match[str] | None:
        """The first match of any row in `text`, as for `re.Pattern.search`."""
        searched = folded(text)
        found: re.Match[str] | None = None
        for row in self._rows:
            if row.may_match(searched):
                match = row.pattern.search(text)
                if match is not None and (found is None or match.start() < found.start()):
                    found = match
        return found


class _Row:
    """One row of a table."""

    def __init__(self, row: str, flags: re.RegexFlag) -> None:
        self._row = row
        self._flags = flags
        self._needles = needles(row)

    def may_match(self, searched: str) -> bool:
        """Whether the row's words are in a folded text."""
        for needle in self._needles:
            if needle in searched:
                return True
        return not self._needles

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self._row, self._flags)


def any_of(*tables: tuple[str, ...], flags: re.RegexFlag = re.IGNORECASE) -> Table:
    """The pattern that matches any row of `tables`. If two rows match at the same place, the earlier row wins."""
    return Table(tuple(row for table in tables for row in table), flags)


def joined(*tables: tuple[str, ...]) -> str:
    """The rows of `tables` as alternatives, for use in a longer expression: `(?:{joined(ROWS)})`."""
    return "|".join(row for table in tables for row in table)

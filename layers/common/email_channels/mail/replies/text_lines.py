"""The lines of a text, and which of them are blank or quoted."""

from __future__ import annotations

from typing import Final

from email_channels.expressions import expression
from email_channels.mail.caseless import caseless
from email_channels.mail.replies.language_patterns import language_patterns

_QUOTE_PREFIX: Final = expression(r"[ \t\u00a0]{0,3}(?:>|&gt;|＞)")
# Older programs quote with initials or a bar: `AL> `, `| `.
_OTHER_PREFIX: Final = expression(r"[ \t]{0,8}([A-Za-z]{1,12}>|\||\}|!)(?:>{0,6})(?=\s|$)")
_COLONS: Final = (":", "：")


class TextLines:
    """The lines of a text, without white space at their ends. Methods take and return indexes of lines."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.blank = [not line.strip() for line in lines]
        self.quoted = [bool(_QUOTE_PREFIX.match(line)) for line in lines]
        self._find_other_prefixes()

    def __len__(self) -> int:
        return len(self.lines)

    def last_text(self, end: int) -> int:
        """The last line above line `end` that is not blank; -1 if there is none."""
        index = end - 1
        while index >= 0 and self.blank[index]:
            index -= 1
        return index

    def next_text(self, start: int, within: int | None = None) -> int | None:
        """The first line from `start` on that is not blank, among `within` lines (None: all); None if all are blank."""
        stop = len(self.lines) if within is None else min(start + within, len(self.lines))
        return next((at for at in range(start, stop) if not self.blank[at]), None)

    def _find_other_prefixes(self) -> None:
        """Mark lines that begin with initials or a bar as quoted, if an attribution is above the first of them."""
        prefixes = set()
        above = ""
        attribution_word = language_patterns().attribution_word
        found = [_OTHER_PREFIX.match(line) for line in self.lines]
        for line, match in zip(self.lines, found, strict=True):
            introduced = match and match[1] not in prefixes and above.endswith(_COLONS)
            if match and introduced and attribution_word.search(caseless(above[-200:])):
                prefixes.add(match[1])
            if line:
                above = line
        if prefixes:
            self.quoted = [
                quoted or (match is not None and match[1] in prefixes)
                for quoted, match in zip(self.quoted, found, strict=True)
            ]

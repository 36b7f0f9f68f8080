"""Lines that separate the reply from the quoted text: "-----Original Message-----", "reply above this line"."""

from __future__ import annotations

from typing import Final

from email_channels.expressions import expression
from email_channels.mail.caseless import caseless
from email_channels.mail.replies.dates_and_addresses import DATE
from email_channels.mail.replies.language_patterns import language_patterns
from email_channels.mail.replies.text_lines import TextLines

_DASHES: Final = "-_=—–─~*"
_OPENING_DASHES: Final = expression(r"[\s*>]*+[-_=—–─~]{2,60}+")
_CLOSING_DASHES: Final = "-_=—–─~:："
_LONGEST_WORDS: Final = 80
_RULE: Final = expression(r"^\s*[-_=—–─*~#]{3,120}\s*$")
_LONGEST: Final = 140

# GroupWise writes this line above the quoted text, which has no prefix.
_GROUPWISE: Final = expression(r">>> .{3,200}(?: >>>|:)$")
# Lotus Notes above a quote: `Ann Lee---01/05/2026 03:04:05 PM---the first words`
_NOTES: Final = expression(r"\s{0,4}[^\W\d_].{1,80}---\s?\d{1,4}[./-]\d{1,2}[./-]\d{1,4}[^-]{0,30}---")


def is_rule(line: str) -> bool:
    """Whether a line consists of at least three dashes, stars or similar signs."""
    return _RULE.match(line) is not None


def is_groupwise_separator(line: str) -> bool:
    """Whether the line is the separator of GroupWise: `>>> Ann Lee 11/03/26 10:00 >>>`."""
    return _GROUPWISE.match(line) is not None and DATE.search(line) is not None


def is_notes_separator(line: str) -> bool:
    """Whether the line is that of Lotus Notes: `Ann Lee---01/05/2026 03:04:05 PM---the first words`."""
    return _NOTES.match(line) is not None


def _between_dashes(line: str) -> str | None:
    """The words of `----- Original Message -----`, the last dashes being optional; None for other lines."""
    opening = _OPENING_DASHES.match(line)
    if opening is None:
        return None
    words = line[opening.end() :].strip().rstrip("* ").rstrip(_CLOSING_DASHES).rstrip()
    return words if 2 <= len(words) <= _LONGEST_WORDS else None


class Separators:
    """Finds separators among the lines of a text."""

    def __init__(self, text: TextLines) -> None:
        self._text = text
        self._words = language_patterns()
        self._asks_to_reply_above = self._words.reply_above.search(caseless("\n".join(text.lines))) is not None

    def is_separator(self, index: int) -> bool:
        """Whether line `index`, which must not be blank, is a separator."""
        line = self._text.lines[index].strip()
        if len(line) > _LONGEST:
            return False
        if self._asks_to_reply_above and self._words.reply_above.search(caseless(line)):
            return True
        between = _between_dashes(line) if line[0] in _DASHES else None
        if between is None and not line.endswith((":", "：")):
            return False
        content = caseless(line if between is None else between).strip(" *-_=:：")
        framed = between is not None or self._is_dated_below_rule(index, content)
        if framed and content.startswith(self._words.original_message):
            return True
        # Without dashes, the line must hold nothing else.
        return content.startswith(self._words.forwarded_message) and (
            between is not None or content in self._words.forwarded_message
        )

    def _is_dated_below_rule(self, index: int, content: str) -> bool:
        """Whether the line is that of a French webmail: a rule, then `Message du 3 novembre 2026 de Ann Lee :`."""
        above = self._text.last_text(index)
        return above >= 0 and is_rule(self._text.lines[above]) and DATE.search(content) is not None

    def _is_dated(self, index: int) -> bool:
        line = self._text.lines[index].strip()
        said = caseless(line) if len(line) < _LONGEST else ""
        return said.startswith(self._words.original_message) and DATE.search(said) is not None

    def start(self, index: int) -> int:
        """Where the block at `index` starts: at the rule above it if there is one, else at `index`.

        French webmails write `Message du : 03/11/2026` between the rule and the headers.
        """
        above = self._text.last_text(index)
        if above >= 0 and self._is_dated(above):
            index = above
            above = self._text.last_text(index)
        if above < 0:
            return index
        # Words between dashes count as a rule: they may be in a language that is not in the tables.
        line = self._text.lines[above].strip()
        words_between_dashes = len(line) < _LONGEST and line.startswith("---") and line.endswith("---")
        return above if words_between_dashes or is_rule(line) else index

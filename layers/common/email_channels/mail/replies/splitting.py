"""Splits a mail's text into what was written now, and what is quoted.

Nothing is lost: `visible + quoted` is the text. In doubt, more is shown. Signatures behind the separator `-- ` and
lines that phones add count as quoted; disclaimers and names below a mail do not. Replies between quoted lines are kept,
with the lines that they answer. What mail programs write in each language is data: `languages`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from email_channels.mail.limits import MAX_REPLY_LINES
from email_channels.mail.replies.attributions import Attributions
from email_channels.mail.replies.quoted_headers import QuotedHeaders
from email_channels.mail.replies.separators import Separators, is_groupwise_separator, is_notes_separator, is_rule
from email_channels.mail.replies.signatures import Signatures
from email_channels.mail.replies.text_lines import TextLines


@dataclass(frozen=True, slots=True)
class Reply:
    """The two halves of a text; together they are the text."""

    visible: str
    quoted: str


_INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# SuperCite's attribution
_SUPERCITE: Final = re.compile(r">{3,6} .{1,200} writes:$")
_SHORTEST_WRAPPED_LINE: Final = 60
_LONGEST_REST_OF_LINE: Final = 40


def visible_reply(text: str) -> Reply:
    """What was written now, from the beginning of `text`, and the rest of it."""
    lines = _first_lines(text).split("\n")
    read = [_INVISIBLE.sub("", line).replace("\xa0", " ").rstrip() for line in lines[:MAX_REPLY_LINES]]
    keep = _Splitter(read).lines_to_keep()
    if not any(line.strip() for line in read[keep:]):
        return Reply(text, "")
    position = sum(len(line) + 1 for line in lines[:keep])
    visible = text[:position].rstrip()
    return Reply(visible, text[len(visible) :])


def _first_lines(text: str) -> str:
    """The lines that are read. The others are not split: forty megabytes of text would take three times that."""
    end = 0
    for _ in range(MAX_REPLY_LINES):
        end = text.find("\n", end) + 1
        if not end:
            return text
    return text[:end]


class _Splitter:
    """Finds how many lines of a text were written now."""

    def __init__(self, lines: list[str]) -> None:
        self._text = TextLines(lines)
        self._headers = QuotedHeaders(self._text)
        self._attributions = Attributions(self._text)
        self._separators = Separators(self._text)
        self._signatures = Signatures(self._text)
        self._is_attribution = [False] * len(lines)
        """For each line, whether it is of an attribution that stands above a quote with `>`."""

    def lines_to_keep(self) -> int:
        """The number of lines from the top that are shown."""
        end = self._without_trailing(self._first_cut())
        if self._text.last_text(end) >= 0:
            return end
        # Nothing was written above: then the sender wants the quoted or forwarded text to be read.
        return len(self._text)

    def _first_cut(self) -> int:
        """The line from which on everything is quoted without a prefix (`>`)."""
        text = self._text
        index = 0
        while index < len(text):
            stop = index + 1
            if text.quoted[index]:
                if is_groupwise_separator(text.lines[index]) or self._headers.quotes_only_headers(index):
                    return index
                self._is_attribution[index] = _SUPERCITE.match(text.lines[index]) is not None
            elif not text.blank[index]:
                if (start := self._block_start(index)) is not None:
                    return start
                if (end := self._attributions.end(index)) is not None:
                    if not self._quote_follows(end):
                        return index
                    stop = end
                    self._is_attribution[index:stop] = [True] * (stop - index)
            index = stop
        return len(text)

    def _block_start(self, index: int) -> int | None:
        """Where the separator or the block of headers starts that stands at `index`, with a rule above it; or None."""
        if self._separators.is_separator(index) or self._headers.begins(index):
            return self._separators.start(index)
        if is_notes_separator(self._text.lines[index]) or self._headers.begins_in_notes(index):
            return index
        return None

    def _quote_follows(self, stop: int) -> bool:
        """Whether the next text from line `stop` on has a prefix (`>`), or nothing follows."""
        following = self._text.next_text(stop)
        return following is None or self._text.quoted[following]

    def _without_trailing(self, end: int) -> int:
        """`end` without the quotes, attributions, signatures and footers that stand last above it."""
        while True:
            start = end
            end = self._without_quotes(end)
            end = self._signatures.signature_start(end)
            end = self._signatures.footer_start(end)
            if end == start:
                return end

    def _without_quotes(self, end: int) -> int:
        """`end` without the quotes above it, their attributions, and a rule above them."""
        index = end
        quotes = 0
        while index > 0:
            at = index - 1
            if self._text.quoted[at] and not self._is_attribution[at]:
                quotes += 1
            elif not (self._text.blank[at] or self._is_attribution[at] or (quotes and self._is_wrapped_quote(at))):
                break
            index = at
        above = self._text.last_text(index)
        return above if index < end and above >= 0 and is_rule(self._text.lines[above]) else index

    def _is_wrapped_quote(self, at: int) -> bool:
        """Whether the line is the rest of a quoted line that some program wrapped without a new `>`."""
        text = self._text
        above, below = at - 1, at + 1
        if above < 0 or below >= len(text) or not (text.quoted[above] and text.quoted[below]):
            return False
        return len(text.lines[above]) >= _SHORTEST_WRAPPED_LINE and len(text.lines[at]) <= _LONGEST_REST_OF_LINE

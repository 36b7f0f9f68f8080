"""Splits the text of an email into the visible reply and the quoted text.

Nothing is lost: `visible + quoted` is the text. The only exception is a banner that a gateway put above the text: it
is the beginning of `quoted`, as the sender did not write it. In doubt, more is visible. Signatures below the separator
`-- ` and lines that phones add count as quoted; disclaimers, and names without a separator, do not. Answers between
quoted lines stay visible, together with the quoted lines. The words of mail programs are tables, by language: see
`languages`.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.banners import banner_end
from email_channels.mail.limits import MAX_REPLY_LINES
from email_channels.mail.replies.attributions import Attributions
from email_channels.mail.replies.quoted_headers import QuotedHeaders
from email_channels.mail.replies.run_together import piece_starts
from email_channels.mail.replies.separators import Separators, is_groupwise_separator, is_notes_separator, is_rule
from email_channels.mail.replies.signatures import Signatures
from email_channels.mail.replies.text_lines import TextLines
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """The two parts of a text. Joined, they are the text.

    `banner` is what a gateway put above the text. If there is one, `quoted` begins with it, and the text is
    `banner + visible`, followed by the rest of `quoted`.
    """

    visible: str
    quoted: str
    banner: str = ""


_INVISIBLE: Final = expression("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# The attribution of SuperCite
_SUPERCITE: Final = expression(r">{3,6} .{1,200} writes:$")
_SHORTEST_WRAPPED_LINE: Final = 60
_LONGEST_REST_OF_LINE: Final = 40
_MAX_WRAPPED_LINES: Final = 4
_QUOTE_MARKS: Final = 8
_SENTENCE_ENDS: Final = (".", "!", "?", ":", "…", "。", "！", "？")


def visible_reply(text: str) -> Reply:
    """Splits `text` into the visible reply at its beginning (or below a gateway's banner), and the rest."""
    end = banner_end(text)
    if not end or not text[end:].strip():
        return _split(text)
    reply = _split(text[end:])
    return Reply(reply.visible, text[:end] + reply.quoted, text[:end])


def _split(text: str) -> Reply:
    """The parts of a text without a banner."""
    pieces = _pieces(_first_lines(text).split("\n")[:MAX_REPLY_LINES])
    read = [_clean(piece) for piece, _ in pieces]
    keep = _Splitter(read).lines_to_keep()
    if not any(line.strip() for line in read[keep:]):
        return Reply(text, "")
    visible = text[: pieces[keep][1]].rstrip()
    return Reply(visible, text[len(visible) :])


def _pieces(lines: list[str]) -> list[tuple[str, int]]:
    """The lines, each with its position in the text. Lines that a program ran together are cut into several."""
    pieces = []
    position = 0
    goes_on = False
    for line, below in zip_longest(lines, lines[1:], fillvalue=""):
        starts = [] if line.lstrip().startswith(">") else piece_starts(line, below, goes_on=goes_on)
        goes_on = bool(starts)
        for start, stop in zip([0, *starts], [*starts, len(line)], strict=True):
            pieces.append((line[start:stop], position + start))
        position += len(line) + 1
    return pieces


def _clean(line: str) -> str:
    return _INVISIBLE.sub("", line).replace("\xa0", " ").rstrip()


def _first_lines(text: str) -> str:
    """The first MAX_REPLY_LINES lines. Splitting all lines of a 40 MB text would take three times as much memory."""
    end = 0
    for _ in range(MAX_REPLY_LINES):
        end = text.find("\n", end) + 1
        if not end:
            return text
    return text[:end]


class _Splitter:
    """Finds how many lines of a text are visible."""

    def __init__(self, lines: list[str]) -> None:
        self._text = TextLines(lines)
        self._headers = QuotedHeaders(self._text)
        self._attributions = Attributions(self._text)
        self._separators = Separators(self._text)
        self._signatures = Signatures(self._text)
        self._is_attribution = [False] * len(lines)
        """For each line, whether it belongs to an attribution above a quote with `>`."""

    def lines_to_keep(self) -> int:
        """The number of visible lines, from the top."""
        end = self._without_trailing(self._first_cut())
        if self._text.last_text(end) >= 0:
            return end
        # Nothing is written above the quote. So the sender wants the quoted or forwarded text to be read.
        return len(self._text)

    def _first_cut(self) -> int:
        """The first line of a quote without a prefix (`>`), which goes on to the end."""
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
        """The first line of the separator or header block at `index`, or of a rule above it; None if there is none."""
        if self._separators.is_separator(index) or self._headers.begins(index):
            return self._separators.start(index)
        if is_notes_separator(self._text.lines[index]) or self._headers.begins_in_notes(index):
            return index
        return None

    def _quote_follows(self, stop: int) -> bool:
        """Whether the next line from `stop` on that is not blank has a prefix (`>`). True if there is none."""
        following = self._text.next_text(stop)
        return following is None or self._text.quoted[following]

    def _without_trailing(self, end: int) -> int:
        """The end of the text above `end` without the quotes, attributions, signatures and footers at its bottom."""
        while True:
            start = end
            end = self._without_quotes(end)
            end = self._signatures.signature_start(end)
            end = self._signatures.footer_start(end)
            if end == start:
                return end

    def _without_quotes(self, end: int) -> int:
        """The end of the text above `end` without the quotes at its bottom, their attributions and a rule above."""
        index = end
        quotes = 0
        while index > 0:
            at = index - 1
            if self._text.quoted[at] and not self._is_attribution[at]:
                quotes += 1
            elif not (self._text.blank[at] or self._is_attribution[at]):
                rest = self._wrapped_quote_start(at)
                if rest is None:
                    break
                at = rest
            index = at
        above = self._text.last_text(index)
        return above if index < end and above >= 0 and is_rule(self._text.lines[above]) else index

    def _wrapped_quote_start(self, last: int) -> int | None:
        """The first of the lines down to `last` that are the rest of a quoted line; None if they are the sender's.

        A program wrapped the quoted line, and did not add a new `>`. Such a line is long, does not end a sentence, and
        goes on directly below. If no further quoted line follows, the rest must also begin with a small letter.
        """
        text = self._text
        first = last
        while first > 0 and not text.quoted[first - 1] and not text.blank[first - 1]:
            first -= 1
            if last - first >= _MAX_WRAPPED_LINES:
                return None
        if first == 0 or not text.quoted[first - 1]:
            return None
        if len(text.lines[last]) > _LONGEST_REST_OF_LINE:
            return None
        wrapped = text.lines[first - 1 : last]
        if len(wrapped[0]) < _SHORTEST_WRAPPED_LINE or wrapped[0].endswith(_SENTENCE_ENDS):
            return None
        if any(len(line) < _SHORTEST_WRAPPED_LINE - _QUOTE_MARKS for line in wrapped[1:]):
            return None
        followed = last + 1 < len(text) and text.quoted[last + 1]
        return first if followed or text.lines[first].lstrip()[:1].islower() else None

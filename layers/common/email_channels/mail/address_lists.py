"""Splits address lists into mailboxes, which are not decoded yet (RFC 5322, sections 3.4 and 4.4).

Commas and semicolons separate mailboxes, except within quoted strings, comments, encoded words and angle brackets. A
quote or bracket that is never closed ends where the sender most likely meant it to end.
"""

from __future__ import annotations

from dataclasses import field
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.limits import MAX_ADDRESSES
from email_channels.values import dataclass

_SPECIAL: Final = expression(r'[\\="(<,;:]')
_ENCODED_WORD_HEAD: Final = expression(r"=\?[A-Za-z0-9_.:*-]{0,60}\?[bBqQ]\?")
_LONGEST_ENCODED_WORD: Final = 1_000
_LONGEST_GROUP_NAME: Final = 500
_LONGEST_QUOTED: Final = 2_000
"""The most characters of a quoted string, a comment or a bracket. A longer one counts as never closed."""

_LONGEST_NAME_IN_BRACKETS: Final = 200


@dataclass(slots=True)
class RawMailbox:
    """The text between two separators: words, comments, and the content of the angle bracket (None: no bracket)."""

    words: list[str] = field(default_factory=list)
    angle: str | None = None
    comments: list[str] = field(default_factory=list)
    words_before_angle: int = 0

    @property
    def phrase(self) -> str:
        """The words before the bracket. If there are none, the words after it."""
        if self.angle is not None and (before := "".join(self.words[: self.words_before_angle]).strip()):
            return before
        return "".join(self.words).strip()

    @property
    def has_address_in_angle(self) -> bool:
        """Whether the angle bracket contains an address."""
        return self.angle is not None and "@" in self.angle


def split_mailboxes(text: str) -> list[RawMailbox]:
    """The mailboxes of a field's unfolded value, in order. Groups are flattened: their names are left out."""
    return _Splitter(text).split()


class _Splitter:
    """Reads a list once, from one special character to the next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.words_start = 0
        """The start of the words that are not yet in `current`."""
        self.current = RawMailbox()
        self.mailboxes: list[RawMailbox] = []
        self.next_word_end = -1
        """The position of the next `?=`. One search serves all encoded words that begin before it and never end."""

    def split(self) -> list[RawMailbox]:
        while len(self.mailboxes) <= MAX_ADDRESSES:
            special = _SPECIAL.search(self.text, self.position)
            if special is None:
                break
            self.position = special.start()
            self.read(special[0])
        self.add_words(len(self.text))
        self.mailboxes.append(self.current)
        return [one for one in self.mailboxes if one.angle is not None or one.phrase or one.comments]

    def read(self, special: str) -> None:
        """Read the element that begins with the special character at `position`, and move past it."""
        if special == "\\":
            self.position += 2
        elif special == '"':
            self.position = _end_of_quoted_string(self.text, self.position)
        elif special == "=":
            self.skip_encoded_word()
        elif special == "(":
            self.read_comment()
        elif special == "<":
            self.read_angle_bracket()
        elif special == ":":
            self.read_colon()
        else:
            self.read_separator()

    def add_words(self, end: int) -> None:
        """Add the words up to `end` to the current mailbox."""
        if end > self.words_start:
            self.current.words.append(self.text[self.words_start : end])

    def skip_encoded_word(self) -> None:
        """Move past an encoded word, which may contain commas and brackets of careless programs."""
        head = _ENCODED_WORD_HEAD.match(self.text, self.position)
        self.position += 1
        if head is None:
            return
        if self.next_word_end < head.end():
            found = self.text.find("?=", head.end())
            self.next_word_end = found if found >= 0 else len(self.text) + _LONGEST_ENCODED_WORD
        is_short = self.next_word_end - head.end() <= _LONGEST_ENCODED_WORD
        if is_short and "=?" not in self.text[head.end() : self.next_word_end]:
            self.position = self.next_word_end + 2

    def read_comment(self) -> None:
        self.add_words(self.position)
        self.current.words.append(" ")
        close, comment = _read_comment(self.text, self.position)
        self.current.comments.append(comment)
        self.position = self.words_start = close + 1

    def read_angle_bracket(self) -> None:
        if _is_part_of_name(self.text, self.position):
            self.position += 1
            return
        close, following = _end_of_angle_bracket(self.text, self.position)
        inner = self.text[self.position + 1 : close]
        self.add_words(self.position)
        self.position = self.words_start = following
        self.add_angle(inner)

    def add_angle(self, inner: str) -> None:
        """Add the content of a bracket to the current mailbox, or to a new one if the current one has an address."""
        current = self.current
        if current.has_address_in_angle and "@" in inner:
            # There is no comma between two mailboxes: the words between the brackets are the name of the second.
            name = current.words[current.words_before_angle :]
            current.words = current.words[: current.words_before_angle]
            self.mailboxes.append(current)
            self.current = RawMailbox(name, inner, words_before_angle=len(name))
        elif current.angle and "@" in inner and "@" not in current.angle:  # `<Kim Lee> <kim@example.com>`
            current.words.insert(current.words_before_angle, current.angle)
            current.angle, current.words_before_angle = inner, len(current.words)
        elif current.angle is None or not current.angle.strip("<> "):
            current.angle, current.words_before_angle = inner, len(current.words)

    def read_separator(self) -> None:
        self.add_words(self.position)
        self.mailboxes.append(self.current)
        self.begin_mailbox()

    def read_colon(self) -> None:
        """Read a colon. If it ends the name of a group, leave the name out."""
        if self.current.angle is None and _ends_group_name(self.text, self.words_start, self.position):
            self.begin_mailbox()
        else:
            self.position += 1

    def begin_mailbox(self) -> None:
        self.current = RawMailbox()
        self.position += 1
        self.words_start = self.position


def _ends_group_name(text: str, start: int, colon: int) -> bool:
    """Whether the colon ends the name of a group that begins at `start`.

    Otherwise it is part of a time, a URL, a `mailto:` or an IPv6 literal.
    """
    if colon - start > _LONGEST_GROUP_NAME or text.startswith("//", colon + 1):
        return False
    if text[colon - 1 : colon].isdecimal() and text[colon + 1 : colon + 2].isdecimal():
        return False
    before = text[start:colon].strip()
    if "@" in before or before.lower().endswith("mailto") or before.count("[") > before.count("]"):
        return False
    return bool(before)


def _end_of_quoted_string(text: str, opening: int) -> int:
    """The position after the quoted string that opens at `opening`, or after the quote alone if it never closes."""
    position = opening + 1
    reach = min(len(text), opening + _LONGEST_QUOTED)
    while position < reach:
        if text[position] == '"':
            return position + 1
        position += 2 if text[position] == "\\" else 1
    return opening + 1


def _read_comment(text: str, opening: int) -> tuple[int, str]:
    """The last position and the content of the comment that opens at `opening`. Comments may be nested.

    A comment that never closes ends with `text`, or after _LONGEST_QUOTED characters.
    """
    depth = 0
    position = opening
    reach = min(len(text), opening + _LONGEST_QUOTED)
    while position < reach:
        char = text[position]
        if char == "\\":
            position += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return position, text[opening + 1 : position]
        position += 1
    return reach, text[opening + 1 : reach]


def _is_part_of_name(text: str, opening: int) -> bool:
    """Whether the `<` at `opening` is part of a name: another `<` follows, without an address between them."""
    again = text.find("<", opening + 1, opening + _LONGEST_NAME_IN_BRACKETS)
    between = text[opening + 1 : again] if again > 0 else ""
    return bool(between.strip()) and not any(char in between for char in '@>,;"')


def _end_of_angle_bracket(text: str, opening: int) -> tuple[int, int]:
    """The position where the content of the bracket ends, and the position where the text after the bracket begins.

    A doubled closing bracket counts as one. A bracket that never closes ends before the next comma.
    """
    close = text.find(">", opening, opening + _LONGEST_QUOTED)
    again = text.find("<", opening + 1, max(opening, close))
    if again > opening + 1 and text[opening + 1 : again].strip("< ") and "," in text[opening:again]:
        close = -1  # `Kim <kim@example.com, Lee <lee@example.com>`
    if close < 0:
        comma = text.find(",", opening)
        end = len(text) if comma < 0 else comma
        return end, end
    while close + 1 < len(text) and text[close + 1] == ">":
        close += 1
    return close, close + 1

"""The form lines: up to four values on the first four lines of the body of a system-generated email.

Line 1 has the employee's user id, line 2 the topic, line 3 whether the case is shown to the employee, and line 4 the
user id of the employee that the case is regarding. Each value is in square brackets; an unused line is blank. The rules
of intake decide what the values mean.

A gateway may put a banner ("CAUTION: external sender") above the four lines. Then they are read below it. Values that
stand anywhere else are not read, but found, so that an agent learns of them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice, pairwise
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.banners import banner_end
from email_channels.mail.html import html_lines
from email_channels.mail.message import InboundMessage
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class FormLine:
    """One of the four lines: its number (1 to 4), its text without invisible characters, its value (None: blank)."""

    number: int
    text: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Form:
    """The values of the four lines by name; None for a blank line."""

    user_id: str | None = None
    topic: str | None = None
    show: str | None = None
    regarding: str | None = None


@dataclass(frozen=True, slots=True)
class FormLines:
    """The four lines, or None if the body does not begin with them; and the text after them.

    `below_banner` says that a gateway's banner is above the four lines. `elsewhere` holds lines with values in brackets
    that stand where they are not read, as they are written; it is empty if the four lines are read.
    """

    lines: tuple[FormLine, FormLine, FormLine, FormLine] | None
    issue: str
    below_banner: bool = False
    elsewhere: tuple[str, ...] = ()

    @property
    def form(self) -> Form:
        """The values by name; all of them are None if the body does not begin with the four lines."""
        return Form(*(line.value for line in self.lines)) if self.lines else Form()


_LINES: Final = 4
_QUOTED: Final = expression(r"\s*>")
_SEARCHED: Final = 60
"""How many lines at the top of a body are read. Senders put some blank lines first, but never this many."""

_UNSEEN: Final = expression(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\x00-\x08\x0b-\x1f]"
)
_BLANKS: Final = expression("[\\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_BRACKETED: Final = expression(r"\[([^\[\]]{0,500})\]")
_BOLD: Final = expression(r"([*_]{1,3})(.*[^*_])\1")
"""Bold type, as mail programs write it in plain text: `*[543457]*`."""
_SEARCHED_ELSEWHERE: Final = 100_000
"""How many characters of a text are searched for values that stand where they are not read."""
_MAX_ELSEWHERE: Final = 8
_USER_ID: Final = expression(r"(?=[^\s\d]{0,20}\d)[\w.-]{4,40}")
_NO_VALUE: Final = expression(
    # pictures, links, ellipses, numbers of notes, and tags of gateways
    r"(?:image|cid|img|photo|logo|icon|picture|bild|video|gif|sticker|inline|attachment|anhang|screenshot)\b"
    r"|(?:https?|mailto|file|tel)?:|www\.|\S{1,200}\.(?:png|jpe?g|gif|svg|pdf|bmp)\b|[\W_]{1,20}\Z|\d{1,2}\Z"
    r"|extern|external|\W{0,5}(?:snip|cut|gekürzt|message clipped|quoted text|x)\W{0,5}\Z|#",
    re.IGNORECASE,
)
_WIDE: Final = str.maketrans("［］：＝\uff0a", "[]:=*")
"""Full-width forms, which East Asian keyboards type."""
_LABEL: Final = expression(r"line\s?([1-4])\s?[=:]\s?", re.IGNORECASE)
_YES_OR_NO: Final = frozenset(("yes", "no", "y", "n", "true", "false"))


def read_form_lines(message: InboundMessage) -> FormLines:
    """Reads the four lines of a message, and the issue below them.

    A line is valid if it is blank, or if it has one value in brackets, with or without a label `line 1=`. The four
    lines are read if all of them are valid and at least one has a value. If the body ends early, the missing lines
    count as blank.

    Labels tell which line is which. Without labels, blank lines at the top may be above line 1, or they may be unused
    lines 1 to 3. Each window of four lines that contains the first value is tried, except a window that includes other
    text or leaves out a further value. If several windows fit, the first rule that applies decides:

    1. A Yes or No is on line 3.
    2. A single value after exactly three blank lines is line 4. After exactly two blank lines it is line 3, unless it
       looks like a user id.
    3. A single value that does not look like a user id is a topic, line 2.
    4. The value is on line 1, and the blank lines are above it.

    The lines are read from the HTML if it has at least as many values as the text, because mail programs double the
    line spacing when they convert HTML to text.
    """
    text = message.text or ""
    html = message.html or ""
    # HTML may write brackets as `&#91;` and `&lbrack;`. But the text that is made from the HTML has real brackets.
    if not any(bracket in source for bracket in "[［" for source in (text, html)):
        return FormLines(None, text)
    # A tag in brackets (`[EXTERNAL]`) looks like a value. So the lines below a banner come first.
    if (below := _below_banner(text)) is not None and (found := _read(below, _html_below_banner(html))):
        return replace(found, below_banner=True)
    return _read(text, html_lines(html) if html else []) or FormLines(None, text, elsewhere=_elsewhere(text))


def _read(text: str, html: list[str]) -> FormLines | None:
    """The four lines at the beginning of a text and of the lines of its HTML; None if neither begins with them."""
    from_text = _find(_split(text))
    # Quoted lines were written by somebody else. Only the text shows that they are quoted.
    from_html = _find(html) if html and not _QUOTED.match(text) else None
    if from_html is not None and (from_text is None or _count(from_html[0]) >= _count(from_text[0])):
        lines, rest = from_html
        return FormLines(lines, _issue_of_text(text, lines) or _trim(rest))
    if from_text is not None:
        lines, rest = from_text
        return FormLines(lines, _trim(rest))
    return None


def _below_banner(text: str) -> str | None:
    """The text below a gateway's banner, or None if it has none.

    Gateways put a blank line below it. Further ones may be unused lines, and are kept. If there is only one, it is not
    known whose it is, so it is kept too: blank lines above line 1 do no harm.
    """
    end = banner_end(text, values_follow=True)
    if not end:
        return None
    blank = 0
    for line in reversed(text[:end].removesuffix("\n").split("\n")):
        if line.strip():
            break
        blank += 1
    return "\n" * max(min(blank, 1), blank - 1) + text[end:]


def _html_below_banner(html: str) -> list[str]:
    """The lines of the HTML below its banner; none if it has no banner."""
    below = _below_banner("\n".join(html_lines(html))) if html else None
    return [] if below is None else _split(below)


def _elsewhere(text: str) -> tuple[str, ...]:
    """Lines that look like the form lines, but are not where these are read.

    Labelled values do, and two values or more within a few lines. A single value does if it may be a user id. Programs
    write pictures and notes in brackets, too: `[image: logo]`, `[1]`.
    """
    lines = [_clean(line) for line in _split(text[:_SEARCHED_ELSEWHERE])]
    places = [at for at, line in enumerate(lines) if _is_possible_value(line)]
    near = {at for pair in pairwise(places) if pair[1] - pair[0] <= _LINES for at in pair}
    found = (lines[at] for at in places if at in near or _LABEL.match(lines[at]) or _is_user_id(lines[at]))
    return tuple(islice(found, _MAX_ELSEWHERE))


def _is_user_id(line: str) -> bool:
    return _USER_ID.fullmatch(_value(line) or "") is not None


def _is_possible_value(line: str) -> bool:
    value = _value(line)
    return value is not None and not _NO_VALUE.match(value)


_Found = tuple[tuple[FormLine, FormLine, FormLine, FormLine], list[str]]


def _find(lines: list[str]) -> _Found | None:
    """The four lines and the lines that follow them, or None if the body does not begin with four such lines."""
    cleaned = [_clean(line) for line in lines[:_SEARCHED]]
    first = next((index for index, line in enumerate(cleaned) if line), None)
    if first is None:
        return None
    if _LABEL.match(cleaned[first]):
        return _find_labelled(lines, cleaned, first)
    if _value(cleaned[first]) is None and not _is_empty_pair(cleaned[first]):
        return None
    if (doubled := _find_doubled(lines, cleaned, first)) is not None:
        return doubled
    # `stop` is the first line of text below the blank and bracketed lines. `last` is the last line with brackets.
    stop = next((index for index in range(first, len(cleaned)) if not _is_valid(cleaned[index])), None)
    beyond = len(cleaned) + _LINES if stop is None else stop
    last = max(index for index in range(first, min(beyond, first + _LINES, len(cleaned))) if cleaned[index])
    starts = [start for start in range(max(0, last - 3), first + 1) if start + _LINES <= beyond and start >= first - 3]
    if not starts:
        return None
    start = _choose(cleaned, starts, first, last)
    window = [cleaned[index] if index < len(cleaned) else "" for index in range(start, start + _LINES)]
    values = [_value(line) for line in window]
    if not any(value is not None for value in values):
        return None
    one, two, three, four = (FormLine(number, window[number - 1], values[number - 1]) for number in range(1, 5))
    return (one, two, three, four), lines[start + _LINES :]


def _choose(cleaned: list[str], starts: list[int], first: int, last: int) -> int:
    """The index of the first line of the right window, by the rules of `read_form_lines`."""
    if len(starts) == 1:
        return starts[0]
    for index in range(first, last + 1):
        if (_value(cleaned[index]) or "").lower() in _YES_OR_NO and index - 2 in starts:
            return index - 2
    if first == last:
        value = _value(cleaned[first]) or ""
        if first in (2, 3) and 0 in starts and (first == 3 or not _is_id(value)):
            return 0
        if first - 1 in starts and not _is_id(value):
            return first - 1
    return starts[-1]


def _find_doubled(lines: list[str], cleaned: list[str], first: int) -> _Found | None:
    """Four lines with brackets, with a blank line between each two: mail programs convert HTML to such text."""
    texts = cleaned[first : first + 2 * _LINES - 1]
    if len(texts) < 2 * _LINES - 1 or any(texts[1::2]):
        return None
    if not all(text and _is_valid(text) for text in texts[::2]):
        return None
    one, two, three, four = (
        FormLine(number, texts[2 * number - 2], _value(texts[2 * number - 2])) for number in range(1, 5)
    )
    if not any(line.value for line in (one, two, three, four)):
        return None
    return (one, two, three, four), lines[first + 2 * _LINES - 1 :]


def _find_labelled(lines: list[str], cleaned: list[str], first: int) -> _Found | None:
    """The four lines by their labels, and the lines after them; None if none of them has a value.

    Blank lines between labelled lines do not count.
    """
    texts: dict[int, str] = {}
    values: dict[int, str | None] = {}
    index = first
    end = first
    for index in range(first, len(cleaned)):
        line = cleaned[index]
        if not line:
            continue
        match = _LABEL.match(line)
        if match is None or not _is_valid(line) or int(match[1]) in texts:
            break
        texts[int(match[1])] = line
        values[int(match[1])] = _value(line)
        end = index + 1
        if len(texts) == _LINES:
            break
    if not any(value is not None for value in values.values()):
        return None
    one, two, three, four = (FormLine(number, texts.get(number, ""), values.get(number)) for number in range(1, 5))
    return (one, two, three, four), lines[end:]


def _split(text: str) -> list[str]:
    return re.split(r"\r\n|[\n\r\x0b\x0c\u0085\u2028\u2029]", text)


def _clean(line: str) -> str:
    """`line` without invisible characters, with single spaces for white space of any kind, and with plain brackets."""
    cleaned = _BLANKS.sub(" ", _UNSEEN.sub("", line)).strip().translate(_WIDE)
    bold = _BOLD.fullmatch(cleaned) if cleaned[:1] in ("*", "_") else None
    return bold[2].strip() if bold else cleaned


def _without_label(line: str) -> str:
    match = _LABEL.match(line)
    return line[match.end() :] if match else line


def _value(line: str) -> str | None:
    """The value on a cleaned line; None if the line is blank, has empty brackets, or is text."""
    match = _BRACKETED.fullmatch(_without_label(line).strip())
    return (match[1].strip() or None) if match else None


def _is_empty_pair(line: str) -> bool:
    match = _BRACKETED.fullmatch(_without_label(line).strip())
    return match is not None and not match[1].strip()


def _is_valid(line: str) -> bool:
    rest = _without_label(line).strip()
    return not rest or _BRACKETED.fullmatch(rest) is not None


def _is_id(value: str) -> bool:
    """Whether a value looks like a user id rather than a topic: one word with a digit in it."""
    return " " not in value and any(char.isdigit() for char in value)


def _count(lines: tuple[FormLine, FormLine, FormLine, FormLine]) -> int:
    return sum(line.value is not None for line in lines)


def _trim(lines: list[str]) -> str:
    """Lines as text, without the blank ones above and below."""
    return _UNSEEN.sub("", "\n".join(lines)).replace("\xa0", " ").strip("\n\r ")


def _issue_of_text(text: str, lines: tuple[FormLine, FormLine, FormLine, FormLine]) -> str:
    """The rest of the text after the four lines; "" if the text does not begin with them.

    It is better than the rest of the HTML, because it has blank lines between paragraphs.
    """
    wanted = [line.text for line in lines if line.text]
    rest = _split(text)
    for index, line in enumerate(rest):
        cleaned = _clean(line)
        if not cleaned:
            continue
        if not wanted or cleaned != wanted[0]:
            return ""
        wanted.pop(0)
        if not wanted:
            return _trim(rest[index + 1 :])
    return ""

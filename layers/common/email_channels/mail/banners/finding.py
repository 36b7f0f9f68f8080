"""Finds where the banner above a text ends. A gateway puts it there; the sender did not write it.

A banner is read sentence by sentence, as gateways put it on lines of its own, in a frame of dashes or stars, in
brackets, or directly before the sender's first word. It ends where a sentence is not of a banner. The words are tables:
see `phrases`. In doubt, a sentence is of the sender.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.banners.phrases import (
    ADVICE,
    ALERT,
    ALERTS,
    FIRST_CONTACT,
    LABEL,
    MESSAGE,
    MESSAGE_WORD,
    ORDER,
    ORIGIN,
    OUTSIDE,
    OUTSIDE_WORD,
    SMALL_WORD,
    TAG_AND_TEXT,
    THREAT,
)
from email_channels.mail.caseless import caseless

_SEARCHED: Final = 4_000
"""Characters at the beginning of a text. The longest banners, in two languages, have 1,500."""
_MAX_LINES: Final = 40
_LONGEST_SENTENCE: Final = 500
_LONGEST_TAG: Final = 60
_WRAPPED: Final = range(36, 101)
"""Lengths of lines that a program may have wrapped. Longer lines were not wrapped."""
_WIDTH: Final = 62
"""A line was not wrapped if the first word of the next line, with a capital, also fits into this many characters."""
_MAX_WRAPPED_LINES: Final = 8

# Proofpoint, Sophos and IronPort mark the ends of their banners.
_END_MARK: Final = expression(
    r"zjqcmqryfpfptbannerend|sophospsmartbannerend|suspicious threat disclaimer ends here\.?", re.IGNORECASE
)
_START_MARK: Final = expression(r"\s{0,20}zjqcmqryfpfptbannerstart", re.IGNORECASE)

_LINE_ENDS: Final = (".", "!", "?", ":", "…", "。", "！", "？", "*", "]")

_DECORATION: Final = (
    "[\\s*_#|/\\\\<>{}()\\[\\]【】«»\"“”„'~=+•·:!,;.–—-]"
    # arrows, symbols, invisible characters, emoji
    "|[\u2190-\u2bff\ufe0f\u200b-\u200f\u2060\ufeff\u00ad]|[\U0001f300-\U0001faff]"
)
_DECORATED: Final = expression(rf"(?:{_DECORATION}){{0,200}}")
_ONLY_DECORATION: Final = expression(rf"(?:{_DECORATION}){{1,400}}\Z")
_SENTENCE_END: Final = expression(
    r"[.!?…]{1,4}[\"'”’»)\]*_]{0,4}(?=\s)|[。！？]|[:：](?=\s{0,3}\n)|(?<=\])(?=\s{1,3}\w)"
)
_BRACKETED: Final = expression(
    r"\s{0,20}(?:\[([^\[\]\n]{1,80})\]|【([^【】\n]{1,80})】|\*{1,5}\s?([^*\n]{1,80}?)\s?\*{1,5}"
    r"|<{2,4}([^<>\n]{1,80})>{2,4}|={2,5}([^=\n]{1,80})={2,5}|-{2,5}([^\n-]{1,80})-{2,5})"
)
_BLANK_LINE: Final = expression(r"\n[^\S\n]{0,80}\n")
_LINK: Final = expression(r"<?(?:https?://|www\.)[^\s<>]{1,1500}>?", re.IGNORECASE)
_LINK_AT_END: Final = expression(r"(?:https?://|www\.)[^\s<>]{1,1500}>?\Z", re.IGNORECASE)
_WORD: Final = expression(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FIRST_WORD: Final = expression(r"\s*(\S{1,80})")
_GREETING: Final = expression(r"\s*[^\W\d_][\w .'’-]{1,40}[,!:]\s*\Z")


class _Said(IntEnum):
    """What a sentence says."""

    OTHER = 0
    """Nothing that a banner would say."""
    MAYBE = 1
    """What a banner may say, but people too: "Caution!"."""
    BANNER = 2
    """What only banners say."""


def banner_end(text: str, *, values_follow: bool = False) -> int:
    """The position in `text` behind the banner on top and the blank lines below it; 0 if there is none.

    `values_follow` says that the text below is known to be a program's. Then any warning is a banner.
    """
    head = text[:_SEARCHED]
    end = _marked_end(head) or _end_of_sentences(head, _Said.MAYBE if values_follow else _Said.BANNER)
    if not end:
        return 0
    return _below(text, end)


def _marked_end(head: str) -> int:
    match = _END_MARK.search(head)
    if match is None:
        return 0
    above = head[: match.start()]
    if _START_MARK.match(above) or any(_said(sentence) is _Said.BANNER for sentence in _split(above)):
        return match.end()
    return 0


def _end_of_sentences(head: str, needed: _Said) -> int:
    """The end of the last sentence of the banner, if one of them says what is `needed`."""
    end = 0
    most = _Said.OTHER
    pending: int | None = None
    for start, stop in _blocks(head):
        at = start
        while at < stop:
            match = _BRACKETED.match(head, at, stop)
            if match is not None and _is_tag(next(filter(None, match.groups()), ""), framed=True):
                most, end, at = _Said.BANNER, match.end(), match.end()
                continue
            ending = _SENTENCE_END.search(head, at + 1, stop)
            sentence_stop = ending.end() if ending else stop
            sentence = head[at:sentence_stop]
            if _ONLY_DECORATION.match(sentence) or _is_link(sentence):
                at = sentence_stop
                continue
            apart = _BLANK_LINE.search(head, end, at) is not None
            said = _said(sentence, in_banner=most is _Said.BANNER and not apart)
            if most is _Said.BANNER and apart and said is _Said.MAYBE and not _advises(sentence):
                said = _Said.OTHER
            if said is _Said.OTHER:
                return end if most >= needed else 0
            if said is _Said.MAYBE:
                # "External email." and "Do not click on links." prove it together.
                pending = at if pending is None else pending
                said = max(said, _said(head[pending:sentence_stop]))
            most, end, at = max(most, said), sentence_stop, sentence_stop
    return end if most >= needed else 0


def _blocks(head: str) -> Iterator[tuple[int, int]]:
    """The beginnings and ends of the lines of text. Lines that a program wrapped are one."""
    lines = []
    position = 0
    for line in head.split("\n")[:_MAX_LINES]:
        lines.append((position, position + len(line)))
        position += len(line) + 1
    at = 0
    while at < len(lines):
        start, stop = lines[at]
        at += 1
        if not head[start:stop].strip():
            continue
        for _ in range(_MAX_WRAPPED_LINES):
            if at >= len(lines) or not _is_wrapped(
                head[start:stop], head[slice(*lines[at - 1])], head[slice(*lines[at])]
            ):
                break
            stop = lines[at][1]
            at += 1
        yield start, stop


def _is_wrapped(block: str, line: str, below: str) -> bool:
    """Whether `below` continues `line`, the last line of `block`."""
    line = line.strip()
    if not below.strip() or _ONLY_DECORATION.match(below) or _ONLY_DECORATION.match(line):
        return False
    if block.lstrip().startswith(("[", "【")) and block.count("[") + block.count("【") > block.count("]") + block.count(
        "】"
    ):
        return True
    if line.endswith(_LINE_ENDS) or len(line) not in _WRAPPED or _LINK_AT_END.search(line) or _GREETING.match(below):
        return False
    word = _FIRST_WORD.match(below)
    return word is not None and (word[1][0].islower() or len(line) + 1 + len(word[1]) > _WIDTH)


def _split(text: str) -> Iterator[str]:
    for start, stop in _blocks(text):
        at = start
        for match in _SENTENCE_END.finditer(text, start, stop):
            yield text[at : match.end()]
            at = match.end()
        yield text[at:stop]


def _advises(sentence: str) -> bool:
    return ADVICE.search(caseless(sentence)) is not None


def _said(sentence: str, *, in_banner: bool = False) -> _Said:
    """How surely a sentence is of a banner. `in_banner` says that the sentences above it, in this paragraph, are."""
    if len(sentence) > _LONGEST_SENTENCE:
        return _Said.OTHER
    content = caseless(" ".join(_LINK.sub(lambda link: _kept(link[0]), sentence).split()))
    content = content[_DECORATED.match(content).end() :].rstrip()  # type: ignore[union-attr]  # it matches everywhere
    if FIRST_CONTACT.search(content) or LABEL.match(content.rstrip(" .*_])")):
        return _Said.BANNER
    if _is_tag(sentence, framed=False):
        return _Said.BANNER
    advises = ADVICE.search(content) is not None
    orders = ORDER.search(content) is not None
    outside = OUTSIDE.search(content) is not None
    alert = ALERT.match(content) is not None or TAG_AND_TEXT.match(content) is not None
    if content.endswith("?") and not alert:
        return _Said.OTHER
    if ORIGIN.match(content) or (alert and ORIGIN.search(content)):
        return _Said.BANNER
    if (alert or advises or orders) and outside and (advises or orders or MESSAGE.search(content)):
        return _Said.BANNER
    if alert and advises:
        return _Said.BANNER
    if in_banner and (THREAT.search(content) or (outside and MESSAGE.search(content))):
        return _Said.BANNER
    if ORDER.match(content) or (_is_tag(sentence, framed=True) and len(_WORD.findall(sentence)) > 1):
        return _Said.MAYBE
    alone = ALERT.sub("", content, count=1)
    return _Said.MAYBE if advises or (alert and _ONLY_DECORATION.match(f"{alone} ")) else _Said.OTHER


def _is_tag(text: str, *, framed: bool) -> bool:
    """Whether the text is a tag: `[EXTERNAL]`, `EXTERNAL EMAIL`, `*** Externe E-Mail ***`.

    A tag without a frame must be in capitals, or end in a colon or an exclamation mark, and have a second word.
    """
    text = text.strip()
    if len(text) > _LONGEST_TAG:
        return False
    content = caseless(text)
    if not OUTSIDE.search(content):
        return False
    rest = content
    for pattern in (ALERTS, OUTSIDE_WORD, MESSAGE_WORD, SMALL_WORD):
        rest = pattern.sub(" ", rest)
    if _WORD.search(rest):
        return False
    words = _WORD.findall(text)
    if framed:
        return True
    return len(words) > 1 and (text == text.upper() != text.lower() or text.endswith((":", "!", "*", "]", "-", "=")))


def _is_link(sentence: str) -> bool:
    return _ONLY_DECORATION.match(_LINK.sub(" ", sentence) + " ") is not None


def _kept(link: str) -> str:
    """The part of a link that says something."""
    return "learnaboutsenderidentification" if "learnaboutsenderidentification" in link.lower() else ""


def _below(text: str, end: int) -> int:
    """The position below the banner's frame and the blank lines after it. The next line keeps its indentation."""
    rest_of_line = text[end : (text.find("\n", end) + 1 or len(text) + 1) - 1]
    if not _ONLY_DECORATION.match(rest_of_line + " "):
        return end + len(rest_of_line) - len(rest_of_line.lstrip(" \t*_]>|:-"))
    position = min(len(text), end + len(rest_of_line) + 1)
    while position < len(text):
        stop = text.find("\n", position)
        line = text[position : stop if stop >= 0 else len(text)]
        if line.strip() and not _is_rule(line):
            break
        position += len(line) + 1
    return min(position, len(text))


def _is_rule(line: str) -> bool:
    """Whether the line closes the frame of a banner."""
    line = line.strip()
    return len(line) >= 3 and set(line) <= set("-_=*#~—–─━+| ") and len(set(line)) <= 3

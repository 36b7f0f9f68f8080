"""HTML that would take a browser's parser minutes and gigabytes, told beforehand, and read without a tree."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from email_channels.mail.limits import MAX_HTML_DEPTH, MAX_HTML_TAGS

_SPACES: Final = re.compile(r"[ \t\r\n\f]+")
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_ANY_TAG: Final = re.compile(r"<[^<>]{0,5000}>")
_LINE_TAG: Final = re.compile(
    r"</?(?:br|p|div|tr|li|h[1-6]|table|ul|ol|blockquote|pre|hr)\b[^<>]{0,5000}>", re.IGNORECASE
)
_DROPPED: Final = re.compile(r"<(style|script|head|title)\b[^<>]{0,1000}>[^<]{0,100000}</\1\s{0,5}>", re.IGNORECASE)
_FORMATTING: Final = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
)
# Void elements, and those that the next of their kind closes.
# fmt: off
_NEVER_NESTED: Final = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "p", "li", "dd", "dt", "option", "td", "th", "tr", "tbody", "thead", "tfoot", "html", "head", "body",
))
# fmt: on
_MOST_LOOKED_AT: Final = 20_000_000
_MOST_OPENED_AGAIN: Final = 300_000


def is_cheap_to_parse(html: str) -> bool:
    """Whether a browser's algorithm takes a bearable time on `html`.

    It looks through all open elements at each new block, and opens again every bold, font and link that was left open:
    a megabyte of `<div>` or `<font>` never closed would take minutes and gigabytes.
    """
    open_elements: dict[str, int] = {}
    blocks = formats = 0
    looked = opened_again = 0
    for count, match in enumerate(_TAG.finditer(html)):
        if count > MAX_HTML_TAGS:
            return False
        name = match[2].lower()
        formatting = name in _FORMATTING
        if match[1]:
            if open_elements.get(name, 0):
                open_elements[name] -= 1
                formats -= formatting
                blocks -= not formatting
            continue
        if name in _NEVER_NESTED:
            looked += blocks
            opened_again += formats
            continue
        open_elements[name] = open_elements.get(name, 0) + 1
        formats += formatting
        blocks += not formatting
        if not formatting:
            looked += blocks
            opened_again += formats
        if blocks > MAX_HTML_DEPTH or looked > _MOST_LOOKED_AT or opened_again > _MOST_OPENED_AGAIN:
            return False
    return looked <= _MOST_LOOKED_AT and opened_again <= _MOST_OPENED_AGAIN


def tags_taken_out(html: str) -> list[str]:
    """The lines of HTML that no tree is made of: tags taken out, blocks on lines of their own."""
    html = _DROPPED.sub(" ", html)
    lines = [_SPACES.sub(" ", line).strip() for line in _LINE_TAG.sub("\x00", _SPACES.sub(" ", html)).split("\x00")]
    return [unescape(_ANY_TAG.sub("", line)).replace("\xa0", " ").strip() for line in lines if line]

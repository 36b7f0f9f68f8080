"""Recognises HTML for which a browser's parser would need minutes and gigabytes, and reads such HTML without a tree."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.html.elements import FORMATTING, NEVER_NESTED
from email_channels.mail.limits import MAX_HTML_DEPTH, MAX_HTML_TAGS

_SPACES: Final = expression(r"[ \t\r\n\f]+")
_TAG: Final = expression(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_WHOLE_TAG: Final = expression(r"<[^<>]{0,5000}>")
_LINE_TAG: Final = expression(
    r"</?(?:br|p|div|tr|li|h[1-6]|table|ul|ol|blockquote|pre|hr)\b[^<>]{0,5000}>", re.IGNORECASE
)
_UNSEEN_ELEMENT: Final = expression(
    r"<(style|script|head|title)\b[^<>]{0,1000}>[^<]{0,100000}</\1\s{0,5}>", re.IGNORECASE
)
_MAX_ELEMENTS_SEARCHED: Final = 20_000_000
_MAX_OPENED_AGAIN: Final = 300_000


def is_cheap_to_parse(html: str) -> bool:
    """Whether a parser that works as browsers do can parse `html` in acceptable time.

    At each new block, the algorithm searches all open elements, and opens each bold, font and link again that was left
    open. A megabyte of `<div>` or `<font>` that is never closed would need minutes and gigabytes.
    """
    open_elements: dict[str, int] = {}
    blocks = formats = 0  # elements that are open
    searched = opened_again = 0
    for count, tag in enumerate(_TAG.finditer(html), start=1):
        if count > MAX_HTML_TAGS:
            return False
        name = tag[2].lower()
        is_formatting = name in FORMATTING
        if tag[1]:
            if open_elements.get(name, 0):
                open_elements[name] -= 1
                formats -= is_formatting
                blocks -= not is_formatting
            continue
        if name not in NEVER_NESTED:
            open_elements[name] = open_elements.get(name, 0) + 1
            formats += is_formatting
            blocks += not is_formatting
        if not is_formatting:
            searched += blocks
            opened_again += formats
        if blocks > MAX_HTML_DEPTH or searched > _MAX_ELEMENTS_SEARCHED or opened_again > _MAX_OPENED_AGAIN:
            return False
    return True


def strip_tags(html: str) -> list[str]:
    """The lines of HTML that is too expensive to parse. Tags are removed, and each block has lines of its own."""
    html = _SPACES.sub(" ", _UNSEEN_ELEMENT.sub(" ", html))
    lines = [_SPACES.sub(" ", line).strip() for line in _LINE_TAG.sub("\x00", html).split("\x00")]
    return [unescape(_WHOLE_TAG.sub("", line)).replace("\xa0", " ").strip() for line in lines if line]

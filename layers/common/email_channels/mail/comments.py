"""Finds comments in structured header fields (RFC 5322, section 3.2.2): text in brackets, which may be nested."""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression

_BRACKET: Final = expression(r"[()]|\\.", re.DOTALL)
_LONGEST_COMMENT: Final = 2_000


def end_of_comment(text: str, opening: int) -> int | None:
    """The offset after the comment whose bracket is at `opening`; None if it never closes, or is too long."""
    depth = 0
    for bracket in _BRACKET.finditer(text, opening, opening + _LONGEST_COMMENT):
        if bracket[0] == "(":
            depth += 1
        elif bracket[0] == ")":
            depth -= 1
            if depth == 0:
                return bracket.end()
    return None


def without_comments(text: str) -> str:
    """`text` with a space in place of each comment. Brackets that never close are kept."""
    pieces: list[str] = []
    position = 0
    while (opening := text.find("(", position)) >= 0 and (end := end_of_comment(text, opening)) is not None:
        pieces += (text[position:opening], " ")
        position = end
    return "".join((*pieces, text[position:]))

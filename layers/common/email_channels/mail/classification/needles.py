"""Finds out which words a text must contain so that a regular expression can match it.

Looking for words is much cheaper than trying the expression at every character.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression

# A group begins, an escape, a class, a quantifier, or any other character.
_TOKEN: Final = expression(
    r"\((?:\?(?::|<?[=!]))?|\\.|\[\^?\]?(?:\\.|[^\]\\]){0,500}+\]|[*+?][+?]?|\{[\d,]{1,20}\}[+?]?|.", re.DOTALL
)
_SHORTEST: Final = 4
_SHORTEST_BEYOND_ASCII: Final = 2
# `lower` keeps these letters apart, but a search that ignores case does not.
_SAME_LETTERS: Final = str.maketrans({"ı": "i", "ſ": "s", "ς": "σ", "\N{COMBINING DOT ABOVE}": None})


def folded(text: str) -> str:
    """`text` in the form in which needles are looked for."""
    lower = text.lower()
    return lower if lower.isascii() else lower.translate(_SAME_LETTERS)


def needles(expression: str) -> tuple[str, ...]:
    """Texts of which each match of `expression` contains at least one, in folded form. Empty if there are none.

    It knows plain characters, escapes, classes, quantifiers (possessive ones, too) and groups without a name.
    """
    return _Reader(_TOKEN.findall(expression)).alternatives()


class _Reader:
    """Reads the tokens of an expression once."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._position = 0

    def alternatives(self) -> tuple[str, ...]:
        """The needles of all alternatives up to the end of the group; empty if one alternative has none."""
        found = [self._sequence()]
        while self._next() == "|":
            found.append(self._sequence())
        return tuple(dict.fromkeys(one for needles in found for one in needles)) if all(found) else ()

    def _next(self) -> str:
        self._position += 1
        return self._tokens[self._position - 1] if self._position <= len(self._tokens) else ""

    def _peek(self) -> str:
        return self._tokens[self._position] if self._position < len(self._tokens) else ""

    def _sequence(self) -> tuple[str, ...]:
        """The best needles of what follows, up to `|` or the end of the group."""
        candidates: list[tuple[str, ...]] = []
        run = ""
        while self._peek() not in ("", "|", ")"):
            token = self._next()
            if token.startswith("("):
                inner = self.alternatives()
                candidates.append((run,))
                candidates.append(inner if token in ("(", "(?:") and not self._is_optional() else ())
                run = ""
            elif (character := _character(token)) and not self._is_optional():
                run += character
            else:
                candidates.append((run,))
                run = ""
        candidates.append((run,))
        good = [tuple(map(folded, one)) for one in candidates if one and all(map(_is_long, one))]
        return min(good, key=lambda one: (len(one), -min(map(len, one))), default=())

    def _is_optional(self) -> bool:
        """Whether a quantifier follows that allows no occurrence."""
        return self._peek().startswith(("*", "?", "{0", "{,"))


def _character(piece: str) -> str:
    """The character that a token stands for; "" if it may stand for several, or for none."""
    if len(piece) == 2 and piece[0] == "\\":
        return "" if piece[1].isalnum() else piece[1]
    return piece if len(piece) == 1 and piece not in ".^$*+?" else ""


def _is_long(text: str) -> bool:
    return len(text) >= (_SHORTEST if text.isascii() else _SHORTEST_BEYOND_ASCII)

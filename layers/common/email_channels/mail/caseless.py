"""The form in which the words of tables are compared with the texts of emails.

In this form, `Στις` and `ΣΤΙΣ` are equal, and so are `é` as one character and as `e` with an accent after it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from email_channels.expressions import expression

_I_WITH_DOT: Final = "i\N{COMBINING DOT ABOVE}"
"""What `casefold` makes of the Turkish capital `İ`."""

# `normalize` sorts the accents of a letter in quadratic time: 40,000 accents take 7 seconds.
_LONG_RUN: Final = expression(r"([^\w\x00-\x7f]{20,})")
"""Accents and signs without a letter between them. No language has so many on one letter."""


def caseless(text: str) -> str:
    """`text` in the form for comparison: casefolded (Unicode, section 3.13) and composed. Its length may change.

    `casefold` turns `ß` into `ss`, and the Greek `ς` at the end of a word into `σ`. The Turkish letters `İ` and `ı` are
    turned into `i`, because the capital `I` of an email may stand for `ı` or for `i`.
    """
    folded = text.casefold()
    if folded.isascii():
        return folded
    return composed(folded).replace(_I_WITH_DOT, "i").replace("ı", "i")


def composed(text: str) -> str:
    """`text` with each letter and its accents as one character (NFC). Programs on macOS may write several (NFD).

    Long runs of accents and signs stay as they are.
    """
    if text.isascii():
        return text
    pieces = _LONG_RUN.split(text)
    pieces[::2] = [unicodedata.normalize("NFC", piece) for piece in pieces[::2]]
    return "".join(pieces)


def by_caseless(words: Iterable[str]) -> dict[str, str]:
    """The `words` of a table by their caseless form, in the same order. Raises ValueError if two have the same form."""
    found: dict[str, str] = {}
    for word in words:
        key = caseless(word)
        if key in found:
            raise ValueError(f"{word!r} and {found[key]!r} of one table are the same word")
        found[key] = word
    return found

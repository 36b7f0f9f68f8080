"""File names in ASCII, for programs that know no encoded ones."""

from __future__ import annotations

import unicodedata


def ascii_filename(name: str) -> str:
    """The name as the value of a quoted `filename` in a header.

    Accents are left out. Other characters that are not ASCII, and those that would end the quoted string or the header,
    become `_`.
    """
    return "".join(map(_ascii, name))


def _ascii(char: str) -> str:
    letters = [letter for letter in unicodedata.normalize("NFKD", char) if not unicodedata.combining(letter)]
    if len(letters) > 1 or any(not "\x20" <= letter <= "\x7e" or letter in '"\\' for letter in letters):
        return "_"
    return "".join(letters)

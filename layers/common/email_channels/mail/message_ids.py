"""Reads the ids in Message-ID, In-Reply-To and References, without angle brackets (RFC 5322, section 3.6.4)."""

from __future__ import annotations

from typing import Final

from email_channels.expressions import expression
from email_channels.mail.encoded_words import decode_words
from email_channels.mail.headers import raw_text

_BRACKETED: Final = expression(r"<([^<>]{1,2000})>")
_UNCLOSED: Final = expression(r"<([^<>\s@]{1,1000}@[^<>\s@]{1,1000})(?=[\s<]|$)")
_QUOTED_LEFT: Final = expression(r'\s{0,20}("[^"]{0,900}")')
_WHITE_SPACE: Final = expression(r"\s")
_LONGEST_ID: Final = 2_000


def message_ids(value: bytes) -> tuple[str, ...]:
    """The ids of a field, in order, each once.

    If nothing is in brackets, each word with an @ is an id: some programs write no brackets, or a sentence.
    """
    text = decode_words(raw_text(value))
    found = _BRACKETED.findall(text)
    if found and text.count("<") > text.count(">"):
        found = _BRACKETED.findall(_UNCLOSED.sub(r"<\1>", text))
    ids = [_unfolded(identifier) for identifier in found]
    if not ids:
        ids = [word.strip("<>,;\"'") for word in text.split() if "@" in word]
    return tuple(dict.fromkeys(filter(None, ids)))


def message_id(value: bytes) -> str | None:
    """The id in a field that has only one (Message-ID, Content-ID); None if there is none."""
    text = decode_words(raw_text(value)).strip()
    if match := _BRACKETED.search(text):
        text = match[1]
    elif words := [word for word in text.split() if "@" in word]:  # no brackets, but perhaps a comment
        text = words[0].strip("\"',;")
    return _unfolded(text.strip("<> \t"))[:_LONGEST_ID] or None


def _unfolded(identifier: str) -> str:
    """An id without the white space that folding left in it. A quoted left side keeps its spaces (section 3.2.4)."""
    if '"' in identifier and (quoted := _QUOTED_LEFT.match(identifier)) is not None:
        return quoted[1] + _WHITE_SPACE.sub("", identifier[quoted.end() :])
    return _WHITE_SPACE.sub("", identifier)

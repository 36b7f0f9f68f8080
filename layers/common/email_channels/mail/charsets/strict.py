"""Decoding without surrogates. Some of Python's codecs produce them, but they cannot be encoded as UTF-8."""

from __future__ import annotations

from typing import Final

from email_channels.expressions import expression

_SURROGATES: Final = expression("[\ud800-\udfff]")


def decode_strictly(data: bytes, codec: str) -> str | None:
    """The text of `data`; None if a byte is not valid in `codec`, or if the text would contain surrogates."""
    try:
        text = data.decode(codec)
    except (LookupError, ValueError):
        return None
    return None if _SURROGATES.search(text) else text


def without_surrogates(text: str) -> str:
    """`text` with U+FFFD in place of each surrogate."""
    return _SURROGATES.sub("\ufffd", text)

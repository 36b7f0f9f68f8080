"""Python's codecs, without the surrogates that some of them produce and that no UTF-8 output accepts."""

from __future__ import annotations

import re
from typing import Final

_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def decode_strictly(data: bytes, codec: str) -> str | None:
    """Text of `data`; None if one byte of it is not in `codec`, or if the text would hold surrogates."""
    try:
        text = data.decode(codec)
    except (LookupError, ValueError):
        return None
    return None if _SURROGATES.search(text) else text


def without_surrogates(text: str) -> str:
    """`text` with U+FFFD in place of each surrogate."""
    return _SURROGATES.sub("\ufffd", text)

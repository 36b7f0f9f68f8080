"""Decodes base64 that may be damaged: as many bytes as can be read (RFC 4648, section 4)."""

from __future__ import annotations

import binascii
from typing import Final

from email_channels.expressions import expression

_NOT_IN_ALPHABET: Final = expression(rb"[^A-Za-z0-9+/]")
_UNPADDED_PIECE: Final = expression(rb"[^=]+")


def decode_base64(data: bytes) -> bytes:
    """The decoded bytes of `data`. Skips characters outside the alphabet, and adds missing padding.

    Padding in the middle ends only a piece, because some programs encode piece by piece.
    """
    if b"=" in data and b"=" in data.rstrip(b"=\r\n\t "):
        return b"".join(map(_decode_piece, _UNPADDED_PIECE.findall(data)))
    return _decode_piece(data)


def _decode_piece(data: bytes) -> bytes:
    for padding in (b"", b"=", b"=="):
        try:
            return binascii.a2b_base64(data + padding)
        except binascii.Error:
            continue
    kept = _NOT_IN_ALPHABET.sub(b"", data)
    try:
        return binascii.a2b_base64(kept[: len(kept) - (len(kept) % 4 == 1)] + b"==")
    except binascii.Error:
        return b""

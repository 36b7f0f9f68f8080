"""UTF-8 that is declared as another charset, and damaged UTF-8."""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.charsets.strict import decode_strictly, without_surrogates
from email_channels.mail.limits import MAX_DETECTION_BYTES

_SEQUENCE: Final = expression(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_THREE_LONG_SEQUENCES: Final = expression(rb"(?:[\xe0-\xef][\x80-\xbf]{2}){3}")
_SURROGATE_PAIR: Final = expression(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_HIGH_BYTE: Final = expression(rb"[\x80-\xff]")
_SINGLE_BYTE: Final = ("cp125", "iso8859", "koi8", "mac-", "mac_", "cp437", "cp85", "cp86")
EAST_ASIAN: Final = frozenset(("gb18030", "cp950", "cp949", "cp932", "euc_jp", "shift_jis"))
FIRST_OF_THREE_BYTES: Final = "\u0800"
"""The first character that has three bytes in UTF-8, as all Chinese, Japanese and Korean ones have."""

_MAX_LINES_APART: Final = 100_000
"""The most lines that are decoded one by one. A text with more lines is decoded in one piece."""

# Bytes that Windows-1252 does not assign.
_UNASSIGNED_IN_CP1252: Final = expression(rb"[\x81\x8d\x8f\x90\x9d]")


def decode_if_utf8(data: bytes) -> str | None:
    """The text if the bytes are UTF-8 with at least one multi-byte character; None otherwise.

    Text in another charset is hardly ever valid UTF-8 by chance.
    """
    return decode_strictly(data, "utf-8") if _SEQUENCE.search(data) else None


def decode_misdeclared_utf8(data: bytes, codec: str) -> str | None:
    """The text if `data` is UTF-8 although `codec` was declared; None if it is not, or perhaps only by chance."""
    return decode_if_utf8(data) if _proves_utf8(data, codec) else None


def _proves_utf8(data: bytes, codec: str) -> bool:
    """Whether text that is declared in `codec` and is valid UTF-8 can only be UTF-8."""
    if codec in ("cp1252", "cp1254"):
        return True
    if codec.startswith(_SINGLE_BYTE):
        return len(_SEQUENCE.findall(data[:MAX_DETECTION_BYTES])) > 1
    # Two Chinese characters of two bytes each can look like UTF-8; nine such bytes in a row do not.
    return codec in EAST_ASIAN and bool(_THREE_LONG_SEQUENCES.search(data))


def count_high_bytes(data: bytes) -> tuple[int, int]:
    """How many bytes at the beginning of `data` are in UTF-8 sequences, and how many are not ASCII."""
    head = data[:MAX_DETECTION_BYTES]
    return sum(map(len, _SEQUENCE.findall(head))), len(_HIGH_BYTE.findall(head))


def decode_damaged_utf8(data: bytes) -> str:
    """The text of bytes that are mostly UTF-8.

    Characters beyond the first plane may be encoded as two surrogates (CESU-8), as Java and Oracle do. List servers add
    a footer in another charset, so lines that contain no UTF-8 are read as Windows-1252.
    """
    if _SURROGATE_PAIR.search(data):
        data = _SURROGATE_PAIR.sub(_joined_pair, data)
    if (text := decode_strictly(data, "utf-8")) is not None:
        return text
    lines = data.split(b"\n") if data.count(b"\n") < _MAX_LINES_APART else [data]
    return "\n".join(map(_decode_damaged_line, lines))


def _decode_damaged_line(line: bytes) -> str:
    if len(_HIGH_BYTE.findall(line)) > 1 and not _SEQUENCE.search(line):
        return decode_windows_1252(line)
    return without_surrogates(line.decode("utf-8", "replace"))


def _joined_pair(match: re.Match[bytes]) -> bytes:
    return match[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()


def decode_windows_1252(data: bytes) -> str:
    """The text of `data` in Windows-1252. The five bytes that have no character are left out."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return _UNASSIGNED_IN_CP1252.sub(b"", data).decode("cp1252", "replace")

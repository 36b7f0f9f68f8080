"""ISO 2022: seven-bit charsets that switch alphabets with escape sequences. Python's codecs do not cover three cases.

- Undeclared text: it is recognised by its escape sequences, which cannot be anything else.
- ISO-2022-CN (RFC 1922): Python has no codec for it.
- ISO-2022-JP as Outlook writes it, with characters of Windows-31J that JIS does not have (a number in a circle). This
  is Microsoft's code page 50221, which Python does not have.
"""

from __future__ import annotations

from typing import Final

from email_channels.expressions import expression
from email_channels.mail.charsets.strict import decode_strictly, without_surrogates

_ESCAPE: Final = 0x1B
_TO_JAPANESE: Final = expression(rb"\x1b(?:\$[@B]|\$\([DOP]|\([IJ])")
_TO_KOREAN: Final = b"\x1b$)C"
_TO_CHINESE: Final = b"\x1b$)A"
_SHIFTED_CHINESE: Final = expression(rb"\x1b\$\)A|\x0e([\x21-\x7e\r\n]{0,2000})\x0f?")
# The alphabets of ISO-2022-JP that each escape sequence of three bytes switches to.
_TWO_BYTES: Final = (b"\x1b$@", b"\x1b$B")
_KATAKANA: Final = b"\x1b(I"
_ASCII: Final = (b"\x1b(B", b"\x1b(J")


def decode_undeclared_iso2022(data: bytes) -> str | None:
    """Japanese or Korean text that is recognised by its escape sequences; None if there are none, or it is damaged."""
    if _ESCAPE not in data:
        return None
    if _TO_JAPANESE.search(data):
        return (
            decode_strictly(data, "iso2022_jp_ext")
            or decode_strictly(data, "iso2022_jp_3")
            or decode_code_page_50221(data)
        )
    if _TO_KOREAN in data:
        return decode_strictly(data, "iso2022_kr")
    return None


def is_iso2022_cn(data: bytes, declared: str | None) -> bool:
    """Whether `data` is declared as ISO-2022-CN and has its escape sequence."""
    return _TO_CHINESE in data and declared is not None and declared.lower().startswith("iso-2022-cn")


def decode_iso2022_cn(data: bytes) -> str:
    """The text of ISO-2022-CN. Bytes between shift-out and shift-in are GB 2312 without the high bits."""
    shifted = _SHIFTED_CHINESE.sub(
        lambda match: bytes(byte | 0x80 if byte > 0x20 else byte for byte in match[1] or b""), data
    )
    return without_surrogates(shifted.decode("gb18030", "replace"))


def decode_code_page_50221(data: bytes) -> str | None:
    """The text of ISO-2022-JP with the characters of Windows-31J. Each pair of bytes is rewritten as Shift JIS.

    None if `data` switches to an alphabet that the code page does not have, or contains an impossible pair.
    """
    output = bytearray()
    double = kana = False
    position = 0
    while position < len(data):
        if data[position] == _ESCAPE:
            escape = data[position : position + 3]
            double, kana = escape in _TWO_BYTES, escape == _KATAKANA
            if not (double or kana or escape in _ASCII):
                return None
            position += 3
        elif double and data[position] > 0x20 and position + 1 < len(data):
            pair = _shift_jis(data[position], data[position + 1])
            if pair is None:
                return None
            output += pair
            position += 2
        else:
            output.append(data[position] | (0x80 if kana and data[position] > 0x20 else 0))
            position += 1
    return decode_strictly(bytes(output), "cp932")


def _shift_jis(row: int, cell: int) -> bytes | None:
    """The Shift JIS bytes of a JIS X 0208 character; None if there is no such row or cell."""
    if not (row <= 0x7E and 0x21 <= cell <= 0x7E):
        return None
    lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    if row % 2 == 0:
        return bytes((lead, cell + 0x7E))
    return bytes((lead, cell + 0x1F + (cell > 0x5F)))

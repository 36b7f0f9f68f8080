"""Decompresses rich text (RTF), which Outlook stores compressed in winmail.dat ([MS-OXRTFCP])."""

from __future__ import annotations

import struct
from typing import Final

from email_channels.mail.limits import MAX_RTF_BYTES

_HEADER_SIZE: Final = 16
_COMPRESSED: Final = b"LZFu"
_UNCOMPRESSED: Final = b"MELA"
_WINDOW: Final = 4096
# The initial content of the window, which lets short texts compress too ([MS-OXRTFCP], section 2.1.2.1).
_DICTIONARY: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def decompress_rtf(data: bytes) -> bytes:
    """The RTF in the property PidTagRtfCompressed, at most `MAX_RTF_BYTES`.

    Damaged data gives the RTF before the damage. Takes any bytes and raises nothing.
    """
    if len(data) < _HEADER_SIZE:
        return b""
    _, size, kind = struct.unpack_from("<II4s", data)
    size = min(size, MAX_RTF_BYTES)
    if kind == _UNCOMPRESSED:
        return data[_HEADER_SIZE : _HEADER_SIZE + size]
    return _decompress(data, size) if kind == _COMPRESSED else b""


def _decompress(data: bytes, size: int) -> bytes:
    """Decompresses runs of eight items, each of them a literal byte or a reference to earlier output.

    A control byte before each run has a bit for each item that says which it is.
    """
    output = bytearray(_DICTIONARY)
    begin = len(_DICTIONARY)
    position = _HEADER_SIZE
    while position < len(data) and len(output) - begin < size:
        control = data[position]
        position += 1
        for bit in range(8):
            if not control >> bit & 1:
                output += data[position : position + 1]
                position += 1
                continue
            if position + 2 > len(data):
                break
            reference = data[position] << 8 | data[position + 1]
            position += 2
            # The reference is a position in a ring of 4,096 bytes. `output` has all bytes that were ever in the ring.
            distance = (len(output) - (reference >> 4)) % _WINDOW
            if distance == 0:  # the end
                return bytes(output[begin:])
            output += _copied(output, distance, (reference & 15) + 2)
    return bytes(output[begin : begin + size])


def _copied(output: bytearray, distance: int, length: int) -> bytes:
    """`length` bytes, beginning `distance` bytes before the end. They repeat if `length` is larger than `distance`."""
    start = len(output) - distance
    stretch = bytes(output[start : start + length]) if start >= 0 else b" " * length  # there is nothing so far back
    return (stretch * (length // distance + 1))[:length] if distance < length else stretch

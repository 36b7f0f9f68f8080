"""S/MIME messages that are only signed, not encrypted -> the MIME entity inside (RFC 8551, section 3.5.2).

Such a message is one part `application/pkcs7-mime; smime-type=signed-data` with the text within its DER. Nothing is
verified: what mail programs show without asking, people see here too; the original stays attached.
"""

from __future__ import annotations

from typing import Final

_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_DATA: Final = bytes.fromhex("06092a864886f70d010701")
_CONTEXT: Final = 0xA0
_OCTETS: Final = 0x04
_OCTETS_IN_PIECES: Final = 0x24
_MOST_PIECES: Final = 100_000


def signed_content(data: bytes) -> bytes | None:
    """The signed content of a CMS SignedData (RFC 5652, section 5.1), or None if there is none inside."""
    if _SIGNED_DATA not in data[:64]:
        return None
    at = data.find(_DATA, 0, 4096)
    if at < 0:
        return None
    try:
        return _encapsulated(data, at + len(_DATA))
    except (IndexError, ValueError):
        return None


def _encapsulated(data: bytes, position: int) -> bytes | None:
    """The octets in `[0] EXPLICIT OCTET STRING` at `position`, whole or in pieces (BER)."""
    tag, start, _ = _header(data, position)
    if tag != _CONTEXT:
        return None  # a detached signature
    tag, start, end = _header(data, start)
    if tag == _OCTETS and end is not None:
        return data[start:end]
    if tag != _OCTETS_IN_PIECES:
        return None
    pieces: list[bytes] = []
    while (end is None or start < end) and len(pieces) < _MOST_PIECES:
        tag, inner, stop = _header(data, start)
        if tag != _OCTETS or stop is None:
            break
        pieces.append(data[inner:stop])
        start = stop
    return b"".join(pieces)


def _header(data: bytes, position: int) -> tuple[int, int, int | None]:
    """Tag, start of the content, its end (None: indefinite) of the element at `position`."""
    tag, length = data[position], data[position + 1]
    position += 2
    if length == 0x80:
        return tag, position, None
    if length & 0x80:
        octets = length & 0x7F
        if octets > 4:
            raise ValueError("a length of more than four octets")
        length = int.from_bytes(data[position : position + octets], "big")
        position += octets
    if position + length > len(data):
        raise ValueError("an element reaches beyond the data")
    return tag, position, position + length

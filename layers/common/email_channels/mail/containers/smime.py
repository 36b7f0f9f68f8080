"""Reads the MIME entity in an S/MIME message that is signed but not encrypted (RFC 8551, section 3.5.2).

Such a message is one part `application/pkcs7-mime; smime-type=signed-data`, which contains the text in its DER. The
signature is not verified. Mail programs show the text in the same way. The original stays attached.
"""

from __future__ import annotations

from typing import Final

# Object identifiers of CMS (RFC 5652): id-signedData and id-data.
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_DATA: Final = bytes.fromhex("06092a864886f70d010701")
# Tags of ASN.1 elements.
_EXPLICIT_0: Final = 0xA0
_OCTET_STRING: Final = 0x04
_OCTET_STRING_IN_PIECES: Final = 0x24
_INDEFINITE_LENGTH: Final = 0x80
_MAX_PIECES: Final = 100_000
_SEARCHED_FOR_SIGNED_DATA: Final = 64
_SEARCHED_FOR_DATA: Final = 4_096


def signed_content(data: bytes) -> bytes | None:
    """The content of a CMS SignedData (RFC 5652, section 5.1); None if there is none."""
    if _SIGNED_DATA not in data[:_SEARCHED_FOR_SIGNED_DATA]:
        return None
    at = data.find(_DATA, 0, _SEARCHED_FOR_DATA)
    if at < 0:
        return None
    try:
        return _encapsulated(data, at + len(_DATA))
    except (IndexError, ValueError):
        return None


def _encapsulated(data: bytes, position: int) -> bytes | None:
    """The octets in `[0] EXPLICIT OCTET STRING` at `position`, in one piece or in several (BER)."""
    tag, start, _ = _element(data, position)
    if tag != _EXPLICIT_0:
        return None  # a detached signature
    tag, start, end = _element(data, start)
    if tag == _OCTET_STRING and end is not None:
        return data[start:end]
    if tag != _OCTET_STRING_IN_PIECES:
        return None
    pieces: list[bytes] = []
    while (end is None or start < end) and len(pieces) < _MAX_PIECES:
        tag, inner, stop = _element(data, start)
        if tag != _OCTET_STRING or stop is None:
            break
        pieces.append(data[inner:stop])
        start = stop
    return b"".join(pieces)


def _element(data: bytes, position: int) -> tuple[int, int, int | None]:
    """Tag, start and end of the content of the element at `position`. The end is None if the length is indefinite.

    Raises IndexError or ValueError if the element is incomplete.
    """
    tag, length = data[position], data[position + 1]
    position += 2
    if length == _INDEFINITE_LENGTH:
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

"""Sealed places: places in a list that a client can neither read nor make.

A list that leaves out cases may end a page at one of them. A client must not learn its id or time from the cursor, nor
try out places of its own. So the place is encrypted and authenticated, as in SIV (RFC 5297): a MAC of the place is the
nonce that encrypts it. The same place always gives the same text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from email_channels.errors import BadRequest

_MAC_BYTES = 16
# A place that begins with this is sealed. Other places begin with a time.
_MARK = "~"


def seal(key: bytes, place: str, binding: str) -> str:
    """The sealed place. It is valid only for this `binding`, which names the list with its filters."""
    plain = place.encode()
    mac = _mac(key, plain, binding)
    return _MARK + base64.urlsafe_b64encode(mac + _encrypt(key, mac, plain)).decode().rstrip("=")


def is_sealed(place: str) -> bool:
    """Whether a place is sealed."""
    return place.startswith(_MARK)


def unseal(key: bytes, sealed: str, binding: str) -> str:
    """The place that was sealed. Raises BadRequest if it was not sealed with this key for this `binding`."""
    try:
        text = sealed.removeprefix(_MARK)
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    mac, plain = raw[:_MAC_BYTES], _encrypt(key, raw[:_MAC_BYTES], raw[_MAC_BYTES:])
    if not is_sealed(sealed) or not hmac.compare_digest(mac, _mac(key, plain, binding)):
        raise BadRequest("The cursor does not belong to this list with these filters.")
    return plain.decode()


def _mac(key: bytes, plain: bytes, binding: str) -> bytes:
    """The MAC. Its key and that of `_encrypt` differ by their first byte."""
    return hmac.digest(b"m" + key, binding.encode() + b"\0" + plain, hashlib.sha256)[:_MAC_BYTES]


def _encrypt(key: bytes, nonce: bytes, text: bytes) -> bytes:
    """Encrypts, or decrypts what it encrypted: the bytes of the text and of a stream that only the key can make."""
    stream = hashlib.shake_256(b"e" + key + nonce).digest(len(text))
    return bytes(one ^ other for one, other in zip(text, stream, strict=True))

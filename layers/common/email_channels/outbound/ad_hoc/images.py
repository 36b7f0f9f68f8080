"""Images in the text of an agent's email: which can be sent, and `data:` URLs. Pure.

PNG, JPEG and GIF are the types that Outlook, Apple Mail and Gmail all show. Outlook for Windows shows neither WebP nor
SVG, and Gmail shows no SVG.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote, unquote_to_bytes

from email_channels.expressions import expression

WRONG_TYPE = "is not a PNG, JPEG or GIF image, and mail programs show no others in a text"
NOT_READABLE = "cannot be read: its data are not those of a PNG, JPEG or GIF image"

CONTENT_ID = expression(r"[A-Za-z0-9](?:[A-Za-z0-9._+=~@-]{0,126}[A-Za-z0-9_+=~-])?")
"""The content ids that a request may use. Each stands in HTML and in a header, so it has no character with a meaning in
either. `openapi.json` has the same pattern."""

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
# The smallest GIF that shows something has 26 bytes, PNG and JPEG have more.
_LEAST_BYTES = 20
_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}
_IGNORED = str.maketrans("", "", "\t\r\n")
_LEADING = "".join(map(chr, range(0x21)))
_SPACES = expression(r"[ \t\r\n\f]+")
_BASE64_MARK = expression(r";\s*base64\s*$", re.IGNORECASE)
_MOST_SHOWN = 40


def image_type(content: bytes) -> str | None:
    """The media type of an image that can be sent, from its first bytes; None for any other content."""
    if len(content) < _LEAST_BYTES:
        return None
    return next((kind for signature, kind in _SIGNATURES.items() if content.startswith(signature)), None)


def image_filename(content_id: str, content_type: str) -> str:
    """The file name of an image that has none."""
    return f"{content_id}.{_EXTENSIONS[content_type]}"


def plain_url(value: str) -> str:
    """The URL in an attribute as browsers read it: without line breaks and tabs, and without spaces at its ends."""
    return value.translate(_IGNORED).lstrip(_LEADING).rstrip(_LEADING)


def scheme_of(value: str) -> str:
    """The scheme of the URL in an attribute, in lower case; `""` if it has none."""
    scheme, colon, _ = plain_url(value)[:_MOST_SHOWN].partition(":")
    return scheme.lower() if colon and scheme.isalnum() else ""


def content_id_in(value: str) -> str:
    """The content id that a `cid:` URL names (RFC 2392: it is percent-encoded)."""
    return unquote(plain_url(value).partition(":")[2])


def data_in(value: str) -> bytes | None:
    """The bytes in a `data:` URL (RFC 2397); None if they are malformed base64."""
    head, comma, data = plain_url(value).partition(",")
    if not comma:
        return None
    if not _BASE64_MARK.search(head):
        return unquote_to_bytes(data)
    text = _SPACES.sub("", unquote(data)).rstrip("=")
    try:
        # Browsers read base64 whose padding is missing, too.
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def shown_data_url(value: str) -> str:
    """The beginning of a `data:` URL, up to its data, for an error message: `data:image/svg+xml`."""
    head = plain_url(value).partition(",")[0].partition(";")[0]
    return "".join(char for char in head if char.isprintable())[:_MOST_SHOWN]

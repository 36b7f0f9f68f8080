"""The charset that raw 8-bit header fields and file names are probably in: what the rest of the message declares.

RFC 5322 allows only ASCII in header fields, and RFC 6532 UTF-8. Programs that write other bytes use one charset for
everything, and declare it somewhere. ASCII and UTF-8 tell nothing: bytes in them need no hint.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.charsets import codec_name
from email_channels.mail.charsets.guessing import guess_codec
from email_channels.mail.charsets.utf8 import decode_if_utf8
from email_channels.mail.headers import Fields
from email_channels.mail.parts import Part
from email_channels.mail.transfer_encodings import decode_transfer

_ENCODED_WORD: Final = expression(rb"=\?([A-Za-z0-9_.:-]{1,60})(?:\*[A-Za-z-]{1,10})?\?[bBqQ]\?")
_ENCODED_PARAMETER: Final = expression(rb"name\*(?:0\*)?\s{0,9}=\s{0,9}\"?([A-Za-z0-9_.:-]{1,60})'", re.IGNORECASE)
_IN_HTML: Final = expression(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s{0,5}=\s{0,5}[\"']?\s{0,5}([A-Za-z0-9_:.-]{2,40})",
    re.IGNORECASE,
)
_NOT_TELLING: Final = ("ascii", "utf-8", "utf-7", "utf-16", "utf-32")
_SEARCHED: Final = 4_096
_MAX_TEXTS: Final = 20
_MAX_WORDS: Final = 20


def tells(charset: str | None) -> bool:
    """Whether 8-bit bytes may be in this charset, if a message declares it."""
    codec = codec_name(charset) if charset else None
    return codec is not None and not codec.startswith(_NOT_TELLING)


def charset_of_fields(fields: Fields) -> str | None:
    """The first telling charset of the encoded words and parameters in the fields, or None."""
    for _, value in fields:
        if b"=?" in value or b"*" in value:
            for pattern in (_ENCODED_WORD, _ENCODED_PARAMETER):
                for found in pattern.findall(value[:_SEARCHED])[:_MAX_WORDS]:
                    charset: str = found.decode("ascii")
                    if tells(charset):
                        return charset
    return None


def charset_of_message(root: Part) -> str | None:
    """The first telling charset that a message declares: for its texts, in its HTML, in its header, in file names.

    If there is none, the charset that the first undeclared 8-bit text seems to be in; None if nothing tells it.
    """
    parts = list(root.walk())
    texts = [part for part in parts if part.content_type.startswith("text/")]
    for part in texts:
        if tells(charset := part.parameters.get("charset")):
            return charset
    beginnings = [_beginning(part) for part in texts[:_MAX_TEXTS]]
    for text in beginnings:
        if (found := _IN_HTML.search(text)) is not None and tells(charset := found[1].decode("ascii")):
            return charset
    if charset := next(filter(None, (charset_of_fields(part.fields) for part in parts)), None):
        return charset
    undeclared = (text for text in beginnings if not text.isascii() and decode_if_utf8(text) is None)
    return next(filter(None, map(guess_codec, undeclared)), None)


def _beginning(text: Part) -> bytes:
    return decode_transfer(text.buffer[text.start : min(text.end, text.start + _SEARCHED)], text.encoding)[0]

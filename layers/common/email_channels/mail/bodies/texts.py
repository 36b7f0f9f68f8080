"""Adds a body part to the content: its text or HTML as a segment, and files that are uuencoded in the text."""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.attachments import attachment_of
from email_channels.mail.bodies.content import Content, Segment
from email_channels.mail.bodies.text_formats import read_enriched, read_richtext, unflow
from email_channels.mail.charsets import decode
from email_channels.mail.filenames import safe_name, sent_name
from email_channels.mail.limits import MAX_UUENCODED
from email_channels.mail.parts import Part
from email_channels.mail.uuencode import find_uuencoded

_META_CHARSET: Final = expression(
    rb"<meta[^>]{0,200}?charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE
)
_XML_CHARSET: Final = expression(
    rb"^\s{0,20}<\?xml[^>]{0,200}?encoding\s{0,5}=\s{0,5}[\"']([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE
)
_SAYS_NOTHING: Final = frozenset(("us-ascii", "ascii", "unknown-8bit", "x-unknown"))
"""Charsets that programs declare for HTML that may be in any charset."""

_NOT_IN_MAIL: Final = (b"utf-16", b"utf-7")
"""Charsets that an HTML document may name, but that its bytes in an email are not in."""

_LONGEST_LINE: Final = 65_536
_LONGEST_CHARACTER: Final = 8


def add_text(part: Part, content: Content, *, is_attached: bool = False) -> None:
    """Adds the text or HTML of a part to the body. `is_attached` says whether the part is an attachment, too."""
    data, defect = part.decoded_text_body()
    if defect:
        content.defects.append(defect)
    if part.content_type == "text/html":
        html = _decoded_html(_fitted(part, data, content, is_attached), part.parameters.get("charset"), content)
        content.segments.append(Segment(html=html))
        return
    data = _fitted(part, _without_uuencoded(data, content), content, is_attached)
    text = _decoded(data, part.parameters.get("charset"), content)
    content.segments.append(Segment(text=_unformatted(part, text)))


def _unformatted(part: Part, text: str) -> str:
    """The text without the formatting of its content type."""
    if part.content_type == "text/richtext":
        return read_richtext(text)
    if part.content_type == "text/enriched":
        return read_enriched(text)
    if part.parameters.get("format", "").lower() == "flowed":
        return unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    return text


def _without_uuencoded(data: bytes, content: Content) -> bytes:
    """The text without its uuencoded files, which become attachments."""
    if b"begin" not in data or not (found := find_uuencoded(data)):
        return data
    if len(found) >= MAX_UUENCODED:
        content.defects.append("too many uuencoded files in a text: the rest stays in the text")
    pieces: list[bytes] = []
    position = 0
    for file in found:
        name = safe_name(file.name) or "attachment.bin"
        content.files.append(attachment_of(name, "application/octet-stream", file.content))
        pieces.append(data[position : file.start])
        position = file.end
        while data[position : position + 1] in (b"\r", b"\n"):
            position += 1
    return b"".join((*pieces, data[position:]))


def _fitted(part: Part, data: bytes, content: Content, is_attached: bool) -> bytes:
    """As much of a text as fits into the body. A text that does not fit is also attached in full, if it is not yet."""
    is_html = part.content_type == "text/html"
    size = content.budget.take(len(data), is_html=is_html)
    if size == len(data):
        return data
    content.defects.append("body too long: only its beginning is shown; the full text is attached")
    if not is_attached:
        content.budget.cut_texts += 1
        number = "" if content.budget.cut_texts == 1 else f"-{content.budget.cut_texts}"
        name = sent_name(part) or f"body{number}.{'html' if is_html else 'txt'}"
        content.files.append(attachment_of(name, part.content_type, data))
    return data[: _cut_position(data, size, b">" if is_html else b"\n")]


def _cut_position(data: bytes, most: int, mark: bytes) -> int:
    """The position at which to cut `data`, at most `most`: after a tag or a line, or at least between characters."""
    end = data.rfind(mark, max(0, most - _LONGEST_LINE), most) + 1
    if end == 0:
        end = most & ~3
        while end > 0 and most - end < _LONGEST_CHARACTER and data[end] & 0xC0 == 0x80:
            end -= 1
    return end


def _decoded_html(data: bytes, charset: str | None, content: Content) -> str:
    """The characters of HTML. The charset in the document counts if the mail declares none (or only us-ascii)."""
    if not charset or charset.lower() in _SAYS_NOTHING:
        found = _META_CHARSET.search(data, 0, 4096) or _XML_CHARSET.search(data, 0, 300)
        if found and not found[1].lower().startswith(_NOT_IN_MAIL):
            charset = found[1].decode("ascii")
    return _decoded(data, charset, content)


def _decoded(data: bytes, charset: str | None, content: Content) -> str:
    text, defect = decode(data, charset)
    if defect:
        content.defects.append(defect)
    return clean(text)


def clean(text: str) -> str:
    """`text` with line feeds as line ends, without NULs and byte-order mark."""
    if "\r" in text:
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text.removeprefix("\ufeff")

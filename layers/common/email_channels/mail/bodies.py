"""The tree of parts -> what is body, and what is attached.

Which parts are body follows RFC 8621, section 4.1.4, with what mail programs do beyond it: named parts of an
alternative are body, text and HTML side by side that say the same are one body, attached messages are never body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from email_channels.mail import attachments as attached
from email_channels.mail.charsets import decode
from email_channels.mail.containers.smime import signed_content
from email_channels.mail.containers.tnef import is_tnef, unpack_tnef
from email_channels.mail.flowed import unflow
from email_channels.mail.html import html_to_text
from email_channels.mail.limits import MAX_BODY_BYTES, MAX_COMPARED_PIECES, MAX_UNWRAPPED, MAX_UUENCODED
from email_channels.mail.message import Attachment
from email_channels.mail.mime import Part, read_tree
from email_channels.mail.transfer_encodings import find_uuencoded

_PLAIN: Final = frozenset(
    ("text/plain", "text/enriched", "text/richtext", "text/markdown", "text/x-markdown", "text/x-plain")
)
_TNEF: Final = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
_PKCS7: Final = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_META_CHARSET: Final = re.compile(
    rb"<meta[^>]{0,200}?charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE
)
_XML_CHARSET: Final = re.compile(
    rb"^\s{0,20}<\?xml[^>]{0,200}?encoding\s{0,5}=\s{0,5}[\"']([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE
)
_ENRICHED: Final = re.compile(r"<(/?[A-Za-z-]{1,60})>")
_LONGEST_LINE: Final = 65_536
_RICHTEXT_COMMENT: Final = re.compile(r"<comment>[^<]{0,1000}</?comment>|<comment>[^<\n]{0,1000}", re.IGNORECASE)
_RICHTEXT_BREAK: Final = re.compile(r"<(?:nl|np|/?paragraph)>", re.IGNORECASE)
_RICHTEXT_LESS_THAN: Final = re.compile(r"<lt>", re.IGNORECASE)
_NOT_LETTERS: Final = re.compile(r"[\W_]+")


@dataclass(slots=True)
class Segment:
    """One stretch of the body, in one form or both."""

    text: str | None = None
    html: str | None = None


@dataclass(slots=True)
class BodyBudget:
    """Bytes that the body of a message may still take; alternatives share them."""

    text: int = MAX_BODY_BYTES
    html: int = MAX_BODY_BYTES
    cut: int = 0


@dataclass(slots=True)
class Content:
    """What a message holds. `files` are made already (unpacked from a text); `parts` still are to be."""

    segments: list[Segment] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    unwrapped: int = 0
    room: BodyBudget = field(default_factory=BodyBudget)

    @property
    def has_body(self) -> bool:
        """Whether anything is in the body but white space."""
        return any((one.text or "").strip() or (one.html or "").strip() for one in self.segments)

    @property
    def html(self) -> str | None:
        """All HTML of the body, or None."""
        found = [segment.html for segment in self.segments if segment.html is not None]
        return "\n".join(found) if found else None

    @property
    def text(self) -> str | None:
        """The body as text: each stretch's own, else the one made of its HTML."""
        pieces = [
            segment.text
            for segment in self.segments
            if segment.text is not None and (segment.text.strip() or segment.html is None)
        ]
        compared = len(self.segments) <= MAX_COMPARED_PIECES
        for index, segment in enumerate(self.segments):
            if segment.html is not None and (segment.text is None or not segment.text.strip()):
                converted = html_to_text(segment.html)
                if compared and pieces and _says_the_same(converted, pieces):
                    continue
                pieces.insert(min(index, len(pieces)), converted)
        if not pieces:
            return None
        joined = [piece if piece.endswith("\n") or piece is pieces[-1] else piece + "\n" for piece in pieces]
        return "".join(joined)


def _says_the_same(converted: str, pieces: list[str]) -> bool:
    """Whether HTML that stands beside text, not as its alternative, only repeats it: careless programs send that."""
    converted = _NOT_LETTERS.sub("", converted)
    return any(
        (plain := _NOT_LETTERS.sub("", piece)) and (converted.startswith(plain[:300]) or plain in converted)
        for piece in pieces
    )


# The same once more for a few programs: no body, as little of it is said, nor a file that anybody attached.
# https://amp.dev/documentation/guides-and-tutorials/email/learn/email-spec/amp-email-structure
_SHOWN_BY_FEW = frozenset({"text/x-amp-html", "text/watch-html"})


def collect(root: Part) -> Content:
    """Body and attachments of a message."""
    content = Content()
    _collect(root, content, first=True, parent="")
    return content


def _collect(part: Part, content: Content, *, first: bool, parent: str) -> None:
    kind = part.content_type
    if part.children:
        if part.disposition == "attachment" and parent:
            content.parts.append(part)
        elif kind == "multipart/alternative":
            _collect_alternative(part, content)
        elif kind == "multipart/related":
            _collect_related(part, content)
        elif kind == "multipart/encrypted":
            content.parts.extend(part.children)
        else:
            for index, child in enumerate(part.children):
                _collect(child, content, first=index == 0, parent=kind)
    elif kind.startswith("multipart/") and not parent:
        _add_text(part, content)  # it never starts: what is there is all that there is
    elif kind.startswith("multipart/"):
        if part.raw_body().strip():
            _add_text(part, content)
    elif _is_body(part, first=first, parent=parent):
        _add_text(part, content)
    elif parent or part.declared or part.raw_body().strip():
        content.parts.append(part)
        if kind in _TNEF or kind in _PKCS7 or attached.sent_name(part).lower() == "winmail.dat":
            _unwrap(part, content)


def _is_body(part: Part, *, first: bool, parent: str) -> bool:
    if part.content_type not in _PLAIN and part.content_type != "text/html":
        return False
    if part.disposition == "attachment":
        return False
    if first or parent == "multipart/alternative":
        return True
    if attached.sent_name(part):
        return False
    return parent != "multipart/related" or part.field("content-id") is None


def _unwrap(part: Part, content: Content) -> None:
    """What Outlook wrapped in a winmail.dat, or a signature holds, beside the original.

    A body inside counts only where there is none outside: else it is the same again.
    """
    content.unwrapped += 1
    if content.unwrapped > MAX_UNWRAPPED:
        content.defects.append("too many containers: the rest was not unpacked")
        return
    data, _ = part.decoded_body()
    if is_tnef(data):
        unpacked = unpack_tnef(data)
        if unpacked.is_cut:
            content.defects.append("too many files in winmail.dat: the rest was not unpacked")
        if unpacked.is_damaged:
            content.defects.append("winmail.dat is damaged: only what stands before the damage was unpacked")
        for number, file in enumerate(unpacked.files, start=1):
            name = attached.safe_name(file.name) or attached.derived_name(file.content_type, number)
            content.files.append(attached.attachment_of(name, file.content_type, file.content, file.content_id))
        if not content.has_body and (unpacked.text or unpacked.html):
            text, html = (clean(body[:MAX_BODY_BYTES]) if body else None for body in (unpacked.text, unpacked.html))
            if max(len(unpacked.text or ""), len(unpacked.html or "")) > MAX_BODY_BYTES:
                content.defects.append("body too long: only its beginning is shown, the whole is in winmail.dat")
            content.segments.append(Segment(text, html))
    elif (signed := signed_content(data)) is not None and not content.has_body:
        inner, defects = read_tree(signed)
        content.defects.extend(defects)
        _collect(inner, content, first=True, parent="")


def _collect_alternative(part: Part, content: Content) -> None:
    """The richest form as HTML, the plainest as text (RFC 2046, section 5.1.4); empty ones do not count."""
    plain: list[str] = []
    rich: list[str] = []
    shown = [child for child in part.children if child.content_type not in _SHOWN_BY_FEW] or part.children
    for index, child in enumerate(shown):
        inner = Content(room=content.room)
        _collect(child, inner, first=index == 0, parent="multipart/alternative")
        texts = [segment.text for segment in inner.segments if segment.text is not None]
        htmls = [segment.html for segment in inner.segments if segment.html is not None]
        if (texts and any(text.strip() for text in texts) and not any(text.strip() for text in plain)) or (
            texts and not plain
        ):
            plain = texts
        if htmls and (not rich or any(html.strip() for html in htmls)):
            rich = htmls
        content.parts.extend(inner.parts)
        content.files.extend(inner.files)
        content.defects.extend(inner.defects)
    if plain or rich:
        content.segments.append(Segment("\n".join(plain) if plain else None, "\n".join(rich) if rich else None))


def _collect_related(part: Part, content: Content) -> None:
    """The root (RFC 2387: `start`, else the first) is body, what belongs to it is attached."""
    start = part.parameters.get("start", "").strip().strip("<>")
    root = part.children[0]
    if start:
        for child in part.children:
            if (cid := child.field("content-id")) is not None and cid.decode("latin-1").strip().strip("<>") == start:
                root = child
                break
    _collect(root, content, first=True, parent="multipart/related")
    for child in part.children:
        if child is not root:
            _collect(child, content, first=False, parent="multipart/related")


def _add_text(part: Part, content: Content) -> None:
    data, defect = part.decoded_text_body()
    if defect:
        content.defects.append(defect)
    charset = part.parameters.get("charset")
    if part.content_type == "text/html":
        data, content.room.html = _beginning(part, data, content.room.html, content)
        content.segments.append(Segment(html=_html(data, charset, content)))
        return
    if b"begin" in data and (found := find_uuencoded(data)):
        if len(found) >= MAX_UUENCODED:
            content.defects.append("too many uuencoded files in a text: the rest was not taken out")
        data = _without_uuencoded(data, found, content)
    data, content.room.text = _beginning(part, data, content.room.text, content)
    text, defect = decode(data, charset)
    if defect:
        content.defects.append(defect)
    text = clean(text)
    if part.content_type == "text/richtext":
        text = _richtext(text)
    elif part.content_type == "text/enriched":
        text = _enriched(text)
    elif part.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    content.segments.append(Segment(text=text))


def _without_uuencoded(data: bytes, found: list[tuple[int, int, str, bytes]], content: Content) -> bytes:
    """The text around the files, which are attached."""
    pieces: list[bytes] = []
    position = 0
    for start, end, name, file in found:
        name = attached.safe_name(name) or "attachment.bin"
        content.files.append(attached.attachment_of(name, "application/octet-stream", file))
        pieces.append(data[position:start])
        position = end
        while data[position : position + 1] in (b"\r", b"\n"):
            position += 1
    return b"".join((*pieces, data[position:]))


def _beginning(part: Part, data: bytes, room: int, content: Content) -> tuple[bytes, int]:
    """As much of a text as the body has room for, and the room left. A longer text is attached as a whole, too."""
    if len(data) <= room:
        return data, room - len(data)
    content.defects.append("body too long: only its beginning is shown, the whole is attached")
    content.room.cut += 1
    number = "" if content.room.cut == 1 else f"-{content.room.cut}"
    name = attached.sent_name(part) or f"body{number}.{'html' if part.content_type == 'text/html' else 'txt'}"
    content.files.append(attached.attachment_of(name, part.content_type, data))
    # Not in the middle of a tag, a line or a character, where that can be had.
    end = data.rfind(b">" if part.content_type == "text/html" else b"\n", max(0, room - _LONGEST_LINE), room) + 1
    if end == 0:
        end = room & ~3
        while end > 0 and room - end < 8 and data[end] & 0xC0 == 0x80:
            end -= 1
    return data[:end], 0


def _html(data: bytes, charset: str | None, content: Content) -> str:
    """HTML's text. What the document says of its charset counts where the mail says nothing (or only us-ascii)."""
    if not charset or charset.lower() in ("us-ascii", "ascii", "unknown-8bit", "x-unknown"):
        found = _META_CHARSET.search(data, 0, 4096) or _XML_CHARSET.search(data, 0, 300)
        if found and not found[1].lower().startswith((b"utf-16", b"utf-7")):
            charset = found[1].decode("ascii")
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


def _richtext(text: str) -> str:
    """Text of text/richtext (RFC 1341, section 7.1.3), the forerunner of text/enriched."""
    text = _RICHTEXT_COMMENT.sub("", re.sub(r"\n", " ", text))
    text = _RICHTEXT_LESS_THAN.sub("\x00", _RICHTEXT_BREAK.sub("\n", text))
    return _ENRICHED.sub("", text).replace("\x00", "<")


def _enriched(text: str) -> str:
    """Text of text/enriched (RFC 1896): commands left out, single line ends are spaces, `<<` is `<`."""
    text = re.sub(r"<param>[^<]{0,500}</param>", "", text, flags=re.IGNORECASE)
    text = re.sub(r"\n(\n*)", lambda match: match[1] or " ", text)
    return _ENRICHED.sub("", text.replace("<<", "\x00")).replace("\x00", "<")

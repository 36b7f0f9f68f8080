"""Parts that are no body -> attachments: their names, sizes and digests."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from email_channels.mail.encoded_words import decode_words
from email_channels.mail.headers import decoded_text, read_fields
from email_channels.mail.limits import MAX_FILENAME_BYTES
from email_channels.mail.message import Attachment
from email_channels.mail.message_ids import message_id
from email_channels.mail.mime import Part

# The machine's own table (`mimetypes`) differs from one system to the next; a derived name must not.
_EXTENSIONS: Final = {
    "text/plain": "txt",
    "text/html": "html",
    "text/calendar": "ics",
    "application/ics": "ics",
    "text/csv": "csv",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/directory": "vcf",
    "text/xml": "xml",
    "text/rtf": "rtf",
    "text/rfc822-headers": "txt",
    "application/rtf": "rtf",
    "application/xml": "xml",
    "application/json": "json",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/x-zip-compressed": "zip",
    "application/gzip": "gz",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/ms-tnef": "dat",
    "application/vnd.ms-tnef": "dat",
    "application/pgp-signature": "asc",
    "application/pgp-keys": "asc",
    "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-signature": "p7s",
    "application/pkcs7-mime": "p7m",
    "application/x-pkcs7-mime": "p7m",
    "message/rfc822": "eml",
    "message/global": "eml",
    "message/delivery-status": "txt",
    "message/global-delivery-status": "txt",
    "message/disposition-notification": "txt",
    "message/feedback-report": "txt",
    "message/partial": "eml",
    "message/external-body": "txt",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/pjpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/bmp": "bmp",
    "image/tiff": "tif",
    "image/svg+xml": "svg",
    "image/webp": "webp",
    "image/heic": "heic",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/ogg": "ogg",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}
_STEMS: Final = {
    "text/calendar": "invite",
    "application/ms-tnef": "winmail",
    "application/vnd.ms-tnef": "winmail",
    "application/pkcs7-signature": "smime",
    "application/x-pkcs7-signature": "smime",
    "application/pkcs7-mime": "smime",
    "application/x-pkcs7-mime": "smime",
    "application/pgp-signature": "signature",
    "message/delivery-status": "delivery-status",
    "message/global-delivery-status": "delivery-status",
    "message/disposition-notification": "disposition-notification",
    "message/feedback-report": "feedback-report",
    "text/rfc822-headers": "original-headers",
}
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_CID: Final = re.compile(r"cid:([^\s\"'<>()]{1,500})", re.IGNORECASE)


def sent_name(part: Part) -> str:
    """The name that the sender gave the part, decoded and without a path; "" where there is none."""
    for parameters, key in (
        (part.disposition_parameters, "filename"),
        (part.parameters, "name"),
        (part.disposition_parameters, "name"),
        (part.parameters, "filename"),
    ):
        if (value := parameters.get(key)) and (name := safe_name(value)):
            return name
    return ""


def located_name(part: Part) -> str:
    """The file's name at the end of the part's Content-Location (RFC 2557), where there is one; else ""."""
    location = decoded_text(part.field("content-location") or b"")
    name = safe_name(re.split(r"[?#]", location)[0])
    return name if re.fullmatch(r".{1,200}\.[A-Za-z0-9]{2,5}", name) else ""


def described_name(part: Part) -> str:
    """The file's name in the part's Content-Description, where old programs put it; "" where that is a sentence."""
    name = safe_name(decoded_text(part.field("content-description") or b""))
    return name if re.fullmatch(r"[^.]{1,200}(?:\.[^.]{1,100}){0,3}\.[A-Za-z][A-Za-z0-9]{1,4}", name) else ""


def safe_name(name: str) -> str:
    """`name` without path, control and direction characters, cut to `MAX_FILENAME_BYTES`; "" if nothing is left."""
    name = _FORBIDDEN.sub("", re.sub(r"[\t\r\n]", " ", decode_words(name)))
    name = re.split(r"[/\\]", name.rstrip("/\\ "))[-1].strip()
    name = re.sub(r"\s+", " ", name)
    if not name.strip(". "):
        return ""
    if len(name.encode("utf-8", "replace")) > MAX_FILENAME_BYTES:
        stem, dot, extension = name.rpartition(".")
        if not dot or len(extension) > 20:
            stem, extension, dot = name, "", ""
        room = MAX_FILENAME_BYTES - len((dot + extension).encode("utf-8", "replace"))
        name = stem.encode("utf-8", "replace")[:room].decode("utf-8", "ignore").rstrip() + dot + extension
    return name


def derived_name(content_type: str, number: int, subject: str = "") -> str:
    """A name for a part that has none: always the same for the same part of the same message."""
    extension = _EXTENSIONS.get(content_type) or ("txt" if content_type.startswith("text/") else "bin")
    if content_type.startswith(("image/", "audio/", "video/")) and extension == "bin":
        extension = re.sub(r"^x-", "", content_type.split("/", 1)[1])[:10] or "bin"
    stem = safe_name(re.sub(r"[/\\:*?\"<>|]+", " ", subject))[:100].strip() if subject else ""
    stem = stem or _STEMS.get(content_type, "message" if content_type == "message/rfc822" else f"attachment-{number}")
    return f"{stem}.{extension}"


def referred_to(html: str | None) -> frozenset[str]:
    """The Content-IDs that HTML shows (RFC 2392), as they stand there and without their percent-encoding."""
    found = set(_CID.findall(html or ""))
    return frozenset(found | set(map(_unquoted, found)))


def make_attachment(part: Part, number: int, html: str | None, shown: frozenset[str]) -> tuple[Attachment, str | None]:
    """The `number`-th attachment (from 1), and what was wrong with it. `shown` is `referred_to(html)`."""
    content, defect = part.decoded_body() if not part.children else (part.raw_body(), None)
    name = sent_name(part) or located_name(part) or described_name(part)
    if not name:
        subject = ""
        if part.content_type in ("message/rfc822", "message/global"):
            fields, _, _ = read_fields(content, 0, min(len(content), 65_536))
            subject = next((decoded_text(value) for key, value in fields if key.lower() == "subject"), "")
        name = derived_name(part.content_type, number, subject)
    cid = message_id(raw) if (raw := part.field("content-id")) is not None else None
    return attachment_of(name, part.content_type, content, cid, _is_shown(cid, part, html, shown)), defect


def attachment_of(
    name: str, content_type: str, content: bytes, cid: str | None = None, inline: bool = False
) -> Attachment:
    """An attachment of that content."""
    digest = hashlib.sha256(content).hexdigest()
    return Attachment(name, content_type, len(content), digest, cid, inline, content)


def _is_shown(cid: str | None, part: Part, html: str | None, shown: frozenset[str]) -> bool:
    """Whether the HTML body refers to the part, by Content-ID or Content-Location (RFC 2557)."""
    if cid in shown:
        return True
    location = (part.field("content-location") or b"").decode("latin-1").strip()
    return html is not None and len(location) > 3 and location in html


def _unquoted(reference: str) -> str:
    """RFC 2392: a `cid:` URL is percent-encoded."""
    return re.sub("%([0-9A-Fa-f]{2})", lambda match: chr(int(match[1], 16)), reference)

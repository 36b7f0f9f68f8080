"""The file name of an attachment: as the sender gave it, or made from its type. Never a path, never empty."""

from __future__ import annotations

from typing import Final

from email_channels.expressions import expression
from email_channels.mail.encoded_words import decode_words
from email_channels.mail.headers import decoded_text, read_fields, start_of_headers
from email_channels.mail.limits import MAX_FILENAME_BYTES
from email_channels.mail.parts import Part
from email_channels.mail.shown_text import shown_text

# A derived name must be the same on every system. The tables of `mimetypes` differ between systems.
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
    "message/rfc822": "message",
    "message/delivery-status": "delivery-status",
    "message/global-delivery-status": "delivery-status",
    "message/disposition-notification": "disposition-notification",
    "message/feedback-report": "feedback-report",
    "text/rfc822-headers": "original-headers",
}
_SEPARATORS: Final = expression(r"[/\\]")
_NOT_IN_FILENAMES: Final = expression(r"[/\\:*?\"<>|]+")
_SPACES: Final = expression(r"\s+")
_QUERY_OR_FRAGMENT: Final = expression(r"[?#]")
_WITH_EXTENSION: Final = expression(r".{1,200}\.[A-Za-z0-9]{2,5}")
_NAME_NOT_SENTENCE: Final = expression(r"[^.]{1,200}(?:\.[^.]{1,100}){0,3}\.[A-Za-z][A-Za-z0-9]{1,4}")
_LONGEST_EXTENSION: Final = 20
_LONGEST_SUBJECT: Final = 100
_HEADER_OF_MESSAGE: Final = 65_536
_MESSAGE_TYPES: Final = ("message/rfc822", "message/global")
_MEDIA: Final = ("image/", "audio/", "video/")


def filename_of(part: Part, content: bytes, number: int) -> str:
    """The name of an attachment with this content, the `number`-th of its message (from 1)."""
    if name := sent_name(part) or _located_name(part) or _described_name(part):
        return name
    subject = _subject_of(content) if part.content_type in _MESSAGE_TYPES else ""
    return derived_name(part.content_type, number, subject)


def sent_name(part: Part) -> str:
    """The name that the sender gave the part, decoded and without a path; "" if there is none."""
    for parameters, key in (
        (part.disposition_parameters, "filename"),
        (part.parameters, "name"),
        (part.disposition_parameters, "name"),
        (part.parameters, "filename"),
    ):
        if (value := parameters.get(key)) and (name := safe_name(value)):
            return name
    return ""


def safe_name(name: str) -> str:
    """`name` as people are shown it, without path, cut to `MAX_FILENAME_BYTES`; "" if nothing is left."""
    name = _SEPARATORS.split(shown_text(decode_words(name)).rstrip("/\\ "))[-1].strip()
    name = _SPACES.sub(" ", name)
    if not name.strip(". "):
        return ""
    return name if len(name.encode("utf-8", "replace")) <= MAX_FILENAME_BYTES else _shortened(name)


def _shortened(name: str) -> str:
    """`name` shortened to `MAX_FILENAME_BYTES`. The extension is kept, unless it is very long."""
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > _LONGEST_EXTENSION:
        stem, dot, extension = name, "", ""
    left = MAX_FILENAME_BYTES - len((dot + extension).encode("utf-8", "replace"))
    return stem.encode("utf-8", "replace")[:left].decode("utf-8", "ignore").rstrip() + dot + extension


def derived_name(content_type: str, number: int, subject: str = "") -> str:
    """A name for a part that has none. The same part of the same message always gets the same name."""
    stem = safe_name(_NOT_IN_FILENAMES.sub(" ", subject))[:_LONGEST_SUBJECT].strip() if subject else ""
    stem = stem or _STEMS.get(content_type, f"attachment-{number}")
    return f"{stem}.{_extension(content_type)}"


def _extension(content_type: str) -> str:
    if known := _EXTENSIONS.get(content_type):
        return known
    if content_type.startswith(_MEDIA):  # `image/x-icon`
        return content_type.split("/", 1)[1].removeprefix("x-")[:10] or "bin"
    return "txt" if content_type.startswith("text/") else "bin"


def _located_name(part: Part) -> str:
    """The file name at the end of the part's Content-Location (RFC 2557); "" if there is none."""
    location = decoded_text(part.field("content-location") or b"")
    name = safe_name(_QUERY_OR_FRAGMENT.split(location)[0])
    return name if _WITH_EXTENSION.fullmatch(name) else ""


def _described_name(part: Part) -> str:
    """The file name in the part's Content-Description, where old programs put it; "" if the text is a sentence."""
    name = safe_name(decoded_text(part.field("content-description") or b""))
    return name if _NAME_NOT_SENTENCE.fullmatch(name) else ""


def _subject_of(message: bytes) -> str:
    fields, _, _ = read_fields(message, start_of_headers(message), min(len(message), _HEADER_OF_MESSAGE))
    return next((decoded_text(value) for name, value in fields if name.lower() == "subject"), "")

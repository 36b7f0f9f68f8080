"""Writes all outgoing messages: takes an email as a value, returns the bytes for SES.

Agents' emails, notifications, alerts and acknowledgements are all written here. Messages are 7bit, except for attached
emails that contain 8-bit characters. Lines end with CRLF and have at most 998 characters.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from email_channels.mail.encoded_words import decode_words
from email_channels.mail.headers import read_fields
from email_channels.mail.message import Address
from email_channels.outbound.header_fields import address_words, header_field, message_ids, text_words
from email_channels.outbound.loop_marks import LOOP_MARK_HEADER
from email_channels.outbound.mime_parts import (
    AttachedEmail,
    AttachedFile,
    InlineImage,
    attachment_part,
    inline_part,
    multipart,
    text_part,
)
from email_channels.values import dataclass


class AutoSubmitted(StrEnum):
    """Why a program sent an email (RFC 3834, section 5)."""

    GENERATED = "auto-generated"
    """A program sent it, not as a reply."""
    REPLIED = "auto-replied"
    """A program sent it as a reply to an email."""


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """An email to write. Addresses are ASCII; message ids have no angle brackets.

    `in_reply_to` and `references` are Message-IDs as they stand in recipients' copies. `auto_submitted` is None if a
    person wrote the email. There is no Bcc: its recipients are named to SES only. `loop_mark` is `""` for none.
    `language` is the tag of the language of the body (RFC 3282), `""` if it is not known. `images` are those that the
    HTML names as `cid:`. With `boundary`, the random part of the boundaries, the same email gives the same bytes.
    """

    from_: Address
    to: tuple[Address, ...]
    subject: str
    text: str
    cc: tuple[Address, ...] = ()
    reply_to: str | None = None
    html: str | None = None
    images: tuple[InlineImage, ...] = ()
    attachments: tuple[AttachedFile | AttachedEmail, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    auto_submitted: AutoSubmitted | None = None
    loop_mark: str = ""
    language: str = ""
    boundary: str = ""

    @property
    def answers_to(self) -> tuple[Address, ...]:
        """The addresses of Reply-To, as the history keeps them."""
        return (Address("", self.reply_to),) if self.reply_to else ()


def compose(email: OutgoingEmail) -> bytes:
    """The bytes of the message, without Message-ID and Date, which SES adds.

    Raises ValueError for a control character in a header field, and for an address that a header cannot hold. Callers
    have checked the fields before; this is the last protection against header injection.
    """
    fields = [
        ("From", address_words([email.from_])),
        ("Reply-To", address_words(email.answers_to)),
        ("To", address_words(email.to)),
        ("Cc", address_words(email.cc)),
        ("Subject", text_words(email.subject)),
        ("In-Reply-To", message_ids([email.in_reply_to or ""])),
        ("References", message_ids(email.references)),
        (LOOP_MARK_HEADER, text_words(email.loop_mark) if email.loop_mark else []),
    ]
    if email.auto_submitted is not None:
        fields.append(("Auto-Submitted", [email.auto_submitted.value]))
        # Asks Exchange and Outlook not to reply automatically (MS-OXCMAIL, section 2.1.3.2.20).
        fields.append(("X-Auto-Response-Suppress", ["All"]))
    if email.language:
        fields.append(("Content-Language", text_words(email.language)))
    fields.append(("MIME-Version", ["1.0"]))
    head = "".join(header_field(name, words) for name, words in fields)
    return b"".join([head.encode("ascii"), *_body(email)])


def subject_of(message: bytes) -> str:
    """The subject of a message that `compose` wrote, decoded."""
    fields, _, _ = read_fields(message, 0, len(message))
    return next((decode_words(value.decode("ascii")) for name, value in fields if name == "Subject"), "")


def shown_headers(email: OutgoingEmail) -> tuple[tuple[str, str], ...]:
    """The header fields that the API shows, decoded, as (name, value). Empty fields are left out."""
    fields = [
        ("From", _shown([email.from_])),
        ("Reply-To", email.reply_to or ""),
        ("To", _shown(email.to)),
        ("Cc", _shown(email.cc)),
        ("Subject", email.subject),
        ("In-Reply-To", " ".join(message_ids([email.in_reply_to or ""]))),
        ("References", " ".join(message_ids(email.references))),
    ]
    return tuple((name, value) for name, value in fields if value)


def _body(email: OutgoingEmail) -> list[bytes]:
    """The parts as Apple Mail and Thunderbird nest them: mixed(alternative(text, related(HTML, images)), files).

    So programs that show no HTML show the text, and no program lists the images among the files.
    """

    def boundary(name: str) -> str:
        return f"{email.boundary}-{name}" if email.boundary else ""

    body = text_part("plain", email.text)
    if email.html is not None:
        html = text_part("html", email.html)
        if email.images:
            # RFC 2387, section 3.1, requires the type of the part that names the others.
            related = 'related; type="text/html"'
            html = multipart(related, [html, *map(inline_part, email.images)], boundary("related"))
        body = multipart("alternative", [body, html], boundary("alternative"))
    if email.attachments:
        files = [attachment_part(attachment) for attachment in email.attachments]
        body = multipart("mixed", [body, *files], boundary("mixed"))
    return body


def _shown(addresses: Iterable[Address]) -> str:
    return ", ".join(f"{row.name} <{row.address}>" if row.name else row.address for row in addresses)

"""Reads the request to send an agent's email, and reports an error for each wrong field. Pure.

`read_draft` looks at the request alone. `own_recipients` finds recipients at addresses of this system.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from email_channels.addresses import domain_of, normalise, without_tag
from email_channels.api.address_grammar import read_recipient
from email_channels.api.validation import check, without_nulls
from email_channels.cases.outgoing import CONTROL
from email_channels.cases.recipients import RecipientRole
from email_channels.errors import FieldError, Invalid
from email_channels.expressions import expression
from email_channels.mail.html import html_to_text
from email_channels.mail.message import Address
from email_channels.outbound.ad_hoc.images import CONTENT_ID
from email_channels.outbound.ad_hoc.inline_html import MAX_IMAGES, InlineHtml, html_with_data, read_inline_html
from email_channels.outbound.attachment_checks import NO_UPLOAD
from email_channels.outbound.outgoing_html import (
    MAX_OUTGOING_HTML_TAGS,
    has_too_many_tags,
    lost_picture,
    lost_text,
    outgoing_html,
)
from email_channels.values import dataclass

MAX_RECIPIENTS = 50
"""The most recipients that SES accepts for one message."""

MAX_HTML_CHARACTERS = 1_000_000
"""The most characters of the HTML of an email, without the images that it holds as `data:`."""

NO_SUCH_EMAIL = "is not an email of this case"
NO_TEXT = "text or html must not be empty"
WRONG_CONTENT_ID = "must be 1 to 128 letters, digits and . _ + = ~ @ -, a letter or digit first, no dot or @ last"

# Control characters other than tab, line feed and carriage return.
_NO_TEXT = expression(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ID = expression(r"[A-Za-z0-9_-]{1,64}")
_ROLES = {"to": RecipientRole.TO, "cc": RecipientRole.CC, "bcc": RecipientRole.BCC}


@dataclass(frozen=True, slots=True)
class DraftRecipient:
    """A recipient with an ASCII address. `field` is the first field of the request that names it (`to.0`)."""

    address: Address
    role: RecipientRole
    field: str


@dataclass(frozen=True, slots=True)
class DraftAttachment:
    """An upload to send. `field` is the first field of the request that names it (`attachments.0`).

    `content_id` is set if it is an image that the HTML names.
    """

    field: str
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An agent's email as the request asks for it. No address occurs twice.

    If `subject` is None, the email gets the subject of the answered email, or of the case. If the request has no text,
    `text` is made from the HTML. `html` is sanitised. `attachments` are by upload id.
    `in_reply_to` is the email_id of an entry of the case. The parts of a template are in the request already.
    """

    recipients: tuple[DraftRecipient, ...]
    subject: str | None
    text: str
    html: InlineHtml | None
    attachments: Mapping[str, DraftAttachment]
    in_reply_to: str | None

    def addresses(self, role: RecipientRole) -> tuple[Address, ...]:
        """The addresses of the recipients in one of the fields To, Cc and Bcc."""
        return tuple(row.address for row in self.recipients if row.role is role)


def read_draft(document: object) -> tuple[Draft, tuple[FieldError, ...]]:
    """Reads the JSON of a request. Returns the email without its wrong fields, and one error for each wrong field.

    Raises Invalid if the JSON is not an object.
    """
    errors = _Errors()
    document = without_nulls(document, "NewEmail")
    try:
        check(document, "NewEmail")
    except Invalid as invalid:
        if not isinstance(document, dict):
            raise
        errors.add_all(invalid.errors)
    assert isinstance(document, dict)
    attachments = _attachments(document.get("attachments"), errors)
    html = _html(document.get("html"), attachments, errors)
    draft = Draft(
        recipients=_recipients(document, errors),
        subject=_subject(document.get("subject"), errors),
        text=_text(document.get("text"), html, errors),
        html=html,
        attachments=attachments,
        in_reply_to=_in_reply_to(document.get("in_reply_to"), errors),
    )
    return draft, tuple(errors.rows.values())


def sendable_html(html: str, *, inline: bool) -> tuple[str | None, str | None]:
    """The HTML of a template or a signature without what an email must not hold (None if nothing is left), and what is
    wrong with it, if it cannot be sent. With `inline`, it may hold images as `data:` URLs."""
    if (wrong := _unsendable(html, inline=inline)) is not None:
        return None, wrong
    clean, wrong = html_with_data(html) if inline else (outgoing_html(html), None)
    return (clean if wrong is None and _says_something(clean) else None), wrong


def body_text(text: str) -> str:
    """A text without the control characters that the body of an email cannot hold."""
    return _NO_TEXT.sub("", text)


def own_recipients(draft: Draft, own: Collection[str], domains: Collection[str]) -> tuple[FieldError, ...]:
    """An error for each recipient at an address of this system, because an email to it would be a mail loop.

    `own` are the normalised addresses of this system. `domains` are the domains for which it receives, as A-labels.
    """
    return tuple(
        FieldError(row.field, "is an address of this system: an email to it would come back")
        for row in draft.recipients
        if without_tag(row.address.address) in own
        or normalise(row.address.address) in own
        or domain_of(row.address.address) in domains
    )


class _Errors:
    """Collects errors, and keeps the first one of each field."""

    def __init__(self) -> None:
        self.rows: dict[str, FieldError] = {}

    def add_all(self, errors: Sequence[FieldError]) -> None:
        for error in errors:
            self.rows.setdefault(error.field, error)

    def add(self, field: str, message: str) -> None:
        self.rows.setdefault(field, FieldError(field, message))

    def has(self, field: str) -> bool:
        """Whether there is an error in the field or in one of its members (`to`, `to.0`)."""
        return any(name == field or name.startswith(f"{field}.") for name in self.rows)


def _recipients(document: Mapping[str, object], errors: _Errors) -> tuple[DraftRecipient, ...]:
    found: dict[str, DraftRecipient] = {}
    for name, role in _ROLES.items():
        rows = document.get(name)
        for n, row in enumerate(rows if isinstance(rows, list) else ()):
            field = f"{name}.{n}"
            if len(found) > MAX_RECIPIENTS or errors.has(field):
                continue
            try:
                address = read_recipient(row)
            except ValueError as error:  # the schema check does not reach the rows of a list that is too long
                errors.add(field, str(error))
                continue
            found.setdefault(normalise(address.address), DraftRecipient(address, role, field))
    if not errors.has("to") and not any(row.role is RecipientRole.TO for row in found.values()):
        errors.add("to", "must name at least one recipient")
    if len(found) > MAX_RECIPIENTS:
        errors.add("to", f"to, cc and bcc must have at most {MAX_RECIPIENTS} recipients together")
    return tuple(found.values())


def _subject(subject: object, errors: _Errors) -> str | None:
    if not isinstance(subject, str):
        return None
    if CONTROL.search(subject):
        errors.rows["subject"] = FieldError("subject", "must be on one line, without control characters")
        return None
    return subject.strip() or None


def _html(html: object, attachments: Mapping[str, DraftAttachment], errors: _Errors) -> InlineHtml | None:
    uploaded = {row.content_id: row.field for row in attachments.values() if row.content_id is not None}
    written = html if isinstance(html, str) and not errors.has("html") else ""
    read: InlineHtml | None = None
    if written:
        wrong = _unsendable(written, inline=True)
        if wrong is None:
            read, wrong = read_inline_html(written, uploaded)
            wrong = wrong or _too_much(read, len(attachments))
        if wrong is not None:
            errors.add("html", wrong)
            return None
    if not errors.has("html"):
        for content_id in uploaded.keys() - set(read.names if read else ()):
            errors.add(f"{uploaded[content_id]}.content_id", f"is not named in html: cid:{content_id}")
    return read if read is not None and _says_something(read.marked) else None


def _unsendable(html: str, *, inline: bool = False) -> str | None:
    """Why HTML cannot be sent, before it is sanitised."""
    if has_too_many_tags(html):
        return f"must have at most {MAX_OUTGOING_HTML_TAGS:,} tags"
    if lost := lost_picture(html, inline=inline):
        return f"has a picture that cannot be sent: {lost} (send it as an attachment, or use its web address)"
    if lost := lost_text(html):
        return f"has text that cannot be sent: {lost} (write it as ordinary text)"
    return None


def _too_much(html: InlineHtml, attachments: int) -> str | None:
    if len(html.marked) > MAX_HTML_CHARACTERS:
        return f"must have at most {MAX_HTML_CHARACTERS:,} characters, not counting its images"
    if html.pasted and len(html.pasted) + attachments > MAX_IMAGES:
        return f"must have at most {MAX_IMAGES} different images, together with the attachments"
    return None


def _says_something(clean: str) -> bool:
    return bool(html_to_text(clean).strip()) or "<img" in clean


def _text(text: object, html: InlineHtml | None, errors: _Errors) -> str:
    if errors.has("text") or errors.has("html"):
        return ""
    written = body_text(text) if isinstance(text, str) else ""
    if written.strip():
        return written
    if html is None:
        errors.add("text", NO_TEXT)
        return ""
    return html_to_text(html.shown)


def _attachments(rows: object, errors: _Errors) -> dict[str, DraftAttachment]:
    named: dict[str, DraftAttachment] = {}
    ids: dict[str, str] = {}
    for n, row in enumerate(rows if isinstance(rows, list) else ()):
        name = f"attachments.{n}"
        upload_id, content_id = (row.get("upload_id"), row.get("content_id")) if isinstance(row, dict) else (row, None)
        if not isinstance(upload_id, str) or errors.has(name):
            continue
        if not _ID.fullmatch(upload_id):
            errors.add(name, NO_UPLOAD)
        elif content_id is not None and not (isinstance(content_id, str) and CONTENT_ID.fullmatch(content_id)):
            errors.add(f"{name}.content_id", WRONG_CONTENT_ID)
        elif content_id in ids:
            errors.add(f"{name}.content_id", f"is the content_id of {ids[content_id]}, too")
        elif (known := named.setdefault(upload_id, DraftAttachment(name, content_id))).field != name:
            if content_id is not None or known.content_id is not None:
                errors.add(name, f"names the upload of {known.field} again")
        elif content_id is not None:
            ids[content_id] = name
    return named


def _in_reply_to(email_id: object, errors: _Errors) -> str | None:
    if not isinstance(email_id, str):
        return None
    if not _ID.fullmatch(email_id):
        errors.add("in_reply_to", NO_SUCH_EMAIL)
        return None
    return email_id.upper()

"""What an agent asks to be sent, and whether it can be: every wrong field is named.

`read_draft` looks at the request alone; `own_recipients` and `attachment_errors` at what it names. Pure.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from email_channels.addresses import domain_of, normalise, without_tag
from email_channels.api.address_grammar import read_recipient
from email_channels.api.validation import check, without_nulls
from email_channels.cases.outgoing import CONTROL
from email_channels.cases.recipients import RecipientRole
from email_channels.errors import FieldError, Invalid
from email_channels.mail.html import html_to_text
from email_channels.mail.message import Address
from email_channels.outbound.mime_parts import encoded_size

MAX_RECIPIENTS = 50
"""SES takes no more for one message."""

MAX_KEY_CHARACTERS = 255
"""Characters of an Idempotency-Key."""

MAX_MESSAGE_BYTES = 40_000_000
"""SES takes 40 MB after encoding; which kind of MB it does not say, so it is the smaller."""

MAX_HTML_TAGS = 15_000
"""Nesting costs whoever parses it the square of its depth. A long newsletter has some 5,000."""

NO_SUCH_EMAIL = "is no email of this case"

_NO_UPLOAD = "there is no such upload; uploads are kept for a day"

# Boundaries and part headers of the largest message, with room to spare.
_ENVELOPE_BYTES = 100_000
_PART_BYTES = 1_000

# https://docs.aws.amazon.com/ses/latest/dg/mime-types.html
_REFUSED_TYPES = frozenset(
    """ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib
    lnk mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml msh2xml
    msi msp mst ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1 psc2 tmp url vb vbe vbs
    vps vsmacros vss vst vsw vxd ws wsc wsf wsh xnk""".split()  # noqa: SIM905 - ninety literals would hide the words
)
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TAG = re.compile(r"<[A-Za-z]")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ROLES = {"to": RecipientRole.TO, "cc": RecipientRole.CC, "bcc": RecipientRole.BCC}


@dataclass(frozen=True, slots=True)
class DraftRecipient:
    """Somebody to send to; `field` is where the request names them first. The address is ASCII."""

    address: Address
    role: RecipientRole
    field: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An email as asked for. Nobody is named twice. `text` is there, made from `html` where the request has none.

    `subject` None means that of the case or of what is answered; `attachments` are upload ids, each with where the
    request names it first; `in_reply_to` is an email_id of the case. `html` has nothing active in it.
    """

    recipients: tuple[DraftRecipient, ...]
    subject: str | None
    text: str
    html: str | None
    attachments: Mapping[str, str]
    in_reply_to: str | None

    def addresses(self, role: RecipientRole) -> tuple[Address, ...]:
        """Those named in one field."""
        return tuple(row.address for row in self.recipients if row.role is role)


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that was announced with `size`; `stored_size` is what lies in the bucket, None if nothing does. Bytes."""

    filename: str
    size: int
    stored_size: int | None


def read_key(header: str | None) -> str:
    """The Idempotency-Key of a request; raises Invalid."""
    key = (header or "").strip()
    if key and len(key) <= MAX_KEY_CHARACTERS and not CONTROL.search(key):
        return key
    wanted = f"is required: at most {MAX_KEY_CHARACTERS} characters, new for each email"
    raise Invalid((FieldError("Idempotency-Key", wanted),))


def request_hash(document: object) -> str:
    """The same for the same request, however its JSON is written."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def read_draft(document: object) -> tuple[Draft, tuple[FieldError, ...]]:
    """The email that a request's JSON asks for, and every field that is wrong with it: what is wrong is not in it.

    Raises Invalid if the JSON is no object at all.
    """
    errors = _Errors()
    document = without_nulls(document, "NewEmail")
    try:
        check(document, "NewEmail")
    except Invalid as invalid:
        if not isinstance(document, dict):
            raise
        errors.take(invalid.errors)
    assert isinstance(document, dict)
    html = _html(document.get("html"), errors)
    draft = Draft(
        recipients=_recipients(document, errors),
        subject=_subject(document.get("subject"), errors),
        text=_text(document.get("text"), html, errors),
        html=html,
        attachments=_attachments(document.get("attachments"), errors),
        in_reply_to=_in_reply_to(document.get("in_reply_to"), errors),
    )
    if document.get("template") is not None:
        errors.add("template", "there is no template of this name")
    return draft, tuple(errors.rows.values())


def own_recipients(draft: Draft, own: Collection[str], domains: Collection[str]) -> tuple[FieldError, ...]:
    """Recipients that are mailboxes of ours, or lie in a domain that we receive for: an email to them would come back.

    `own` are normalised addresses, `domains` A-labels.
    """
    return tuple(
        FieldError(row.field, "is an address of this system; an email to it would come back")
        for row in draft.recipients
        if without_tag(row.address.address) in own
        or normalise(row.address.address) in own
        or domain_of(row.address.address) in domains
    )


def attachment_errors(draft: Draft, uploads: Mapping[str, UploadedFile]) -> tuple[FieldError, ...]:
    """Attachments that were not uploaded as announced, are of a type that SES refuses, or are too large together."""
    errors = [
        FieldError(field, wrong)
        for upload_id, field in draft.attachments.items()
        if (wrong := _wrong_upload(uploads.get(upload_id)))
    ]
    total = _ENVELOPE_BYTES + 3 * (len(draft.text.encode()) + len((draft.html or "").encode()))
    total += sum(encoded_size(upload.size) + _PART_BYTES for upload in uploads.values())
    if not errors and total > MAX_MESSAGE_BYTES:
        errors.append(
            FieldError(
                "attachments", f"make the email larger than the {MAX_MESSAGE_BYTES // 1_000_000} MB that SES sends"
            )
        )
    return tuple(errors)


def outgoing_html(html: str) -> str:
    """HTML that an agent wrote, or quoted from somebody who wrote anything: nothing in it runs, nothing is a form.

    Pictures stay as they are: recipients' mail programs ask before they fetch them.
    """
    import nh3  # most emails are text

    attributes = {name: set(allowed) for name, allowed in nh3.ALLOWED_ATTRIBUTES.items()}
    attributes["*"] = {"style", "align", "valign", "width", "height", "bgcolor", "dir", "lang", "title"}
    attributes["font"] = {"color", "face", "size"}
    attributes["table"] |= {"border", "cellpadding", "cellspacing"}
    return nh3.clean(
        html,
        tags=nh3.ALLOWED_TAGS | {"font", "big", "tfoot"},
        attributes=attributes,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )


class _Errors:
    """The first error of each field; a list as a whole is not blamed again for what was said of its members."""

    def __init__(self) -> None:
        self.rows: dict[str, FieldError] = {}

    def take(self, errors: Sequence[FieldError]) -> None:
        for error in errors:
            self.rows.setdefault(error.field, error)

    def add(self, field: str, message: str) -> None:
        self.rows.setdefault(field, FieldError(field, message))

    def about(self, field: str) -> bool:
        return any(name == field or name.startswith(f"{field}.") for name in self.rows)


def _recipients(document: Mapping[str, object], errors: _Errors) -> tuple[DraftRecipient, ...]:
    found: dict[str, DraftRecipient] = {}
    for name, role in _ROLES.items():
        rows = document.get(name)
        for n, row in enumerate(rows if isinstance(rows, list) else ()):
            field = f"{name}.{n}"
            if len(found) > MAX_RECIPIENTS or errors.about(field):
                continue
            address = read_recipient(row)
            found.setdefault(normalise(address.address), DraftRecipient(address, role, field))
    if not errors.about("to") and not any(row.role is RecipientRole.TO for row in found.values()):
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


def _html(html: object, errors: _Errors) -> str | None:
    if not isinstance(html, str) or errors.about("html"):
        return None
    if sum(1 for _ in _TAG.finditer(html)) > MAX_HTML_TAGS:
        errors.add("html", f"must have at most {MAX_HTML_TAGS:,} tags")
        return None
    clean = outgoing_html(html)
    return clean if html_to_text(clean).strip() or "<img" in clean else None


def _text(text: object, html: str | None, errors: _Errors) -> str:
    if errors.about("text") or errors.about("html"):
        return ""
    written = _NO_TEXT.sub("", text) if isinstance(text, str) else ""
    if written.strip():
        return written
    if html is None:
        errors.add("text", "text or html must say something")
        return ""
    return html_to_text(html)


def _attachments(ids: object, errors: _Errors) -> dict[str, str]:
    named: dict[str, str] = {}
    for n, upload_id in enumerate(ids if isinstance(ids, list) else ()):
        if isinstance(upload_id, str) and not _ID.fullmatch(upload_id):
            errors.add(f"attachments.{n}", _NO_UPLOAD)
        elif isinstance(upload_id, str):
            named.setdefault(upload_id, f"attachments.{n}")
    return named


def _in_reply_to(email_id: object, errors: _Errors) -> str | None:
    if not isinstance(email_id, str):
        return None
    if not _ID.fullmatch(email_id):
        errors.add("in_reply_to", NO_SUCH_EMAIL)
        return None
    return email_id.upper()


def _wrong_upload(upload: UploadedFile | None) -> str | None:
    if upload is None:
        return _NO_UPLOAD
    extension = upload.filename.rstrip(". ").rpartition(".")[2].lower() if "." in upload.filename else ""
    if extension in _REFUSED_TYPES:
        return f"Amazon SES sends no files of the type .{extension}"
    if upload.stored_size is None:
        return "was announced but not uploaded, or its day is over"
    if upload.stored_size != upload.size:
        return f"has {upload.stored_size} bytes, but {upload.size} were announced"
    return None

"""The files of an agent's email: uploads, and images that the HTML held itself. Nothing is written here but copies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from email_channels.aws.mail_bucket import MailBucket, attachment_key, upload_key
from email_channels.cases.history import StoredAttachment
from email_channels.cases.outgoing import CONTROL
from email_channels.cases.uploads import Upload
from email_channels.errors import FieldError, Invalid, NotFound
from email_channels.mail.filenames import safe_name
from email_channels.outbound.ad_hoc.images import WRONG_TYPE, image_filename, image_type
from email_channels.outbound.ad_hoc.inline_html import wire_content_id
from email_channels.outbound.attachment_checks import NO_UPLOAD
from email_channels.outbound.drafts import Draft
from email_channels.outbound.mime_parts import AttachedFile, InlineImage
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file to send, with what the entry stores of it."""

    attachment: StoredAttachment
    content: bytes


def read_files(mail: MailBucket, draft: Draft, uploads: Mapping[str, Upload], storage_id: str) -> list[DraftFile]:
    """All files of the draft: first the uploads in the order of the request, then the images of `data:` URLs.

    Raises Invalid for uploads that are not there any more, and for those named as inline images that are none.
    """
    files: list[DraftFile] = []
    errors: list[FieldError] = []

    def add(filename: str, content_type: str, content: bytes, content_id: str | None) -> None:
        n = len(files) + 1
        attachment = StoredAttachment(
            n=n,
            filename=filename,
            content_type=content_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            inline=content_id is not None,
            content_id=content_id,
            key=attachment_key(storage_id, n),
        )
        files.append(DraftFile(attachment, content))

    for upload_id, named in draft.attachments.items():
        upload = uploads[upload_id]
        try:
            content = mail.read(upload_key(upload_id))
        except NotFound:  # it expired just now
            errors.append(FieldError(named.field, NO_UPLOAD))
            continue
        # The first bytes say what an image is. The announced type may be wrong, or missing.
        kind = upload.content_type if named.content_id is None else image_type(content)
        if len(content) != upload.size:
            errors.append(FieldError(named.field, "was uploaded again just now"))
        elif kind is None:
            errors.append(FieldError(named.field, f"{WRONG_TYPE}: {upload_filename(upload)}"))
        else:
            add(upload_filename(upload), kind, content, named.content_id)
    for content_id, image in draft.html.pasted.items() if draft.html else ():
        add(image_filename(content_id, image.content_type), image.content_type, image.content, content_id)
    if errors:
        raise Invalid(tuple(errors))
    return files


def message_parts(
    draft: Draft, files: Sequence[DraftFile], storage_id: str, domain: str
) -> tuple[str | None, tuple[InlineImage, ...], tuple[AttachedFile, ...]]:
    """The HTML, the images and the attached files as the message holds them. `domain` is that of the From address."""
    ids: dict[str, str] = {}
    images, attached = [], []
    for file in files:
        row = file.attachment
        if row.content_id is None:
            attached.append(AttachedFile(row.filename, row.content_type, file.content))
        else:
            ids[row.content_id] = wire_content_id(row.content_id, row.n, storage_id, domain)
            images.append(InlineImage(row.filename, row.content_type, file.content, ids[row.content_id]))
    return draft.html.with_ids(ids) if draft.html else None, tuple(images), tuple(attached)


def write_files(mail: MailBucket, files: Sequence[DraftFile]) -> None:
    """Writes each file to the place where the entry keeps it. A repeat writes the same."""
    for file in files:
        mail.write(file.attachment.key, file.content, file.attachment.content_type)


def upload_filename(upload: Upload) -> str:
    """The file name of an upload, made safe for recipients' machines."""
    return CONTROL.sub("", safe_name(upload.filename)) or "attachment"

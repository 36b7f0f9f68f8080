"""Items about outbound emails: the ids that SES gave them, Idempotency-Keys, and announced uploads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from email_channels.aws.rows import keys
from email_channels.aws.rows.codec import clean
from email_channels.aws.rows.table import Row, expiry
from email_channels.cases.identity import sent_message_id_key
from email_channels.cases.uploads import Upload, UploadPurpose

IDEMPOTENCY_LIFETIME = timedelta(hours=24)
# The bucket's lifecycle deletes the objects under `uploads/` after the same time.
UPLOAD_LIFETIME = timedelta(days=1)
# The item of a sent email stays below 1 KB.
_MOST_SUBJECT = 200


class SentRow(Row, discriminator="sent"):
    """The case of a sent email, by the id that SES gave it. `email_id` is None for an acknowledgement, which is not an
    entry. `moved`: a person has moved it to this case from another one. `subject` is the beginning of its subject."""

    case_id = UnicodeAttribute()
    email_id = UnicodeAttribute(null=True)
    moved = BooleanAttribute(null=True)
    subject = UnicodeAttribute(null=True)


class IdempotencyRow(Row, discriminator="idempotency"):
    """The request that a caller sent with an Idempotency-Key: its hash, and the entry that it made."""

    request_hash = UnicodeAttribute()
    email_id = UnicodeAttribute()


class NewCaseKeyRow(Row, discriminator="new_case_key"):
    """The request by which a caller made a case with an Idempotency-Key: its hash, and the case."""

    request_hash = UnicodeAttribute()
    case_id = UnicodeAttribute()


class UploadRow(Row, discriminator="upload"):
    """An announced upload. It expires with the file, after UPLOAD_LIFETIME. Without `purpose`, it is for an email."""

    filename = UnicodeAttribute()
    content_type = UnicodeAttribute()
    size = NumberAttribute()
    uploaded_by = UnicodeAttribute()
    purpose = UnicodeAttribute(null=True)


def sent_row(message_id: str, case_id: str, email_id: str | None, subject: str = "") -> SentRow:
    """The item of an email that we sent. `message_id` is the id that SES gave it, with or without its domain.

    The item never expires: people may reply years later.
    """
    pk, sk = keys.sent(sent_message_id_key(message_id))
    return SentRow(pk=pk, sk=sk, case_id=case_id, email_id=email_id, subject=clean(subject[:_MOST_SUBJECT]) or None)


def idempotency_row(
    case_id: str, user: str, key: str, request_hash: str, email_id: str, now: datetime
) -> IdempotencyRow:
    """The item of a caller's Idempotency-Key, which expires after IDEMPOTENCY_LIFETIME."""
    pk, sk = keys.idempotency(case_id, user, key)
    expires_at = expiry(now + IDEMPOTENCY_LIFETIME)
    return IdempotencyRow(pk=pk, sk=sk, request_hash=request_hash, email_id=email_id, expires_at=expires_at)


def new_case_key_row(user: str, key: str, request_hash: str, case_id: str, now: datetime) -> NewCaseKeyRow:
    """The item of an Idempotency-Key of a new case, which expires after IDEMPOTENCY_LIFETIME."""
    pk, sk = keys.new_case_key(user, key)
    expires_at = expiry(now + IDEMPOTENCY_LIFETIME)
    return NewCaseKeyRow(pk=pk, sk=sk, request_hash=request_hash, case_id=case_id, expires_at=expires_at)


def upload_row(upload: Upload) -> UploadRow:
    """The item of an announced upload."""
    pk, sk = keys.upload(upload.upload_id)
    return UploadRow(
        pk=pk,
        sk=sk,
        filename=upload.filename,
        content_type=upload.content_type,
        size=upload.size,
        uploaded_by=upload.uploaded_by,
        purpose=None if upload.purpose is UploadPurpose.EMAIL else upload.purpose.value,
        expires_at=expiry(upload.expires_at),
    )


def upload_of(row: UploadRow) -> Upload:
    """The announced upload of an item."""
    return Upload(
        upload_id=keys.upload_id_of(row.pk),
        filename=row.filename,
        content_type=row.content_type,
        size=int(row.size),
        uploaded_by=row.uploaded_by,
        expires_at=datetime.fromtimestamp(int(row.expires_at or 0), UTC),
        purpose=UploadPurpose(row.purpose or UploadPurpose.EMAIL),
    )

"""The attributes of all items that hold an email: summary and content, recipients, identity (if it is inbound)."""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from email_channels.aws.mail_bucket import MailBucket, content_key
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.codec import (
    HexAttribute,
    OriginalKeyAttribute,
    email_from_json,
    email_to_json,
    recipients_to_json,
)
from email_channels.aws.rows.compression import pack_content, pack_email, pack_summary, unpack_content, unpack_email
from email_channels.aws.rows.table import Row
from email_channels.cases.history import Content, StoredEmail
from email_channels.cases.identity import EmailIdentity
from email_channels.times import to_text

# A longer email (in bytes, compressed) is in the bucket: there, a byte costs a tenth of what it costs in the table.
MAX_EMAIL_BYTES = 4096
# A new item that changes often has at most this size: a write of up to 2 KB costs two units. The rest is room for what
# is added later.
MAX_CHANGING_BYTES = 1_700


class EmailRow(Row, discriminator="email"):
    """The common part. `email_id` is the id of the email; None in entries, whose sort key has it. `identity` and
    `content_identity` are `key` and `content` of `identity.EmailIdentity`.

    `email` holds the short fields of the email (its summary) and the long ones (its content), as compressed JSON. If
    the content is long, it is in an object of the bucket instead, and `content_key` is its key. `message_id` is set
    when SES has taken an outbound email, `matched_by` when a person has assigned an inbound one; both replace those of
    the summary. `raw_key` is the key of the original; entries have it in the summary only. `size` is the size of the
    whole email in bytes.
    """

    email_id = UnicodeAttribute(null=True)
    identity = HexAttribute(null=True)
    content_identity = HexAttribute(null=True, attr_name="content")
    email = BinaryAttribute(legacy_encoding=False, null=True)
    content_key = UnicodeAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    matched_by = JSONAttribute(null=True)
    recipients = JSONAttribute(null=True)
    raw_key = OriginalKeyAttribute(null=True, attr_name="raw")
    size = NumberAttribute(null=True)


def set_email(row: EmailRow, email: StoredEmail, identity: EmailIdentity | None) -> None:
    """Sets the attributes of an email, except its summary and content.

    `identity` is None for outbound emails. The identity of an inbound email also sets the gsi3 keys (its thread key),
    by which later replies find the email.
    """
    row.recipients = recipients_to_json(email.recipients) or None
    row.raw_key = email.raw_key
    row.size = email.size or None
    if identity is not None:
        row.identity = identity.key
        row.content_identity = identity.content
        row.gsi3pk = index_keys.thread(identity.thread_key)
        row.gsi3sk = index_keys.at_time(to_text(email.at), keys.record_id_of(row.pk))


def set_content(
    row: EmailRow, email: StoredEmail, record_id: str, mail: MailBucket, most: int = MAX_EMAIL_BYTES
) -> None:
    """Sets the summary and the content of an email. If they are longer than `most` bytes together, the content is
    written to the bucket, under a key made of `record_id`."""
    summary, content = email_to_json(email), email.content or Content(None, None)
    row.email = pack_email(summary, content)
    if row.email is None or len(row.email) > most:
        row.email, row.content_key = pack_summary(summary), content_key(record_id)
        mail.write(row.content_key, pack_content(content))


def email_of(row: EmailRow, mail: MailBucket | None) -> StoredEmail | None:
    """The email of an item; None if it holds none. If `mail` is None, content in the bucket is left out."""
    if not row.email:
        return None
    summary, content = unpack_email(row.email)
    email_id = keys.email_id_of(row.sk) or row.email_id
    if not summary or not email_id:
        return None
    return email_from_json(
        summary,
        email_id=email_id,
        recipients=row.recipients,
        raw_key=row.raw_key,
        size=int(row.size or 0),
        message_id=row.message_id,
        matched_by=row.matched_by,
        content=_whole_content(row, content, mail),
    )


def content_of(row: EmailRow, mail: MailBucket | None) -> Content | None:
    """The content of an item. If it is in the bucket, it is read from there; None if `mail` is None, too."""
    content = unpack_email(row.email)[1] if row.email else Content(None, None)
    return _whole_content(row, content, mail)


def _whole_content(row: EmailRow, own: Content, mail: MailBucket | None) -> Content | None:
    if not row.content_key:
        return own
    return unpack_content(mail.read(row.content_key)) if mail is not None else None

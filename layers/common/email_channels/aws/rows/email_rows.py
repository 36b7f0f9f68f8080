"""The attributes of all items that hold an email: summary, recipients, content, and identity (inbound emails only)."""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, JSONAttribute, UnicodeAttribute

from email_channels.aws.mail_bucket import MailBucket, content_key
from email_channels.aws.rows import index_keys
from email_channels.aws.rows.codec import email_from_json, email_to_json, recipients_to_json
from email_channels.aws.rows.compression import pack_content, unpack_content
from email_channels.aws.rows.table import Row
from email_channels.cases.history import Content, StoredEmail
from email_channels.cases.identity import EmailIdentity

# DynamoDB limits an item to 400 KB. The other attributes need space too, and the price of each write depends on the
# size of the whole item.
MAX_INLINE_CONTENT_BYTES = 128 * 1024


class EmailRow(Row, discriminator="email"):
    """The common part. `identity` and `content_identity` are `key` and `content` of `identity.EmailIdentity`.

    `summary` holds the short fields of the email, as JSON. `content` holds the long fields, as compressed JSON. If
    they are too long for an item, they are in an object of the bucket, and `content_key` is its key.
    """

    identity = UnicodeAttribute(null=True)
    content_identity = UnicodeAttribute(null=True)
    summary = JSONAttribute(null=True)
    recipients = JSONAttribute(null=True)
    content = BinaryAttribute(legacy_encoding=False, null=True)
    content_key = UnicodeAttribute(null=True)


def set_email(
    row: EmailRow, email: StoredEmail, identity: EmailIdentity | None, record_id: str, mail: MailBucket
) -> None:
    """Sets the attributes of an email. Long content is written to the bucket, under a key made of `record_id`.

    `identity` is None for outbound emails. The identity of an inbound email also sets the gsi3 keys (its thread key),
    by which later replies find the email.
    """
    row.summary = email_to_json(email)
    row.recipients = recipients_to_json(email.recipients) or None
    if email.content is not None:
        packed = pack_content(email.content)
        if len(packed) > MAX_INLINE_CONTENT_BYTES:
            row.content_key = content_key(record_id)
            mail.write(row.content_key, packed)
        else:
            row.content = packed
    if identity is not None:
        row.identity = identity.key
        row.content_identity = identity.content
        row.gsi3pk = index_keys.thread(identity.thread_key)
        row.gsi3sk = row.pk


def original_key(email: StoredEmail, identity: EmailIdentity | None) -> str | None:
    """The gsi4 key of the record of an inbound email; None for an email that has no original in the bucket."""
    return index_keys.original(email.raw_key) if identity is not None and email.raw_key else None


def email_of(row: EmailRow, content: Content | None) -> StoredEmail:
    """The email of an item. `content` is the content that `content_of` returned."""
    return email_from_json(row.summary, row.recipients, content)


def content_of(row: EmailRow, mail: MailBucket | None) -> Content | None:
    """The content of an item's email. None if the content is in the bucket and `mail` is None."""
    if row.content:
        return unpack_content(row.content)
    if row.content_key and mail is not None:
        return unpack_content(mail.read(row.content_key))
    return None


def identity_of(row: EmailRow) -> EmailIdentity:
    """The identity of the email that an item holds."""
    thread_key = index_keys.thread_key_of(row.gsi3pk) if row.gsi3pk else ""
    return EmailIdentity(key=row.identity or "", content=row.content_identity or "", thread_key=thread_key)

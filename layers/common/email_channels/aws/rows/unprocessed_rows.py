"""The item of an unprocessed email: one that became neither a case nor an entry of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from email_channels.aws.mail_bucket import MailBucket, attachment_key, content_key
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.codec import HexAttribute, hold_from_json, hold_to_json, time_from_text, time_to_text
from email_channels.aws.rows.email_rows import EmailRow, email_of, set_content, set_email
from email_channels.aws.rows.table import Row, version_of
from email_channels.cases.channels import Channel
from email_channels.cases.history import MAX_ATTACHMENTS
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.reasons import NAMED_ONCE_A_DAY, PERHAPS_UNREAD, Reason
from email_channels.cases.unprocessed import Unprocessed
from email_channels.times import from_text, to_text


class UnprocessedRow(EmailRow, discriminator="unprocessed"):
    """An unprocessed email. `thread_key` is that of its identity, by which answers find it after it was assigned."""

    channel = UnicodeAttribute()
    mailbox = UnicodeAttribute(null=True)
    reason = UnicodeAttribute()
    received_at = UnicodeAttribute()
    envelope_sender = UnicodeAttribute(null=True)
    automatic = BooleanAttribute()
    notified_at = UnicodeAttribute(null=True)
    notification_attempts = NumberAttribute(null=True)
    notification_message_id = UnicodeAttribute(null=True)
    purge_after = UnicodeAttribute(null=True)
    held = JSONAttribute(null=True)
    purge_id = UnicodeAttribute(null=True)
    proven = BooleanAttribute(null=True)
    copied_at = UnicodeAttribute(null=True)
    thread_key = HexAttribute(null=True)


def unprocessed_row(item: Unprocessed, identity: EmailIdentity, mail: MailBucket) -> UnprocessedRow:
    """The item of an unprocessed email. Long content is written to the bucket first."""
    pk, sk = keys.record(item.id)
    received_at = to_text(item.received_at)
    row = UnprocessedRow(
        pk=pk,
        sk=sk,
        version=item.version,
        email_id=item.email.email_id,
        channel=item.channel.value,
        mailbox=item.mailbox,
        reason=item.reason.value,
        received_at=received_at,
        envelope_sender=item.envelope_sender,
        automatic=item.automatic,
        notified_at=time_to_text(item.notified_at),
        notification_attempts=item.notification_attempts or None,
        notification_message_id=item.notification_message_id,
        purge_after=time_to_text(item.purge_after),
        held=hold_to_json(item.held),
        purge_id=item.purge_id,
        proven=item.proven or None,
        copied_at=time_to_text(item.copied_at),
        gsi1pk=index_keys.UNPROCESSED,
        gsi1sk=index_keys.at_time(received_at, item.id),
    )
    row.gsi2pk, row.gsi2sk = due_keys(item)
    set_email(row, item.email, identity)
    # Unprocessed emails stay out of gsi3, or strangers could fill the partition of a Message-ID with them.
    row.thread_key, row.gsi3pk, row.gsi3sk = identity.thread_key, None, None
    set_content(row, item.email, item.id, mail)
    row.gsi4pk = index_keys.ARRIVED_UNPROCESSED
    row.gsi4sk = index_keys.activity(item.email.stored_at or item.received_at, item.id, item.email.raw_key)
    return row


def identity_of(row: UnprocessedRow) -> EmailIdentity:
    """The identity of the email that an item holds."""
    return EmailIdentity(row.identity or "", row.content_identity or "", row.thread_key or "")


def due_keys(item: Unprocessed) -> tuple[str | None, str | None]:
    """The gsi2 keys of an unprocessed email.

    It is due for notification until the admins are notified of it. Then it is due for purge, unless it is on hold.
    """
    if item.notified_at is None or item.purge_after is None:
        return to_notify_keys(item.id, first_due(item.reason, item.received_at))
    if item.held is not None:
        return None, None
    return index_keys.TO_PURGE, index_keys.at_time(to_text(item.purge_after), item.id)


def first_due(reason: Reason, at: datetime) -> datetime:
    """When the admins hear of an email that is unprocessed since `at`: at once, or at the end of the day (UTC)."""
    if reason not in NAMED_ONCE_A_DAY:
        return at
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def to_notify_keys(record_id: str, due: datetime) -> tuple[str, str]:
    """The gsi2 keys of an unprocessed email whose notification is due at a time."""
    return index_keys.TO_NOTIFY, index_keys.at_time(to_text(due), record_id)


def due_actions(due: tuple[str | None, str | None]) -> list[Action]:
    """The actions that write the gsi2 keys of an unprocessed email (`due_keys`, `to_notify_keys`), or remove them."""
    due_pk, due_sk = due
    return [
        UnprocessedRow.gsi2pk.set(due_pk) if due_pk else UnprocessedRow.gsi2pk.remove(),
        UnprocessedRow.gsi2sk.set(due_sk) if due_sk else UnprocessedRow.gsi2sk.remove(),
    ]


def update_unprocessed(item: Unprocessed, actions: Sequence[Action], transaction: TransactWrite | None = None) -> None:
    """Updates the item of an unprocessed email, and raises its version by one; within a transaction, if one is given.

    Raises PynamoDB's UpdateError if the item has another version, or is no longer an unprocessed email. A transaction
    raises TransactWriteError when it is committed.
    """
    pk, sk = keys.record(item.id)
    row = UnprocessedRow(pk=pk, sk=sk)
    actions = [*actions, UnprocessedRow.version.set(item.version + 1)]
    condition = (Row.version == item.version) & UnprocessedRow.reason.exists()
    if transaction is None:
        row.update(actions=actions, condition=condition)
    else:
        transaction.update(row, actions=actions, condition=condition)


def unprocessed_of(row: UnprocessedRow, mail: MailBucket | None = None) -> Unprocessed:
    """The unprocessed email of an item. If `mail` is None, content in the bucket is left out."""
    email = email_of(row, mail)
    assert email is not None
    return Unprocessed(
        id=keys.record_id_of(row.pk),
        channel=Channel(row.channel),
        mailbox=row.mailbox,
        reason=Reason(row.reason),
        received_at=from_text(row.received_at),
        envelope_sender=row.envelope_sender,
        automatic=row.automatic,
        email=email,
        notified_at=time_from_text(row.notified_at),
        notification_attempts=int(row.notification_attempts or 0),
        notification_message_id=row.notification_message_id,
        purge_after=time_from_text(row.purge_after),
        held=hold_from_json(row.held),
        purge_id=row.purge_id,
        version=version_of(row),
        proven=bool(row.proven),
        copied_at=time_from_text(row.copied_at),
    )


def unprocessed_objects(item: Unprocessed) -> list[str]:
    """The keys of all objects that the bucket may hold for an email. Some may not exist; deleting these is harmless."""
    originals = [item.email.raw_key] if item.email.raw_key else []
    attachments = {attachment.key for attachment in item.email.attachments}
    if item.reason in PERHAPS_UNREAD:
        # Its attachments are unknown, but an earlier attempt may have written some.
        attachments |= {attachment_key(item.id, n) for n in range(1, MAX_ATTACHMENTS + 1)}
    return [*originals, content_key(item.id), *sorted(attachments)]

"""The items of a case's history: entries, pointers to entries, and markers in the place of entries that were moved."""

from __future__ import annotations

from datetime import datetime, timedelta

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.codec import (
    HexAttribute,
    OriginalKeyAttribute,
    match_from_json,
    match_to_json,
    time_to_text,
)
from email_channels.aws.rows.email_rows import (
    MAX_CHANGING_BYTES,
    MAX_EMAIL_BYTES,
    EmailRow,
    email_of,
    set_content,
    set_email,
)
from email_channels.aws.rows.table import Row, expiry, row_bytes, version_of
from email_channels.cases.history import Direction, Entry
from email_channels.cases.identity import EmailIdentity, time_in
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.times import to_text

# A slow worker may have read a pointer before the move, and write the entry after it. It ends within minutes.
MOVED_LIFETIME = timedelta(days=1)


class EntryRow(EmailRow, discriminator="entry"):
    """An email in the history of a case. The email that the case was made from is in the case's own item instead.

    Most entries fit into one write unit (1 KB). So an entry has no identity and no `raw_key` of its own: its pointer
    has the one, and its summary the other. `direction` is None for an inbound email. `moved`: a person has moved it to
    this case from another one. `entered_at` is when an inbound email came into the case.

    `failures` counts the changes of an agent's email that its case must notice (`must_be_noticed`). `seen` is set when
    an agent has read the entry: 1 for an inbound email, for an outbound one what `failures` was then.
    `acknowledge`: the email left the case that it had made before it was acknowledged, so that is still to be done;
    `neutral` is as in CaseRow.
    """

    direction = UnicodeAttribute(null=True)
    moved = BooleanAttribute(null=True)
    entered_at = UnicodeAttribute(null=True)
    failures = NumberAttribute(null=True)
    seen = NumberAttribute(null=True)
    acknowledge = BooleanAttribute(null=True, attr_name="ack")
    neutral = BooleanAttribute(null=True)


class PointerRow(Row, discriminator="pointer"):
    """The record of an inbound email that became an entry of an existing case: which case, and which entry.

    `email_time` is the beginning of the entry's id, which ends with the id of the record. `replaced_key` is as in
    CaseRow.
    """

    identity = HexAttribute()
    outcome = UnicodeAttribute()
    case_id = UnicodeAttribute()
    email_time = UnicodeAttribute(attr_name="at")
    raw_key = OriginalKeyAttribute(null=True, attr_name="raw")
    replaced_key = OriginalKeyAttribute(null=True)
    matched_by = JSONAttribute(null=True, attr_name="matched")

    @property
    def email_id(self) -> str:
        """The id of the entry."""
        return f"{self.email_time}{keys.record_id_of(self.pk)}"


class MovedRow(Row, discriminator="moved"):
    """Takes the place of an entry that was moved to another case, so that a slow worker cannot write it there again.

    It expires after MOVED_LIFETIME, when no such worker can exist any more.
    """


def entry_row(entry: Entry, identity: EmailIdentity | None, record_id: str, mail: MailBucket) -> EntryRow:
    """The item of an entry. Long content is written to the bucket first, under a key made of `record_id`.

    An outbound entry without a message id waits for SES to confirm it: it is in the index partition TO_SEND.
    """
    email = entry.email
    pk, sk = keys.entry(entry.case_id, email.email_id)
    direction = None if email.direction is Direction.INBOUND else email.direction.value
    row = EntryRow(pk=pk, sk=sk, version=entry.version, direction=direction)
    set_email(row, email, identity)
    row.identity = row.content_identity = row.raw_key = None
    row.entered_at = time_to_text(entry.entered_at)
    row.gsi4pk = index_keys.ACTIVITY
    received = email.raw_key if email.direction is Direction.INBOUND else None
    row.gsi4sk = index_keys.activity(email.stored_at or email.at, entry.case_id, received)
    room = MAX_EMAIL_BYTES
    if email.direction is Direction.OUTBOUND:
        if email.message_id is None:
            row.gsi2pk, row.gsi2sk = index_keys.TO_SEND, index_keys.at_time(to_text(email.at), entry.case_id)
        # Each delivery event changes the item.
        room = MAX_CHANGING_BYTES - row_bytes(row) - len(EntryRow.email.attr_name)
    set_content(row, email, record_id, mail, room)
    return row


def entry_of(row: EntryRow, mail: MailBucket | None = None) -> Entry:
    """The entry of an item. If `mail` is None, content in the bucket is left out."""
    email = email_of(row, mail)
    assert email is not None
    return Entry(case_id=keys.record_id_of(row.pk), email=email, version=version_of(row))


def pointer_row(pointer: Pointer, identity_key: str | None) -> PointerRow:
    """The item of a pointer; `identity_key` is `EmailIdentity.key`."""
    pk, sk = keys.record(pointer.id)
    return PointerRow(
        pk=pk,
        sk=sk,
        version=pointer.version,
        identity=identity_key,
        outcome=pointer.outcome.value,
        case_id=pointer.case_id,
        email_time=time_in(pointer.email_id),
        raw_key=pointer.raw_key,
        matched_by=match_to_json(pointer.matched_by),
    )


def pointer_of(row: PointerRow) -> Pointer:
    """The pointer of an item."""
    return Pointer(
        id=keys.record_id_of(row.pk),
        outcome=Outcome(row.outcome),
        case_id=row.case_id,
        email_id=row.email_id,
        raw_key=row.raw_key,
        matched_by=match_from_json(row.matched_by),
        version=version_of(row),
    )


def moved_row(entry: EntryRow, now: datetime) -> MovedRow:
    """The item that takes the place of an entry that is moved away."""
    return MovedRow(pk=entry.pk, sk=entry.sk, expires_at=expiry(now + MOVED_LIFETIME))

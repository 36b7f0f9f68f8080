"""What goes with an email that is moved to another case: its item, its place in the old case, and what leads to it.

Each function adds writes to the transaction of a move, a split or a merge, so an email is always in exactly one place.
If the record of an email is a pointer to an entry, the pointer moves with the entry: a worker that finds a pointer
without its entry would write the entry again.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeGuard

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import (
    MOST_OWN_ISSUE_BYTES,
    CaseRow,
    case_of,
    details_row,
    kept_issue,
    words_due,
)
from email_channels.aws.rows.codec import match_to_json
from email_channels.aws.rows.compression import pack_content
from email_channels.aws.rows.email_rows import EmailRow, email_of
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow, moved_row
from email_channels.aws.rows.outbound_rows import SentRow
from email_channels.aws.rows.table import Row, version_of
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow
from email_channels.cases.history import Content, Direction
from email_channels.cases.matches import MatchedBy, MatchMethod, MatchStrength
from email_channels.times import to_text

ASSIGNED = MatchedBy(MatchMethod.ASSIGNED, MatchStrength.PERSON)


def entry_in(
    source: EmailRow,
    case_id: str,
    matched_by: MatchedBy | None = ASSIGNED,
    *,
    moved: bool = True,
    acknowledge: bool = False,
) -> EntryRow:
    """The item of an email as an entry of another case. It copies the email's attributes from its present item.

    `matched_by` is noted on an inbound email; None keeps what is there. `acknowledge`: if the email is still to be
    acknowledged, that is done in the other case. Attributes that this code does not know move with an entry. Those of
    an unprocessed email or a case stay behind: they may say something about that, and not about the email.
    """
    email = email_of(source, None)
    assert email is not None
    inbound = email.direction is Direction.INBOUND
    row = _entry_from(source)
    row.pk, row.sk = keys.entry(case_id, email.email_id)
    row.direction = None if inbound else email.direction.value
    row.moved = True if moved else None
    if inbound and matched_by is not None:
        row.matched_by = match_to_json(matched_by)
    row.entered_at = None
    row.acknowledge = row.neutral = None
    if acknowledge and _owes_acknowledgement(source):
        row.acknowledge, row.neutral = True, source.neutral
    if inbound:
        row.seen = None  # nobody has read it in the other case
    if row.gsi2pk in {index_keys.TO_SEND, index_keys.TO_NOTICE}:
        row.gsi2sk = index_keys.at_time(index_keys.time_of(row.gsi2sk or ""), case_id)
    if row.gsi3pk:
        row.gsi3sk = index_keys.at_time(to_text(email.at), case_id)
    row.gsi4pk = index_keys.ACTIVITY
    row.gsi4sk = index_keys.activity_of_case(row.gsi4sk, case_id) if row.gsi4sk else None
    return row


def _owes_acknowledgement(source: EmailRow) -> TypeGuard[CaseRow | EntryRow]:
    if isinstance(source, CaseRow):
        return bool(source.acknowledge and not source.acknowledged_at)
    return isinstance(source, EntryRow) and bool(source.acknowledge)


def _entry_from(source: EmailRow) -> EntryRow:
    if isinstance(source, EntryRow):
        row = EntryRow(**{name: value for name, value in source.attribute_values.items() if name != "kind"})
        # Higher than before: if the entry comes back, no slow worker takes it for the one that it has read.
        row.version = version_of(source) + 1
        return row.keep_unknown(source)
    return EntryRow(
        version=1,
        message_id=source.message_id,
        matched_by=source.matched_by,
        email=source.email,
        recipients=source.recipients,
        content_key=source.content_key,
        size=source.size,
        gsi3pk=index_keys.thread(source.thread_key) if isinstance(source, UnprocessedRow) else source.gsi3pk,
        gsi4sk=source.gsi4sk,
    )


def put_entry(transaction: TransactWrite, entry: EntryRow) -> None:
    """Writes the entry where none is. An item with `expires_at` is a MovedRow: the email was there before, and may come
    back."""
    absent: Condition = Row.pk.does_not_exist() | Row.expires_at.exists()
    transaction.save(entry, condition=absent)


def take_entry(transaction: TransactWrite, source: EntryRow, now: datetime) -> None:
    """Takes the entry out of its case, if it is as it was read."""
    transaction.save(moved_row(source, now), condition=Row.version == source.version)


def lead_pointer(transaction: TransactWrite, pointer: PointerRow, case_id: str) -> None:
    """Makes the record of an inbound email lead to its entry in another case."""
    transaction.update(
        PointerRow(pk=pointer.pk, sk=pointer.sk),
        actions=[PointerRow.case_id.set(case_id), Row.version.set(version_of(pointer) + 1)],
        condition=Row.version == pointer.version,
    )


def lead_sent(transaction: TransactWrite, sent: SentRow, case_id: str, *, moved: bool) -> None:
    """Makes replies and SES's events find an outbound email in another case.

    `moved`: what is signed in the email names another case, and loses to this.
    """
    actions: list[Action] = [SentRow.case_id.set(case_id), *([SentRow.moved.set(True)] if moved else [])]
    transaction.update(SentRow(pk=sent.pk, sk=sent.sk), actions=actions, condition=SentRow.case_id == sent.case_id)


def take_first_email(transaction: TransactWrite, row: CaseRow, mail: MailBucket, now: datetime) -> None:
    """Removes the case's first email from the items of the case, which keep the issue and the identity.

    `row` has the email of its details (`with_details`).
    """
    packed = pack_content(Content(text=None, html=None, issue=kept_issue(case_of(row, mail).issue)))
    case_id = keys.record_id_of(row.pk)
    if row.detailed or len(packed) > MOST_OWN_ISSUE_BYTES:
        transaction.save(details_row(case_id, packed))
        placed = [CaseRow.email.remove(), CaseRow.detailed.set(True)]
    else:
        placed = [CaseRow.email.set(packed)]
    at = max(to_text(now), row.updated_at)
    unchanged: Condition = Row.version == row.version
    if _owes_acknowledgement(row):  # otherwise `notify` could send it here, and there
        placed.append(CaseRow.acknowledge.remove())
        unchanged &= CaseRow.acknowledged_at.does_not_exist()
    removed = (
        *(CaseRow.email_id, CaseRow.recipients, CaseRow.content_key, CaseRow.size),
        *(CaseRow.matched_by, CaseRow.gsi3pk, CaseRow.gsi3sk),
    )
    transaction.update(
        CaseRow(pk=row.pk, sk=row.sk),
        actions=[
            *placed,
            *(attribute.remove() for attribute in removed),
            CaseRow.moved_out.set(True),
            CaseRow.words_due.set(words_due(row)),
            CaseRow.updated_at.set(at),
            CaseRow.gsi1sk.set(index_keys.at_time(at, case_id)),
            Row.version.set(version_of(row) + 1),
        ],
        condition=unchanged,
    )

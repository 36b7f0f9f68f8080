"""The last emails that came through a mailbox: cases, entries and unprocessed emails, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import islice

from email_channels.addresses import normalise, without_tag
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.email_rows import email_of
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.table import READ_BATCH, KeysRow, Row, read_rows
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow
from email_channels.cases.history import Direction
from email_channels.cases.identity import record_id_in
from email_channels.cases.outcomes import EmailState, Outcome
from email_channels.cases.reasons import Reason
from email_channels.values import dataclass

MOST_LOOKED_AT = 2_000
"""The most emails of all mailboxes that are looked at."""


@dataclass(frozen=True, slots=True)
class RecordedEmail:
    """What an inbound email is, and the key of its original (None: it has none)."""

    state: EmailState
    raw_key: str | None


def newest_records(mailbox: str, most: int) -> list[str]:
    """The record ids of the last emails of a mailbox, at most `most`, among the last MOST_LOOKED_AT of all mailboxes.

    An entry belongs to a mailbox if it was written to it. Needs one call for each hundred emails that are looked at.
    """
    found: dict[str, None] = {}
    places = islice(_newest(), MOST_LOOKED_AT)
    while len(found) < most and (batch := list(islice(places, READ_BATCH))):
        rows = read_rows(batch)
        for key in batch:
            record_id = _record_id(rows[key], mailbox) if key in rows else None
            if record_id is not None:
                found[record_id] = None
    return list(found)[:most]


def recorded_email(record_id: str) -> RecordedEmail | None:
    """What the email with this record id is; None if there is none (any more)."""
    key = keys.record(record_id)
    row = read_rows([key]).get(key)
    match row:
        case UnprocessedRow():
            return RecordedEmail(EmailState(Outcome.UNPROCESSED, Reason(row.reason)), row.raw_key)
        case PointerRow():
            return RecordedEmail(EmailState(Outcome(row.outcome), case_id=row.case_id), row.raw_key)
        case CaseRow():
            return RecordedEmail(EmailState(Outcome.CASE, case_id=record_id), row.raw_key)
        case _:
            return None


def _newest() -> Iterator[Key]:
    """The keys of all cases, entries and unprocessed emails, newest first."""
    logs = [
        ((row.gsi4sk, (row.pk, row.sk)) for row in _log(partition))
        for partition in (index_keys.ACTIVITY, index_keys.ARRIVED_UNPROCESSED)
    ]
    return (key for _, key in merge(*logs, reverse=True))


def _log(partition: str) -> Iterator[KeysRow]:
    return iter(KeysRow.gsi4.query(partition, scan_index_forward=False, page_size=READ_BATCH))


def _record_id(row: Row, mailbox: str) -> str | None:
    """The record id of the inbound email of an item, if it belongs to the mailbox."""
    if isinstance(row, CaseRow | UnprocessedRow):
        belongs = normalise(row.mailbox or "") == mailbox and (isinstance(row, UnprocessedRow) or row.email_id)
        return keys.record_id_of(row.pk) if belongs else None
    if not isinstance(row, EntryRow) or row.direction == Direction.OUTBOUND.value:
        return None
    email = email_of(row, None)
    written_to = {without_tag(address.address) for address in (*email.to, *email.cc)} if email else set()
    return record_id_in(keys.email_id_of(row.sk)) if mailbox in written_to else None

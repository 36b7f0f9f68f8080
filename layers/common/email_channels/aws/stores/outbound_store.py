"""Outbound entries: written before they are sent, and changed by whatever tells how far they got.

`docs/data-model.md`, "an agent's email" and "delivery events", has the order of these writes and what a crash leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from email_channels.addresses import normalise, without_tag
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import conversion, keys
from email_channels.aws.rows.codec import email_to_summary, recipients_out
from email_channels.aws.rows.table import CaseRow, EntryRow, KeysRow, Row, connection
from email_channels.aws.rows.work_rows import IdempotencyRow, SentRow, idempotency_row, sent_row
from email_channels.aws.stores.follow_up_store import MAX_PARTICIPANTS
from email_channels.aws.stores.record_store import read_rows
from email_channels.cases.history import Direction, Entry, StoredEmail
from email_channels.cases.identity import sent_message_id_key
from email_channels.cases.recipients import RecipientState
from email_channels.errors import EmailChannelsError, NotFound
from email_channels.times import from_text, to_text

Change = Callable[[StoredEmail], StoredEmail]
_READ_BATCH = 100


class KeyTaken(EmailChannelsError):
    """Another request with the same Idempotency-Key came first."""


@dataclass(frozen=True, slots=True)
class FirstUse:
    """What was sent under an Idempotency-Key: the hash of the request, and the entry."""

    request_hash: str
    email_id: str


class OutboundStore:
    """Reads and writes outbound entries. Raises ConcurrentChange where others keep changing the same item, and
    PynamoDB's exceptions for AWS's faults. Without `mail` entries are changed only, not made or read whole."""

    def __init__(self, mail: MailBucket | None = None) -> None:
        self._mail = mail

    def first_use(self, case_id: str, key: str, now: datetime) -> FirstUse | None:
        """What was sent under this key within a day; None if nothing was."""
        at = keys.idempotency(case_id, key)
        row = read_rows([at]).get(at)
        # DynamoDB deletes what has expired hours later.
        if not isinstance(row, IdempotencyRow) or (row.expires_at or 0) <= now.timestamp():
            return None
        return FirstUse(row.request_hash, row.email_id)

    def entry(self, case_id: str, email_id: str) -> Entry | None:
        """The outbound entry with its content, read consistently."""
        row = _read(case_id, email_id)
        return conversion.entry_of(row, self._mail) if row else None

    def mailboxes_among(self, addresses: Iterable[str]) -> frozenset[str]:
        """Which of these addresses are mailboxes that were added at run time, or receive for one; normalised."""
        asked = {form(address) for address in addresses for form in (normalise, without_tag)}
        wanted = [make(address) for address in sorted(asked) for make in (keys.mailbox, keys.receiving)]
        return frozenset(address for _, address in read_rows(wanted)) if wanted else frozenset()

    def create(self, entry: Entry, storage_id: str, key: str, request_hash: str, now: datetime) -> None:
        """Writes the entry, to be sent, under the key; and the case's activity and participants with it.

        All or nothing; a long text goes to the bucket before, under `storage_id`. Raises KeyTaken if there is something
        under the key, NotFound if there is no such case.
        """
        assert self._mail is not None
        row = conversion.entry_row(entry, None, storage_id, self._mail)
        retry_on_conflict(lambda: _create(row, entry, key, request_hash, now))

    def change(self, case_id: str, email_id: str, change: Change, known: Entry | None = None) -> Entry | None:
        """Writes what `change` makes of an outbound email, and returns the entry; None if there is none.

        `change` is called again, with the newer email, if somebody else was quicker. `known` saves the first reading.
        Once the email has its message id, answers find the case by it; it then no longer waits to be sent, nor does
        it when nobody is left whom it is queued for.
        """
        seen = [known] if known else []

        def attempt() -> Entry | None:
            entry = seen.pop() if seen else self._read_entry(case_id, email_id)
            if entry is None:
                return None
            changed = change(entry.email)
            if changed == entry.email:
                return entry
            self._write(entry, changed)
            return replace(entry, email=changed, version=entry.version + 1)

        return retry_on_conflict(attempt)

    def sent_as(self, message_id: str) -> tuple[str, str] | None:
        """(case id, email id) of the entry with this message id; after a move, not those that it was sent with."""
        at = keys.sent(sent_message_id_key(message_id))
        row = read_rows([at]).get(at)
        return (row.case_id, row.email_id) if isinstance(row, SentRow) and row.email_id else None

    def waiting(self, until: datetime) -> Iterator[tuple[str, str]]:
        """(case id, email id) of entries written before `until` that SES has not confirmed to have taken."""
        found = KeysRow.gsi2.query(conversion.TO_SEND_PARTITION, KeysRow.gsi2sk < to_text(until), page_size=_READ_BATCH)
        for row in found:
            yield row.pk.partition("#")[2], row.sk.partition("#")[2]

    @staticmethod
    def _read_entry(case_id: str, email_id: str) -> Entry | None:
        row = _read(case_id, email_id)
        return conversion.entry_of(row) if row else None

    @staticmethod
    def _write(entry: Entry, changed: StoredEmail) -> None:
        pk, sk = keys.entry(entry.case_id, changed.email_id)
        row = EntryRow(pk=pk, sk=sk)
        actions: list[Action] = [
            EntryRow.recipients.set(recipients_out(changed.recipients)),
            EntryRow.version.set(entry.version + 1),
        ]
        queued = any(recipient.state is RecipientState.QUEUED for recipient in changed.recipients)
        if changed.message_id is not None or not queued:
            actions += [EntryRow.gsi2pk.remove(), EntryRow.gsi2sk.remove()]
        unchanged = EntryRow.version == entry.version
        if changed.message_id == entry.email.message_id or changed.message_id is None:
            row.update(actions=actions, condition=unchanged)
            return
        actions.append(EntryRow.summary.set(email_to_summary(changed)))
        with TransactWrite(connection=connection()) as transaction:
            transaction.save(sent_row(changed.message_id, entry.case_id, changed.email_id))
            transaction.update(row, actions=actions, condition=unchanged)


def _create(row: EntryRow, entry: Entry, key: str, request_hash: str, now: datetime) -> None:
    pk, sk = keys.head(entry.case_id)
    case = read_rows([(pk, sk)]).get((pk, sk))
    if not isinstance(case, CaseRow):
        raise NotFound("There is no such case.")
    at = to_text(max(now, from_text(case.updated_at)))
    use = idempotency_row(entry.case_id, key, request_hash, entry.email.email_id, now)
    unused = Row.pk.does_not_exist() | (Row.expires_at <= int(now.timestamp()))
    try:
        with TransactWrite(connection=connection()) as transaction:
            transaction.save(use, condition=unused)
            transaction.save(row, condition=Row.pk.does_not_exist())
            transaction.update(
                CaseRow(pk=pk, sk=sk),
                actions=_activity(case, at, entry.email),
                condition=CaseRow.status.exists() & (CaseRow.updated_at <= at),
            )
    except TransactWriteError as error:
        reasons = error.cancellation_reasons
        if reasons and reasons[0] is not None and reasons[0].code == "ConditionalCheckFailed":
            raise KeyTaken from error
        raise


def _read(case_id: str, email_id: str) -> EntryRow | None:
    at = keys.entry(case_id, email_id)
    row = read_rows([at]).get(at)
    return row if isinstance(row, EntryRow) and row.direction == Direction.OUTBOUND.value else None


def _activity(case: CaseRow, at: str, email: StoredEmail) -> list[Action]:
    """The case's newest activity, and the recipients as people who take part in it."""
    actions: list[Action] = [CaseRow.updated_at.set(at), CaseRow.gsi1sk.set(f"{at}#{case.pk.partition('#')[2]}")]
    known = set(case.participants or ())
    new = {normalise(recipient.address) for recipient in email.recipients} - known
    if new and len(known) + len(new) <= MAX_PARTICIPANTS:
        actions.append(CaseRow.participants.add(new))
    return actions

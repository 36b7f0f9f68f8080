"""Outbound entries: written before the email is sent, and changed when its delivery states change.

`docs/data-model.md` ("An agent's email", "Delivery events") has the order of these writes, and says what is left after
a crash between two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from email_channels.addresses import normalise, without_tag
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.audit_rows import audit_row
from email_channels.aws.rows.case_rows import CaseRow, ParticipantsRow, bytes_of, emails_of, last_activity_of
from email_channels.aws.rows.codec import recipients_to_json
from email_channels.aws.rows.entry_rows import EntryRow, entry_of, entry_row
from email_channels.aws.rows.outbound_rows import SentRow, sent_row
from email_channels.aws.rows.table import READ_BATCH, KeysRow, Row, connection, expiry, read_row, read_rows
from email_channels.aws.stores.history_counts import set_counts, unchanged_counts
from email_channels.aws.stores.moving.merged_cases import moved_by_merge, refusal
from email_channels.aws.stores.participant_sets import adding, new_participants
from email_channels.aws.stores.requests.request_keys import IdempotencyKeyTaken, RequestKey
from email_channels.cases.audit.records import AuditRecord
from email_channels.cases.case import WaitingOn, is_full
from email_channels.cases.history import Direction, Entry, StoredEmail
from email_channels.cases.identity import sent_message_id_key
from email_channels.cases.noticing.failures import failed_recipients, must_be_noticed
from email_channels.cases.recipients import RecipientRole, RecipientState
from email_channels.errors import Conflict, NotFound
from email_channels.times import from_text, to_text

Change = Callable[[StoredEmail], StoredEmail]


class OutboundStore:
    """Reads and writes outbound entries. `mail` is needed only to create entries and to read them with their content.

    Raises ConcurrentChange if others keep changing the same item, and PynamoDB's exceptions for AWS's faults.
    """

    def __init__(self, mail: MailBucket | None = None) -> None:
        self._mail = mail

    def entry(self, case_id: str, email_id: str) -> Entry | None:
        """The outbound entry with its content, read consistently, even if its case was merged into another one; None if
        there is none."""
        row = _read(case_id, email_id)
        return entry_of(row, self._mail) if row else None

    def mailboxes_among(self, addresses: Iterable[str]) -> frozenset[str]:
        """Those of these addresses that are the address or the receiving address of a mailbox added at run time.

        Each address is looked up with and without its plus part. The result has the normalised form that was found.
        """
        asked = {form(address) for address in addresses for form in (normalise, without_tag)}
        wanted = [make(address) for address in sorted(asked) for make in (keys.mailbox, keys.receiving)]
        return frozenset(address for _, address in read_rows(wanted)) if wanted else frozenset()

    def create(self, entry: Entry, storage_id: str, used: RequestKey, now: datetime, record: AuditRecord) -> None:
        """Writes the entry, the Idempotency-Key, the case's activity and participants, and the audit record, in one
        transaction.

        A long content is written to the bucket first, under `storage_id`. Raises IdempotencyKeyTaken if the key was
        used in the last day, NotFound if there is no such case, Conflict if the case is full or merged.
        """
        assert self._mail is not None
        row = entry_row(entry, None, storage_id, self._mail)
        retry_on_conflict(lambda: _create(row, entry, used, now, record))

    def change(
        self, case_id: str, email_id: str, change: Change, now: datetime, known: Entry | None = None
    ) -> Entry | None:
        """Changes an outbound email with the function `change`. Returns the changed entry; None if there is none.

        The entry is found, even if its case was merged into another one. After a concurrent change, `change` is called
        again with the newer email. A caller that has just read the entry passes it as `known`, which saves a read. When
        the email gets its message id, a SentRow is written in the same transaction, so that replies find the case. The
        entry leaves the index partition TO_SEND when it has a message id, or when no recipient is queued any more. If
        the case must notice the change, the entry is in the index partition TO_NOTICE from then on, at the time `now`.
        """
        seen = [known] if known else []

        def attempt() -> Entry | None:
            entry = seen.pop() if seen else self._read_entry(case_id, email_id)
            if entry is None:
                return None
            changed = change(entry.email)
            if changed == entry.email:
                return entry
            self._write(entry, changed, now)
            return replace(entry, email=changed, version=entry.version + 1)

        return retry_on_conflict(attempt)

    def sent_as(self, message_id: str) -> tuple[str, str] | None:
        """(case id, email id) of the entry with this message id, even if it was moved to another case; None if none."""
        row = read_row(keys.sent(sent_message_id_key(message_id)), SentRow)
        return (row.case_id, row.email_id) if row and row.email_id else None

    def unconfirmed(self, until: datetime) -> Iterator[tuple[str, str]]:
        """(case id, email id) of each entry that was written before `until` and that SES has not confirmed."""
        found = KeysRow.gsi2.query(index_keys.TO_SEND, KeysRow.gsi2sk < index_keys.before(until), page_size=READ_BATCH)
        for row in found:
            yield keys.record_id_of(row.pk), keys.email_id_of(row.sk)

    @staticmethod
    def unnoticed(until: datetime) -> Iterator[tuple[str, str]]:
        """(case id, email id) of each entry whose change before `until` its case has not noticed."""
        found = KeysRow.gsi2.query(
            index_keys.TO_NOTICE, KeysRow.gsi2sk < index_keys.before(until), page_size=READ_BATCH
        )
        for row in found:
            yield keys.record_id_of(row.pk), keys.email_id_of(row.sk)

    @staticmethod
    def _read_entry(case_id: str, email_id: str) -> Entry | None:
        row = _read(case_id, email_id)
        return entry_of(row) if row else None

    @staticmethod
    def _write(entry: Entry, changed: StoredEmail, now: datetime) -> None:
        pk, sk = keys.entry(entry.case_id, changed.email_id)
        row = EntryRow(pk=pk, sk=sk)
        actions: list[Action] = [
            EntryRow.recipients.set(recipients_to_json(changed.recipients)),
            EntryRow.version.set(entry.version + 1),
        ]
        waited, waits = _waits(entry.email), _waits(changed)
        if not waits and (must_be_noticed(entry.email, changed) or (waited and failed_recipients(changed))):
            at = index_keys.at_time(to_text(now), entry.case_id)
            actions += [EntryRow.gsi2pk.set(index_keys.TO_NOTICE), EntryRow.gsi2sk.set(at)]
            actions.append(EntryRow.failures.set((EntryRow.failures | 0) + 1))
        elif waited and not waits:
            actions += [EntryRow.gsi2pk.remove(), EntryRow.gsi2sk.remove()]
        unchanged = EntryRow.version == entry.version
        if changed.message_id == entry.email.message_id or changed.message_id is None:
            row.update(actions=actions, condition=unchanged)
            return
        actions.append(EntryRow.message_id.set(changed.message_id))
        with TransactWrite(connection=connection()) as transaction:
            transaction.save(sent_row(changed.message_id, entry.case_id, changed.email_id, changed.subject))
            transaction.update(row, actions=actions, condition=unchanged)


def _waits(email: StoredEmail) -> bool:
    """Whether an email waits for SES to confirm it, or to be shown as failed."""
    return email.message_id is None and any(row.state is RecipientState.QUEUED for row in email.recipients)


def _create(row: EntryRow, entry: Entry, used: RequestKey, now: datetime, record: AuditRecord) -> None:
    case = read_row(keys.record(entry.case_id), CaseRow)
    if case is None:
        raise NotFound("There is no such case.")
    if case.merged_into:
        raise refusal(case.merged_into)
    if is_full(emails_of(case), bytes_of(case)):
        raise Conflict("The case is full: it has 1,000 emails, or emails of 2 GB together. Open a new case.")
    at = to_text(max(now, from_text(case.updated_at)))
    use = used.row(entry.case_id, entry.email.email_id, now)
    unused = Row.pk.does_not_exist() | (Row.expires_at <= expiry(now))
    shown = (row.address for row in entry.email.recipients if row.role is not RecipientRole.BCC)
    participants = new_participants(case, map(normalise, shown))
    try:
        with TransactWrite(connection=connection()) as transaction:
            transaction.save(use, condition=unused)
            transaction.save(row, condition=Row.pk.does_not_exist())
            transaction.save(audit_row(record), condition=Row.pk.does_not_exist())
            transaction.update(
                CaseRow(pk=case.pk, sk=case.sk),
                actions=[*_activity(case, at, row, entry.email), *participants.actions],
                condition=CaseRow.merged_into.does_not_exist() & (CaseRow.updated_at <= at) & unchanged_counts(case),
            )
            # At most 16 items. A send that is refused must not let its recipients into the case.
            for other in participants.others:
                transaction.update(ParticipantsRow(pk=other.pk, sk=other.sk), actions=adding(other))
    except TransactWriteError as error:
        reasons = error.cancellation_reasons
        if reasons and reasons[0] is not None and reasons[0].code == "ConditionalCheckFailed":
            raise IdempotencyKeyTaken from error
        raise


def _read(case_id: str, email_id: str) -> EntryRow | None:
    row = read_row(keys.entry(case_id, email_id), EntryRow) or moved_by_merge(case_id, email_id)
    return row if row and row.direction == Direction.OUTBOUND.value else None


def _activity(case: CaseRow, at: str, row: EntryRow, email: StoredEmail) -> list[Action]:
    """The actions that count a new entry, and note the case's newest activity, and that it waits on the employee."""
    counted_to = max(case.counted_to or "", email.email_id)
    actions: list[Action] = [
        CaseRow.updated_at.set(at),
        CaseRow.gsi1sk.set(index_keys.at_time(at, keys.record_id_of(case.pk))),
        CaseRow.waiting_on.set(WaitingOn.EMPLOYEE.value),
        CaseRow.acted_at.set(at),
        CaseRow.last_outbound_at.set(to_text(email.at)),
        *set_counts(int(case.entries or 0) + 1, int(case.entry_bytes or 0) + email.size, counted_to),
    ]
    if row.gsi4sk and row.gsi4sk > last_activity_of(case):
        actions.append(CaseRow.last_activity.set(row.gsi4sk))
    return actions

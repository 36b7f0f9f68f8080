"""Emails that a person gives to a case: unprocessed ones, and entries of another case.

Each is one transaction under the versions that were read, so that an email is never in two places, nor in none. Where
the record of an email says that it became an entry (a pointer), the pointer moves with the entry: whoever finds it
without its entry would write the entry again. The stream tells `notify` of a new entry, or of an unprocessed email that
became a case, as of any other; what follows (activity, participants, alert) follows from that.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pynamodb.exceptions import PutError
from pynamodb.transactions import TransactWrite

from email_channels.aws import conversion, keys
from email_channels.aws.codec import matched_out, pack
from email_channels.aws.contention import settle, was_crossed
from email_channels.aws.mail_store import MailStore
from email_channels.aws.record_store import read_rows
from email_channels.aws.rows import CaseRow, EmailRow, EntryRow, PointerRow, Row, UnprocessedRow, connection
from email_channels.case import Case
from email_channels.errors import ConcurrentChange, Conflict, NotFound
from email_channels.history import Certainty, Direction, Entry, How, MatchedBy, StoredEmail
from email_channels.identity import EmailIdentity
from email_channels.record import Outcome
from email_channels.times import to_text
from email_channels.unprocessed import Unprocessed

BY_A_PERSON = MatchedBy(How.ASSIGNED, Certainty.PERSON)
# Of an email whose content is in the bucket, so much of the issue stays with the case when the email is moved away.
_MAX_ISSUE = 50_000
_EMAIL_ID_TIME_LENGTH = 9


class AssignmentStore:
    """Raises NotFound for what is not (or no longer) there, Conflict for what cannot be done, ConcurrentChange, and
    PynamoDB's and botocore's exceptions for AWS's faults."""

    def __init__(self, mail: MailStore) -> None:
        self._mail = mail

    def add_to_case(self, record_id: str, case_id: str) -> StoredEmail:
        """Makes an unprocessed email an entry of an existing case, and its record a pointer to that."""
        return settle(lambda: self._add_to_case(record_id, case_id))

    def make_case(self, item: Unprocessed, case: Case) -> None:
        """Puts a case in the place of an unprocessed email, which has to be as it was read; raises ConcurrentChange
        otherwise. `case` has the email's id and the next version."""
        row = _unprocessed(item.id)
        new = conversion.case_row(case, _identity(row), self._mail)
        new.issue = pack(case.issue)
        try:
            new.save(condition=(Row.version == item.version) & UnprocessedRow.reason.exists())
        except PutError as error:
            if was_crossed(error):
                raise ConcurrentChange(f"unprocessed email {item.id} changed in between") from error
            raise

    def move(self, case_id: str, email_id: str, to_case_id: str, now: datetime) -> StoredEmail:
        """Moves a received email from one case's history to another's."""
        return settle(lambda: self._move(case_id, email_id, to_case_id, now))

    def _add_to_case(self, record_id: str, case_id: str) -> StoredEmail:
        row = _unprocessed(record_id)
        email = replace(conversion.unprocessed_of(row, self._mail).email, matched_by=BY_A_PERSON)
        identity = _identity(row)
        entry = conversion.entry_row(Entry(case_id, email), identity, record_id, self._mail)
        pk, sk = keys.head(record_id)
        pointer = PointerRow(
            pk=pk,
            sk=sk,
            version=int(row.version or 1) + 1,
            identity=identity.key,
            outcome=Outcome.ENTRY.value,
            case_id=case_id,
            email_id=email.email_id,
            raw_key=email.raw_key,
            matched_by=matched_out(BY_A_PERSON),
        )
        with TransactWrite(connection=connection()) as transaction:
            _require_case(transaction, case_id)
            transaction.save(entry, condition=Row.pk.does_not_exist())
            transaction.save(pointer, condition=(Row.version == row.version) & UnprocessedRow.reason.exists())
        return email

    def _move(self, case_id: str, email_id: str, to_case_id: str, now: datetime) -> StoredEmail:
        head_key, entry_key = keys.head(case_id), keys.entry(case_id, email_id)
        record_key = keys.head(email_id[_EMAIL_ID_TIME_LENGTH:])
        rows = read_rows([head_key, entry_key, record_key])
        head, entry, record = rows.get(head_key), rows.get(entry_key), rows.get(record_key)
        if not isinstance(head, CaseRow):
            raise NotFound("There is no such case.")
        source = entry if isinstance(entry, EntryRow) else head
        email = self._email_of(source)
        if email is None or email.email_id != email_id:
            raise NotFound("There is no such email in this case.")
        if email.direction is not Direction.INBOUND:
            raise Conflict("Only emails that were received can be moved: answers to what was sent from here come here.")
        email = replace(email, matched_by=BY_A_PERSON)
        identity = _identity(source)
        new = conversion.entry_row(Entry(to_case_id, email), identity, email_id[_EMAIL_ID_TIME_LENGTH:], self._mail)
        with TransactWrite(connection=connection()) as transaction:
            _require_case(transaction, to_case_id)
            transaction.save(new, condition=Row.pk.does_not_exist())
            if isinstance(source, CaseRow):
                self._take_from_head(transaction, source, now)
            else:
                transaction.delete(source, condition=Row.version == source.version)
            if isinstance(record, PointerRow) and (record.case_id, record.email_id) == (case_id, email_id):
                transaction.update(
                    record,
                    actions=[PointerRow.case_id.set(to_case_id), Row.version.set(int(record.version or 1) + 1)],
                    condition=Row.version == record.version,
                )
        return email

    def _email_of(self, row: CaseRow | EntryRow) -> StoredEmail | None:
        if isinstance(row, CaseRow):
            return conversion.case_of(row, self._mail).email
        return conversion.entry_of(row, self._mail).email

    def _take_from_head(self, transaction: TransactWrite, head: CaseRow, now: datetime) -> None:
        """The case keeps its issue and its identity, but no longer the email that it was made from."""
        issue = conversion.case_of(head, self._mail).issue
        kept = issue if len(issue) <= _MAX_ISSUE else f"{issue[:_MAX_ISSUE]}\n[...]"
        case_id = head.pk.partition("#")[2]
        at = max(to_text(now), head.updated_at)
        transaction.update(
            head,
            actions=[
                CaseRow.issue.set(pack(kept)),
                CaseRow.summary.remove(),
                CaseRow.recipients.remove(),
                CaseRow.content.remove(),
                CaseRow.content_key.remove(),
                CaseRow.gsi3pk.remove(),
                CaseRow.gsi3sk.remove(),
                CaseRow.updated_at.set(at),
                CaseRow.gsi1sk.set(f"{at}#{case_id}"),
                Row.version.set(int(head.version or 1) + 1),
            ],
            condition=Row.version == head.version,
        )


def _unprocessed(record_id: str) -> UnprocessedRow:
    row = read_rows([keys.head(record_id)]).get(keys.head(record_id))
    if not isinstance(row, UnprocessedRow):
        raise NotFound("There is no such unprocessed email.")
    if row.purge_id:
        raise Conflict("The email is being purged.")
    return row


def _require_case(transaction: TransactWrite, case_id: str) -> None:
    """So that the case cannot have gone since somebody looked."""
    pk, sk = keys.head(case_id)
    transaction.condition_check(CaseRow, pk, sk, condition=CaseRow.status.exists())


def _identity(row: EmailRow) -> EmailIdentity:
    """The identity of the email that an item holds."""
    thread = (row.gsi3pk or "").partition("#")[2]
    return EmailIdentity(key=row.identity or "", content=row.content_identity or "", thread_key=thread)

"""Emails that a person gives to a case: unprocessed ones, and entries of another case.

Each is one transaction under the versions that were read, so that an email is never in two places, nor in none. Where
the record of an email says that it became an entry (a pointer), the pointer moves with the entry: whoever finds it
without its entry would write the entry again. The stream tells `notify` of a new entry, or of an unprocessed email that
became a case, as of any other; what follows (activity, participants, alert) follows from that.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pynamodb.exceptions import PutError
from pynamodb.transactions import TransactWrite

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import retry_on_conflict, was_crossed
from email_channels.aws.rows import conversion, keys
from email_channels.aws.rows.codec import matched_out, pack
from email_channels.aws.rows.table import (
    CaseRow,
    EmailRow,
    EntryRow,
    MovedRow,
    PointerRow,
    Row,
    UnprocessedRow,
    connection,
)
from email_channels.aws.rows.work_rows import SentRow
from email_channels.aws.stores.record_store import read_rows
from email_channels.cases.case import Case
from email_channels.cases.history import Direction, StoredEmail
from email_channels.cases.identity import EmailIdentity, sent_message_id_key
from email_channels.cases.matches import MatchedBy, MatchMethod, MatchStrength
from email_channels.cases.outcomes import Outcome
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import ConcurrentChange, Conflict, NotFound
from email_channels.times import to_text

BY_A_PERSON = MatchedBy(MatchMethod.ASSIGNED, MatchStrength.PERSON)
# Of an email whose content is in the bucket, so much of the issue stays with the case when the email is moved away.
_MAX_ISSUE = 50_000
_EMAIL_ID_TIME_LENGTH = 9
# A worker that has read where an email belongs, and is slow to write it there, ends within minutes.
_MOVED_LIFETIME = timedelta(days=1)


class AssignmentStore:
    """Raises NotFound for what is not (or no longer) there, Conflict for what cannot be done, ConcurrentChange, and
    PynamoDB's and botocore's exceptions for AWS's faults."""

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def add_to_case(self, record_id: str, case_id: str) -> StoredEmail:
        """Makes an unprocessed email an entry of an existing case, and its record a pointer to that."""
        return retry_on_conflict(lambda: _add_to_case(record_id, case_id))

    def make_case(self, item: Unprocessed, case: Case) -> None:
        """Puts a case in the place of an unprocessed email, which has to be as it was read; raises ConcurrentChange
        otherwise. `case` has the email's id and the next version."""
        row = _unprocessed(item.id)
        new = conversion.case_row(case, _identity(row), self._mail)
        new.issue = pack(case.issue)
        try:
            new.save(condition=(Row.version == item.version) & UnprocessedRow.reason.exists())
        except PutError as error:
            if not was_crossed(error):
                raise
            # It may have been our own write that crossed ours: without an answer, the SDK writes again.
            stored = read_rows([(new.pk, new.sk)]).get((new.pk, new.sk))
            if not isinstance(stored, CaseRow) or stored.attribute_values != new.attribute_values:
                raise ConcurrentChange(f"unprocessed email {item.id} changed in between") from error

    def move(self, case_id: str, email_id: str, to_case_id: str, now: datetime) -> StoredEmail:
        """Moves an email from one case's history to another's. Raises Conflict for one that SES has not taken (yet):
        what SES still says of it would not find it."""
        return retry_on_conflict(lambda: self._move(case_id, email_id, to_case_id, now))

    def _move(self, case_id: str, email_id: str, to_case_id: str, now: datetime) -> StoredEmail:
        head_key, entry_key = keys.head(case_id), keys.entry(case_id, email_id)
        record_key = keys.head(email_id[_EMAIL_ID_TIME_LENGTH:])
        rows = read_rows([head_key, entry_key, record_key])
        head, entry, record = rows.get(head_key), rows.get(entry_key), rows.get(record_key)
        if not isinstance(head, CaseRow):
            raise NotFound("There is no such case.")
        source = entry if isinstance(entry, EntryRow) else head
        if source.summary is None or source.summary["id"] != email_id:
            raise NotFound("There is no such email in this case.")
        new = _entry_row(source, to_case_id)
        email = conversion.entry_of(new).email
        with TransactWrite(connection=connection()) as transaction:
            _require_case(transaction, to_case_id)
            # What expires is the mark of an earlier move away from there.
            transaction.save(new, condition=Row.pk.does_not_exist() | Row.expires_at.exists())
            if isinstance(source, CaseRow):
                self._take_from_head(transaction, source, now)
            else:
                moved = MovedRow(pk=source.pk, sk=source.sk, expires_at=int((now + _MOVED_LIFETIME).timestamp()))
                transaction.save(moved, condition=Row.version == source.version)
            if email.direction is Direction.OUTBOUND:
                _move_sent(transaction, email, case_id, to_case_id)
            elif isinstance(record, PointerRow) and (record.case_id, record.email_id) == (case_id, email_id):
                transaction.update(
                    record,
                    actions=[PointerRow.case_id.set(to_case_id), Row.version.set(int(record.version or 1) + 1)],
                    condition=Row.version == record.version,
                )
        return email

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


def _add_to_case(record_id: str, case_id: str) -> StoredEmail:
    row = _unprocessed(record_id)
    entry = _entry_row(row, case_id)
    email = conversion.entry_of(entry).email
    pointer = PointerRow(
        pk=row.pk,
        sk=row.sk,
        version=int(row.version or 1) + 1,
        identity=row.identity,
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


def _entry_row(source: EmailRow, case_id: str) -> EntryRow:
    """The item of an email as an entry of another case: all that its own item holds, contents unread."""
    summary = dict(source.summary)
    if summary["direction"] == Direction.INBOUND.value:
        summary["matched_by"] = matched_out(BY_A_PERSON)
    pk, sk = keys.entry(case_id, summary["id"])
    return EntryRow(
        pk=pk,
        sk=sk,
        version=1,
        direction=summary["direction"],
        summary=summary,
        recipients=source.recipients,
        content=source.content,
        content_key=source.content_key,
        identity=source.identity,
        content_identity=source.content_identity,
        gsi3pk=source.gsi3pk,
        gsi3sk=pk if source.gsi3pk else None,
    )


def _move_sent(transaction: TransactWrite, email: StoredEmail, case_id: str, to_case_id: str) -> None:
    """So that answers, and what SES says, find the email where it is now."""
    if email.message_id is None:
        raise Conflict("The email has not been sent (yet). Only what has been sent or received can be moved.")
    pk, sk = keys.sent(sent_message_id_key(email.message_id))
    transaction.update(
        SentRow(pk=pk, sk=sk), actions=[SentRow.case_id.set(to_case_id)], condition=SentRow.case_id == case_id
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

"""Finds and removes what is stored of a person in cases that stay, and outside of cases.

The pages are of indexes: the unprocessed emails, the cases of an employee, and the log of activity, which has every
case and every entry. An erasure reads the whole log, because no index says who wrote to which case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import (
    MOST_OWN_ISSUE_BYTES,
    CaseRow,
    DetailsRow,
    ParticipantsRow,
    case_of,
    details_row,
    kept_issue,
    with_details,
    words_due,
)
from email_channels.aws.rows.codec import email_to_json
from email_channels.aws.rows.compression import pack_content, pack_email
from email_channels.aws.rows.counter_rows import RateRow
from email_channels.aws.rows.entry_rows import EntryRow, entry_of
from email_channels.aws.rows.table import KeysRow, Row, connection, read_row, read_rows, row_of, version_of
from email_channels.aws.stores.erasure.record_erasure import objects_of
from email_channels.aws.stores.noticing.last_emails import note_departure
from email_channels.aws.stores.rate_store import rate_partitions
from email_channels.aws.stores.searching.word_store import WordStore
from email_channels.cases.case import Case
from email_channels.cases.history import Content, Entry
from email_channels.cases.search.case_words import ERASED_SUBJECT, OF_CASE
from email_channels.values import dataclass

PAGE = 100
_LEAST_ISSUE_CHARACTERS = 5_000

Place = str | None
"""Where a page ends, and the next one begins; None: at the beginning, or at the end."""


@dataclass(frozen=True, slots=True)
class Found:
    """A case or an entry in the log of activity. `case` has its first email, if that is in the case."""

    place: str
    case: Case | None = None
    entry: Entry | None = None


class PersonTraceStore:
    """Finds and removes traces. Every removal can be repeated. Raises ConcurrentChange, and PynamoDB's exceptions."""

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    @staticmethod
    def unprocessed(after: Place) -> tuple[list[str], Place]:
        """A page of the ids of all unprocessed emails, oldest first."""
        condition = KeysRow.gsi1sk > after if after else None
        found = list(KeysRow.gsi1.query(index_keys.UNPROCESSED, condition, limit=PAGE, page_size=PAGE))
        return [keys.record_id_of(row.pk) for row in found], found[-1].gsi1sk if len(found) == PAGE else None

    @staticmethod
    def cases_of(user_id: str, after: Place) -> tuple[list[str], Place]:
        """A page of the ids of an employee's cases, oldest first."""
        condition = KeysRow.gsi2sk > after if after else None
        found = list(KeysRow.gsi2.query(index_keys.employee(user_id), condition, limit=PAGE, page_size=PAGE))
        return [keys.record_id_of(row.pk) for row in found], found[-1].gsi2sk if len(found) == PAGE else None

    def log(self, after: Place) -> tuple[list[Found], Place]:
        """A page of the log of activity, oldest first: cases and entries without contents."""
        condition = KeysRow.gsi4sk > after if after else None
        found = list(KeysRow.gsi4.query(index_keys.ACTIVITY, condition, limit=PAGE, page_size=PAGE))
        rows = read_rows((row.pk, row.sk) for row in found) if found else {}
        apart = [keys.details(keys.record_id_of(row.pk)) for row in rows.values() if _is_detailed(row)]
        details = read_rows(apart) if apart else {}
        shown = []
        for key in found:
            row = rows.get((key.pk, key.sk))
            if isinstance(row, CaseRow):
                whole = with_details(row, details.get(keys.details(keys.record_id_of(row.pk))))
                shown.append(Found(key.gsi4sk, case=case_of(whole)))
            elif isinstance(row, EntryRow):
                shown.append(Found(key.gsi4sk, entry=entry_of(row)))
        return shown, found[-1].gsi4sk if len(found) == PAGE else None

    @staticmethod
    def remove_regarding(case_id: str, user_id: str) -> bool:
        """Removes whom a case is regarding, if it is this person. Returns whether it was."""

        def attempt() -> bool:
            row = read_row(keys.record(case_id), CaseRow)
            if row is None or not row.regarding or row.regarding[0] != user_id:
                return False
            WordStore.forget(case_id, OF_CASE)
            _update(row, [CaseRow.regarding.remove(), CaseRow.words_due.set(words_due(row))])
            return True

        return retry_on_conflict(attempt)

    @staticmethod
    def remove_participants(case_id: str, participants: Iterable[bytes]) -> None:
        """Removes people from the participants of a case."""
        wanted = frozenset(participants)
        row = read_row(keys.record(case_id), CaseRow)
        if row is None:
            return
        own = wanted & frozenset(row.participants or ())
        if own:
            CaseRow(pk=row.pk, sk=row.sk).update(
                actions=[CaseRow.participants.delete(set(own))], condition=CaseRow.status.exists()
            )
        if not row.more_participants:
            return
        for participant in wanted:
            pk, sk = keys.participants(case_id, participant)
            other = read_row((pk, sk), ParticipantsRow)
            if other is not None and participant in (other.participants or ()):
                other.update(actions=[ParticipantsRow.participants.delete({participant})])

    def keep_only_issue(self, case_id: str, email_id: str) -> None:
        """Removes texts, headers and trace of the first email of a case. The issue, which may have been in the bucket,
        is in the items of the case after that."""

        def attempt() -> None:
            row = self._whole(case_id)
            if row is None or row.email_id != email_id:
                return
            case = case_of(row, self._mail)
            if case.email is None:
                return
            summary, issue = email_to_json(replace(case.email, preview="")), kept_issue(case.issue)
            packed = pack_email(summary, Content(text=None, html=None, issue=issue))
            if packed is None:  # it would unpack to too much
                packed = pack_email(
                    summary, Content(text=None, html=None, issue=kept_issue(issue, _LEAST_ISSUE_CHARACTERS))
                )
            assert packed is not None
            _place_email(row, packed, [])

        retry_on_conflict(attempt)

    def take_first_email(self, case_id: str, email_id: str, *, keep_issue: bool) -> None:
        """Removes the first email of a case that stays; unless `keep_issue`, also what it said: subject and issue."""

        def attempt() -> None:
            row = self._whole(case_id)
            if row is None or row.email_id != email_id:
                return
            WordStore.forget(case_id, OF_CASE)
            issue = case_of(row).issue if keep_issue else ""
            changes = [CaseRow.words_due.set(words_due(row))]
            changes += [] if keep_issue else [CaseRow.subject.set(ERASED_SUBJECT)]
            content = Content(text=None, html=None, issue=kept_issue(issue))
            _place_email(row, pack_content(content), [*changes, *(attribute.remove() for attribute in _OF_EMAIL)])

        retry_on_conflict(attempt)
        note_departure(case_id)

    @staticmethod
    def anonymise(case_id: str) -> None:
        """Keeps only number, topic, group, states and times of a case, and the hash by which a further copy of its
        first email is found. Its entries must be gone."""

        def attempt() -> None:
            row = read_row(keys.record(case_id), CaseRow)
            if row is None:
                return
            gone = [
                *(CaseRow.email, CaseRow.employee, CaseRow.regarding, CaseRow.flags, CaseRow.siblings, CaseRow.mailbox),
                *(CaseRow.participants, CaseRow.more_participants, CaseRow.acknowledge, CaseRow.neutral),
                *(CaseRow.gsi2pk, CaseRow.gsi2sk, CaseRow.replaced_key, CaseRow.unread_from, CaseRow.warnings),
                *(
                    CaseRow.content_key,
                    CaseRow.entries,
                    CaseRow.entry_bytes,
                    CaseRow.counted_to,
                    CaseRow.last_activity,
                    CaseRow.detailed,
                    CaseRow.words_due,
                ),
            ]
            kept = [CaseRow.subject.set(ERASED_SUBJECT), CaseRow.show_to_employee.set(False)]
            _update(row, [*kept, *(attribute.remove() for attribute in (*gone, *_OF_EMAIL))])

        retry_on_conflict(attempt)

    def own_objects(self, case_id: str) -> list[str]:
        """The keys in the bucket of what a case itself holds: its first email, and an issue that is too long for it."""
        row = self._whole(case_id)
        if row is None:
            return []
        return [*objects_of(row, case_id), *([row.replaced_key] if row.replaced_key else [])]

    @staticmethod
    def forget_rates(addresses: Iterable[str], most: int) -> None:
        """Deletes how many cases these addresses opened in the last hours. `most` is the limit of an hour."""
        for pk in (pk for address in addresses for pk in rate_partitions(address, most)):
            for row in list(KeysRow.query(pk, consistent_read=True, attributes_to_get=["pk", "sk"])):
                RateRow(pk=row.pk, sk=row.sk).delete()

    @staticmethod
    def _whole(case_id: str) -> CaseRow | None:
        """The item of a case, with its details."""
        key, details = keys.record(case_id), keys.details(case_id)
        rows = read_rows([key, details])
        row = row_of(rows, key, CaseRow)
        return with_details(row, rows.get(details)) if row is not None else None


_OF_EMAIL = (
    *(CaseRow.email_id, CaseRow.recipients, CaseRow.size, CaseRow.matched_by, CaseRow.raw_key),
    *(CaseRow.content_identity, CaseRow.gsi3pk, CaseRow.gsi3sk),
)


def _is_detailed(row: Row) -> bool:
    return isinstance(row, CaseRow) and bool(row.detailed)


def _update(row: CaseRow, actions: Sequence[Action]) -> None:
    """Changes a case that still has the version that was read."""
    CaseRow(pk=row.pk, sk=row.sk).update(
        actions=[*actions, Row.version.set(version_of(row) + 1)],
        condition=Row.version == row.version,
    )


def _place_email(row: CaseRow, packed: bytes, actions: Sequence[Action]) -> None:
    """Replaces what a case keeps of its email and its issue: in its own item, or if it is long, in the details."""
    case_id = keys.record_id_of(row.pk)
    pk, sk = keys.details(case_id)
    with TransactWrite(connection=connection()) as transaction:
        if len(packed) > MOST_OWN_ISSUE_BYTES:
            transaction.save(details_row(case_id, packed))
            placed = [CaseRow.email.remove(), CaseRow.detailed.set(True)]
        else:
            if row.detailed:
                transaction.delete(DetailsRow(pk=pk, sk=sk))
            placed = [CaseRow.email.set(packed), CaseRow.detailed.remove()]
        transaction.update(
            CaseRow(pk=row.pk, sk=row.sk),
            actions=[*placed, *actions, CaseRow.content_key.remove(), Row.version.set(version_of(row) + 1)],
            condition=Row.version == row.version,
        )

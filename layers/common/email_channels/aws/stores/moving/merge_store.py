"""Merges a case into another one.

The first write closes the case, and names the target: from then on, replies go to the target, and nothing can be added
to the merged case. Then its emails move, a few in each transaction, so an email is always in exactly one case. Every
step can be repeated. What a crash leaves is moved by a repeat of the request, or by `reconcile` a quarter of an hour
later. A worker that read the case before it was merged may still write an entry there: `notify` moves it on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import (
    CaseRow,
    ParticipantsRow,
    bytes_of,
    emails_of,
    last_activity_of,
    with_details,
    words_due,
)
from email_channels.aws.rows.email_rows import EmailRow, email_of
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow
from email_channels.aws.rows.outbound_rows import SentRow
from email_channels.aws.rows.table import Row, connection, read_row, read_rows, row_bytes, row_of, version_of
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.aws.stores.history_counts import set_counts, unchanged_counts
from email_channels.aws.stores.moving.merged_cases import last_target, refusal
from email_channels.aws.stores.moving.moved_emails import (
    entry_in,
    lead_pointer,
    lead_sent,
    put_entry,
    take_entry,
    take_first_email,
)
from email_channels.aws.stores.noticing.last_emails import later_actions, unchanged_last
from email_channels.aws.stores.participant_sets import adding, new_participant_keys
from email_channels.cases import case as cases
from email_channels.cases.audit.records import Act, AuditAction
from email_channels.cases.case import CaseStatus, WaitingOn
from email_channels.cases.history import Direction, EntryKind, StoredEmail
from email_channels.cases.identity import record_id_in, sent_message_id_key
from email_channels.errors import Conflict, NotFound
from email_channels.times import to_text
from email_channels.values import dataclass

# Each takes three writes of a transaction, which has at most 100; others change the two cases.
_ENTRIES_OF_A_STEP = 30
# A transaction has at most 4 MB.
_BYTES_OF_A_STEP = 2 * 1024**2

_NO_TARGET = "There is no such case to merge into."
_OTHER_EMPLOYEE = "The two cases are not of the same employee. Correct the employee first."
_OTHER_GROUP = "The two cases are not in the same service group."
_FULL = "The two cases together have more than 1,000 emails, or emails of more than 2 GB."


class MergeStore:
    """Merges cases. Raises ConcurrentChange, and PynamoDB's and botocore's exceptions for AWS's faults."""

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def merge(self, case_id: str, into: str, now: datetime, act: Act) -> None:
        """Merges a case into another one. A repeat does what is left.

        Raises NotFound if there is no such case (any more), CaseMerged if one of the two was merged into a third one,
        and Conflict if they cannot be merged; then nothing has changed.
        """
        retry_on_conflict(lambda: _close(case_id, into, now, act))
        self.finish(case_id, now)

    def finish(self, case_id: str, now: datetime) -> bool:
        """Moves what a merged case has to the case into which it was merged. Returns whether there was anything.

        Does nothing for a case that is not merged, and if its target was erased.
        """
        target = _target_of(case_id)
        if target is None:
            return False
        _bring_participants(case_id, target)
        moved = self._move_first(case_id, now)
        # An email may arrive while the others move.
        while email_ids := _entries_of(case_id):
            moved = True
            while email_ids:
                batch = frozenset(email_ids[:_ENTRIES_OF_A_STEP])
                if not (gone := self._move_some(case_id, batch, now)):
                    return moved
                email_ids = [email_id for email_id in email_ids if email_id not in gone]
        return moved

    def move_on(self, case_id: str, email_id: str, now: datetime) -> None:
        """Moves an email that arrived in a merged case."""
        self._move_some(case_id, frozenset([email_id]), now)

    def _move_first(self, case_id: str, now: datetime) -> bool:
        """Moves the email that the case was made from. Returns whether it had one."""

        def attempt() -> bool:
            details_key = keys.details(case_id)
            step = _read_step(case_id, frozenset(), details_key)
            if step is None or step.case.email_id is None:
                return False
            source = with_details(step.case, step.others.get(details_key))
            entry = entry_in(source, keys.record_id_of(step.target.pk), None, acknowledge=True)
            with TransactWrite(connection=connection()) as transaction:
                put_entry(transaction, entry)
                take_first_email(transaction, source, self._mail, now)
                _add_to_target(transaction, step.target, [entry])
            return True

        return retry_on_conflict(attempt)

    @staticmethod
    def _move_some(case_id: str, email_ids: frozenset[str], now: datetime) -> frozenset[str]:
        """Moves these entries, at least one. Returns the ids of those that are not in the case (any more); none if the
        target was erased."""
        return retry_on_conflict(lambda: _move_entries(case_id, email_ids, now))


@dataclass(frozen=True, slots=True)
class _Step:
    """What a step reads: a merged case, the case that gets its emails, and some entries of the merged case.

    `absent` are the ids of entries that are not there. `others` are other items, by their keys.
    """

    case: CaseRow
    target: CaseRow
    entries: tuple[EntryRow, ...]
    absent: frozenset[str]
    others: Mapping[keys.Key, Row]


def _close(case_id: str, into: str, now: datetime, act: Act) -> None:
    """Closes a case, and names the case into which it is merged; unless a former attempt has done that."""
    case_key, into_key = keys.record(case_id), keys.record(into)
    rows = read_rows([case_key, into_key])
    case, target = row_of(rows, case_key, CaseRow), row_of(rows, into_key, CaseRow)
    if case is None:
        raise NotFound("There is no such case.")
    if case.merged_into == into:
        return
    if case.merged_into:
        raise refusal(case.merged_into)
    if target is None:
        raise Conflict(_NO_TARGET)
    _require_mergeable(case, target)
    at = max(to_text(now), case.updated_at)
    before = {"status": case.status, "merged_into": None}
    after = {"status": CaseStatus.CLOSED.value, "merged_into": into}
    with audited_transaction(act.record(AuditAction.CASE_MERGE, case_id, before, after)) as transaction:
        transaction.update(
            CaseRow(pk=case.pk, sk=case.sk),
            actions=[
                CaseRow.merged_into.set(into),
                CaseRow.status.set(CaseStatus.CLOSED.value),
                CaseRow.waiting_on.set(WaitingOn.NOBODY.value),
                CaseRow.acted_at.set(at),
                CaseRow.unread_from.remove(),
                CaseRow.warnings.remove(),
                CaseRow.last_inbound_at.remove(),
                CaseRow.last_outbound_at.remove(),
                CaseRow.updated_at.set(at),
                CaseRow.gsi1pk.set(index_keys.cases(case.service_group, CaseStatus.CLOSED)),
                CaseRow.gsi1sk.set(index_keys.at_time(at, case_id)),
                Row.version.set(version_of(case) + 1),
            ],
            condition=Row.version == case.version,
        )
        # The same version again: this requires that nobody has merged, erased or changed the target meanwhile.
        transaction.update(
            CaseRow(pk=target.pk, sk=target.sk),
            actions=[
                Row.version.set(version_of(target)),
                *([CaseRow.moved_out.set(True)] if case.moved_out else []),
            ],
            condition=Row.version == target.version,
        )


def _require_mergeable(case: CaseRow, target: CaseRow) -> None:
    if case.pk == target.pk:
        raise Conflict("A case cannot be merged into itself.")
    if target.merged_into:
        raise refusal(target.merged_into)
    if not case.employee or not target.employee or case.employee[0] != target.employee[0]:
        raise Conflict(_OTHER_EMPLOYEE)
    if case.service_group != target.service_group:
        raise Conflict(_OTHER_GROUP)
    emails, size = emails_of(case) + emails_of(target), bytes_of(case) + bytes_of(target)
    if emails_of(case) and (emails > cases.MAX_CASE_EMAILS or size > cases.MAX_CASE_BYTES):
        raise Conflict(_FULL)


def _target_of(case_id: str) -> CaseRow | None:
    """The case that gets the emails of a merged case; None if the case is not merged, or its target is gone."""
    target = last_target(case_id)
    return target if target is not None and keys.record_id_of(target.pk) != case_id else None


def _entries_of(case_id: str) -> list[str]:
    """The ids of all entries of a case, read consistently."""
    pk, _ = keys.record(case_id)
    between = EntryRow.sk.between(keys.FIRST_ENTRY, keys.AFTER_ENTRIES)
    found = EntryRow.query(pk, between, consistent_read=True, attributes_to_get=["pk", "sk", "kind", "schema"])
    return [keys.email_id_of(row.sk) for row in found]


def _bring_participants(case_id: str, target: CaseRow) -> None:
    """Lets those who take part in a merged case take part in its target. Those who do already are left out."""
    case = read_row(keys.record(case_id), CaseRow)
    if case is None:
        return
    people = frozenset(case.participants or ())
    if case.more_participants:
        found = ParticipantsRow.query(case.pk, ParticipantsRow.sk.startswith(keys.PARTICIPANTS), consistent_read=True)
        people = people.union(*(row.participants or () for row in found))

    def attempt() -> None:
        row = read_row((target.pk, target.sk), CaseRow)
        if row is None:
            return
        added = new_participant_keys(row, people, most=None)
        for other in added.others:
            other.update(actions=adding(other))
        if added.actions:
            condition = CaseRow.status.exists() & unchanged_counts(row)
            CaseRow(pk=row.pk, sk=row.sk).update(actions=added.actions, condition=condition)

    retry_on_conflict(attempt)


def _read_step(case_id: str, email_ids: frozenset[str], *more: keys.Key) -> _Step | None:
    """Reads what a step needs, with as many of these entries as a transaction takes, and the items with these keys.

    None if the case is not merged, or if its target is gone.
    """
    target = _target_of(case_id)
    if target is None:
        return None
    case_key = keys.record(case_id)
    by_id = {email_id: keys.entry(case_id, email_id) for email_id in sorted(email_ids)}
    rows = read_rows([case_key, *by_id.values(), *more])
    case = row_of(rows, case_key, CaseRow)
    if case is None or not case.merged_into:
        return None
    there = {email_id: row for email_id, key in by_id.items() if (row := row_of(rows, key, EntryRow)) is not None}
    entries: list[EntryRow] = []
    size = 0
    for row in there.values():
        size += row_bytes(row)
        if entries and size > _BYTES_OF_A_STEP:
            break
        entries.append(row)
    return _Step(case, target, tuple(entries), email_ids - there.keys(), rows)


def _move_entries(case_id: str, email_ids: frozenset[str], now: datetime) -> frozenset[str]:
    step = _read_step(case_id, email_ids)
    if step is None:
        return frozenset()
    if not step.entries:
        return step.absent
    into = keys.record_id_of(step.target.pk)
    leads = _leads_to(step.entries)
    counted = [row for row in step.entries if keys.email_id_of(row.sk) <= (step.case.counted_to or "")]
    # An inbound email that its case has not counted is new: it comes to the target as if it had arrived there.
    new = [
        entry_in(row, into, None, moved=row in counted or row.direction is not None, acknowledge=True)
        for row in step.entries
    ]
    with TransactWrite(connection=connection()) as transaction:
        for source, entry in zip(step.entries, new, strict=True):
            put_entry(transaction, entry)
            take_entry(transaction, source, now)
        for lead in leads:
            if isinstance(lead, PointerRow):
                lead_pointer(transaction, lead, into)
            else:
                lead_sent(transaction, lead, into, moved=False)
        _take_from_merged(transaction, step.case, counted)
        _add_to_target(transaction, step.target, [row for row in new if row.moved])
    return step.absent | {keys.email_id_of(row.sk) for row in step.entries}


def _leads_to(entries: Sequence[EntryRow]) -> Iterator[PointerRow | SentRow]:
    """The pointers and sent items that lead to these entries."""
    wanted: list[keys.Key] = []
    for row in entries:
        email = _email_in(row)
        if email.direction is Direction.INBOUND:
            wanted.append(keys.record(record_id_in(email.email_id)))
        elif email.message_id is not None:
            wanted.append(keys.sent(sent_message_id_key(email.message_id)))
    for lead in (read_rows(wanted) if wanted else {}).values():
        if isinstance(lead, PointerRow | SentRow):
            yield lead


def _take_from_merged(transaction: TransactWrite, case: CaseRow, entries: Sequence[EntryRow]) -> None:
    """Counts these entries no more. It also requires that the case is still merged."""
    left = max(0, int(case.entries or 0) - len(entries))
    size = max(0, int(case.entry_bytes or 0) - sum(int(row.size or 0) for row in entries))
    actions = set_counts(left, size, case.counted_to)
    actions += [CaseRow.words_due.set(words_due(row)) for row in entries[:1]]
    if case.last_activity in {row.gsi4sk for row in entries}:
        actions.append(CaseRow.last_activity.remove())
    merged = CaseRow.merged_into == case.merged_into
    transaction.update(CaseRow(pk=case.pk, sk=case.sk), actions=actions, condition=merged & unchanged_counts(case))


def _add_to_target(transaction: TransactWrite, target: CaseRow, entries: Sequence[EntryRow]) -> None:
    """Counts entries in the case that gets them, and moves it forward in lists if they are newer than all it has.

    It also requires that the case exists, and is not merged.
    """
    size = int(target.entry_bytes or 0) + sum(int(row.size or 0) for row in entries)
    counted_to = max([target.counted_to or "", *(keys.email_id_of(row.sk) for row in entries)])
    actions: list[Action] = set_counts(int(target.entries or 0) + len(entries), size, counted_to)
    active = [row for row in entries if _email_in(row).kind is EntryKind.NORMAL]
    at = max([target.updated_at, *(to_text(_email_in(row).at) for row in active)])
    if at > target.updated_at:
        case_id = keys.record_id_of(target.pk)
        actions += [CaseRow.updated_at.set(at), CaseRow.gsi1sk.set(index_keys.at_time(at, case_id))]
    last = max([last_activity_of(target), *(row.gsi4sk or "" for row in active)])
    if last > last_activity_of(target):
        actions.append(CaseRow.last_activity.set(last))
    actions += later_actions(target, entries)
    unchanged = (CaseRow.updated_at == target.updated_at) & unchanged_counts(target) & unchanged_last(target)
    transaction.update(
        CaseRow(pk=target.pk, sk=target.sk),
        actions=actions,
        condition=CaseRow.merged_into.does_not_exist() & unchanged,
    )


def _email_in(row: EmailRow) -> StoredEmail:
    email = email_of(row, None)
    assert email is not None
    return email

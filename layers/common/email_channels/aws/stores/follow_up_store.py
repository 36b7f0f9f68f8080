"""Updates of a case that follow from a new case or entry: links, alert, acknowledgement, activity.

They are not changes by agents, so the case keeps its version (its ETag).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from email_channels.addresses import address_or_domain, is_among
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import condition_failed, retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow, case_of, with_details
from email_channels.aws.rows.codec import time_from_text
from email_channels.aws.rows.configuration_rows import MailboxRow, RoutingRow, mailbox_of, routing_of
from email_channels.aws.rows.entry_rows import EntryRow, entry_of, entry_row
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.search_rows import CaseWordsRow
from email_channels.aws.rows.table import Row, read_row, read_row_cheaply, read_rows, row_of, version_of
from email_channels.aws.stores.history_counts import count_actions, unchanged_counts
from email_channels.aws.stores.moving.merge_store import MergeStore
from email_channels.aws.stores.noticing.entry_notes import leave_to_notice, note_entry, note_failure
from email_channels.aws.stores.noticing.last_emails import note_departure
from email_channels.aws.stores.noticing.notices import next_unread_version, notice_of
from email_channels.aws.stores.noticing.read_marks import ReadMarks
from email_channels.aws.stores.searching.word_store import WordStore
from email_channels.aws.stores.threads import received_under
from email_channels.cases.case import Case, CaseFlag, participant_keys
from email_channels.cases.history import Entry
from email_channels.cases.noticing.alerts import is_alert_due
from email_channels.cases.noticing.failures import failed_recipients
from email_channels.cases.routing import Routing
from email_channels.times import to_text
from email_channels.values import dataclass

# People do not see an email to more mailboxes as one conversation. The limit also keeps the set in the item small.
MAX_SIBLINGS = 50


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case, with the routing. `row` is its item, `words` the list of its words (None if it has none; also if the case
    is so new that it was not looked for)."""

    case: Case
    routing: Routing
    row: CaseRow
    words: CaseWordsRow | None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry of a case. `case` and `row` are the items of its case and of the entry, `words` is as in NewCase."""

    entry: Entry
    case: CaseRow
    row: EntryRow
    words: CaseWordsRow | None

    @property
    def alert_is_due(self) -> bool:
        """Whether the service group must be alerted of the entry, or of its failure."""
        notice = notice_of(self.row)
        if notice is None or notice.quiet or self.case.merged_into:
            return False
        return is_alert_due(time_from_text(self.case.reply_alerted_at), notice.at)

    @property
    def case_value(self) -> Case:
        """The case without its content."""
        return case_of(self.case)


@dataclass(frozen=True, slots=True)
class LateCase:
    """A case some time after it was made, without its content, and the routing. `complete`: nothing shows that a step
    is missing, apart from the alert of its group, which the caller has to judge."""

    case: Case
    routing: Routing
    complete: bool


class FollowUpStore:
    """Reads cases and entries, and updates cases. Raises PynamoDB's exceptions for AWS's faults."""

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail
        self._merges = MergeStore(mail)

    def new_case(self, case_id: str) -> NewCase | None:
        """The case with its content, the routing, and its words, read consistently; None if there is no such case.

        Needs one call; one more if the case has details, or if it may have words; and one more if the content is in the
        bucket. What is absent costs as much as what is there, so the words of a case to which nothing has happened are
        not looked for.
        """
        case_key, details_key, words_key = keys.record(case_id), keys.details(case_id), keys.case_words(case_id)
        rows = read_rows([case_key, keys.routing()])
        row = row_of(rows, case_key, CaseRow)
        if row is None:
            return None
        more = [*([details_key] if row.detailed else []), *([] if _is_untouched(row) else [words_key])]
        if more:
            rows |= read_rows(more)
        case = case_of(with_details(row, rows.get(details_key)), self._mail)
        routing = routing_of(row_of(rows, keys.routing(), RoutingRow))
        return NewCase(case, routing, row, row_of(rows, words_key, CaseWordsRow))

    @staticmethod
    def late_case(case_id: str) -> LateCase | None:
        """Returns the case and whether its follow-up seems complete, or None if no case has this id.

        Everything is read at half the price. If that misses something, the follow-up reads it consistently. Needs four
        calls.
        """
        case_key, words_key = keys.record(case_id), keys.case_words(case_id)
        rows = read_rows([case_key, words_key, keys.routing()], consistent=False)
        row, words = row_of(rows, case_key, CaseRow), row_of(rows, words_key, CaseWordsRow)
        if row is None:
            return None
        started = not (row.merged_into or row.moved_out or row.words_due or row.handed_over_at)
        acknowledged = bool(row.acknowledged_at or not row.acknowledge)
        indexed = words is not None and WordStore.is_indexed(words)
        complete = started and acknowledged and indexed and not _siblings_of(row)
        return LateCase(case_of(row), routing_of(row_of(rows, keys.routing(), RoutingRow)), complete)

    def new_entry(self, case_id: str, email_id: str) -> NewEntry | None:
        """The entry without its content, its case, and the words of the case, read consistently in one call; None if
        the entry or the case is gone."""
        case_key, entry_key, words_key = keys.record(case_id), keys.entry(case_id, email_id), keys.case_words(case_id)
        rows = read_rows([case_key, entry_key, words_key])
        case, entry = row_of(rows, case_key, CaseRow), row_of(rows, entry_key, EntryRow)
        if case is None or entry is None:
            return None
        return NewEntry(entry_of(entry), case, entry, row_of(rows, words_key, CaseWordsRow))

    def link_siblings(self, new: NewCase) -> bool:
        """Links this case and the cases of the same email in other mailboxes to each other. Returns whether a link was
        missing.

        Each case is written before its event arrives here, so the event of the last case finds all the others.
        """
        row = new.row
        found = _siblings_of(row)
        others = [
            other
            for other in (read_rows(found) if found else {}).values()
            if isinstance(other, CaseRow) and other.content_identity == row.content_identity
        ][:MAX_SIBLINGS]
        added = [_add_siblings(row, {keys.record_id_of(other.pk) for other in others})]
        added += [_add_siblings(other, {new.case.case_id}) for other in others]
        return any(added)

    def note_alert(self, case_id: str, alerted: datetime) -> None:
        """Notes that the group was alerted of a new case."""
        _update(case_id, CaseRow.alerted_at.set(to_text(alerted)))

    def prepare_acknowledgement(self, entry: Entry, storage_id: str) -> Entry:
        """Writes the entry of an acknowledgement before anybody claims it, and returns it; if there is one, that one.

        A long content is written to the bucket first, under `storage_id`.
        """
        row = entry_row(entry, None, storage_id, self._mail)
        try:
            row.save(condition=Row.pk.does_not_exist())
        except PutError as error:
            if not condition_failed(error):
                raise
            # An attempt that ended before its claim has written it, or another worker.
            found = read_row((row.pk, row.sk), EntryRow)
            return entry_of(found) if found is not None else entry
        return entry

    def claim_acknowledgement(
        self, new: NewCase, entry: Entry | None, *, alerted: datetime | None, at: datetime, sending: bool = True
    ) -> bool:
        """Claims the acknowledgement of a case, counts its entry, and notes that the group was alerted at `alerted`, in
        one write.

        Returns whether the caller may send it: true only once for each case. If another worker has claimed it, nothing
        is written, as that worker has sent the alert, too. Without an entry, or if not `sending`, the acknowledgement
        is not sent, although it is claimed; if not `sending`, the case gets the flag `not_acknowledged`.
        """
        seen = [new.row]

        def attempt() -> bool:
            row = seen.pop() if seen else read_row(keys.record(new.case.case_id), CaseRow)
            return (
                row is not None
                and bool(row.acknowledge)
                and not row.acknowledged_at
                and _claim(row, entry, alerted, at, sending)
            )

        return retry_on_conflict(attempt)

    def return_acknowledgement(self, case_id: str) -> None:
        """Withdraws the claim if SES certainly did not accept the acknowledgement. A retry can then claim it again."""
        _update(case_id, CaseRow.acknowledged_at.remove())

    @staticmethod
    def people_among(new: NewEntry, addresses: frozenset[str]) -> frozenset[str]:
        """Those of these normalised addresses that may take part in the case: no mailboxes, their trusted senders, and
        addresses of service groups.

        Makes no call if all of them take part already; otherwise two.
        """
        known = frozenset(new.case.participants or ())
        if participant_keys(addresses) <= known:
            return addresses
        row = read_row_cheaply(keys.routing(), RoutingRow)
        groups = (group.address for group in routing_of(row).service_groups.values())
        mailboxes = [mailbox_of(one) for one in MailboxRow.query(keys.MAILBOXES)]
        ours = (name for one in mailboxes for name in (one.address, one.receiving_address, *one.trusted_senders))
        never = {address_or_domain(entry) for entry in (*ours, *groups) if entry}
        return frozenset(one for one in addresses if not is_among(one, never))

    @staticmethod
    def note_departures(new: NewCase) -> None:
        """Finds out again what is unread in a case from which people have moved emails, and when the last ones came and
        were sent: the request that moved one may have ended before it did so.

        Makes no call for another case; otherwise four, and two more if something else is to be noted.
        """
        if new.row.moved_out:
            note_departure(new.case.case_id)

    def finish_merge(self, case_id: str, now: datetime) -> bool:
        """Moves what a merged case still has to the case into which it was merged. Returns whether there was any."""
        return self._merges.finish(case_id, now)

    def move_on(self, new: NewEntry, now: datetime) -> None:
        """Moves an entry that came into a merged case to the case into which that was merged."""
        self._merges.move_on(new.entry.case_id, new.entry.email.email_id, now)

    def note_entry(
        self,
        new: NewEntry,
        participants: Iterable[str] | None,
        *,
        reopens: bool,
        alerted: datetime | None = None,
        owed: bool = False,
    ) -> bool:
        """Counts an entry in its case, and lets the case notice it. Adds participants, and moves the case forward in
        lists if the entry is activity.

        `participants` are normalised addresses; None for an entry that is no activity. `reopens`: replies reopen closed
        cases. `alerted` is when the service group was alerted of the entry; `owed` says that it was not, because SES
        took no email: `reconcile` then finds the entry again. Returns whether anything was missing; a repeat changes
        nothing. If the case was merged just now, nothing is changed: the entry goes to another case, and
        is noted there. Needs one call; more for an email that arrives late, and for a case with many
        participants.
        """
        seen = [(new.case, new.row)]

        def attempt() -> bool:
            found = seen.pop() if seen else _read(new.entry.case_id, new.entry.email.email_id)
            return (
                found is not None
                and not found[0].merged_into
                and note_entry(*found, participants, reopens=reopens, alerted=alerted, owed=owed)
            )

        return retry_on_conflict(attempt)

    def note_failure(self, new: NewEntry, *, reopens: bool, alerted: datetime | None = None) -> bool:
        """Lets the case of an agent's email notice that it failed, or that it did not fail after all.

        Returns false if the case has noticed that. The entry leaves TO_NOTICE last, so a crash repeats all of it.
        """
        seen = [(new.case, new.row)]

        def attempt() -> EntryRow | None:
            found = seen.pop() if seen else _read(new.entry.case_id, new.entry.email.email_id)
            return note_failure(*found, reopens, alerted) if found is not None else None

        row = retry_on_conflict(attempt)
        if row is None:
            return False
        if not failed_recipients(entry_of(row).email):
            ReadMarks.refresh(new.entry.case_id)
        leave_to_notice(row)
        return True

    @staticmethod
    def routing() -> Routing:
        """The routing; changes of the last second may be missing."""
        return routing_of(read_row_cheaply(keys.routing(), RoutingRow))

    @staticmethod
    def note_handover(case_id: str, handed_over_at: datetime, *, alerted: datetime | None) -> bool:
        """Notes that the group to which a case was handed over at this time was told (None: it needs no alert).

        A newer handover stays. Returns false if there is one, or if there is no such case.
        """
        actions: list[Action] = [CaseRow.handed_over_at.remove()]
        if alerted:
            actions.append(CaseRow.alerted_at.set(to_text(alerted)))
        return _update(case_id, *actions, condition=CaseRow.handed_over_at == to_text(handed_over_at))


def _is_untouched(row: CaseRow) -> bool:
    """Whether nothing has happened to a case since it was made, as far as its item shows."""
    return not (row.entries or row.words_due or row.handed_over_at or row.merged_into or version_of(row) > 1)


def _siblings_of(row: CaseRow) -> list[Key]:
    """The keys of other emails that were received under the Message-ID of a case's first email."""
    return [key for key in received_under(row.gsi3pk) if key != (row.pk, row.sk)] if row.gsi3pk else []


def _read(case_id: str, email_id: str) -> tuple[CaseRow, EntryRow] | None:
    case_key, entry_key = keys.record(case_id), keys.entry(case_id, email_id)
    rows = read_rows([case_key, entry_key])
    case, entry = row_of(rows, case_key, CaseRow), row_of(rows, entry_key, EntryRow)
    return (case, entry) if case and entry else None


def _claim(row: CaseRow, entry: Entry | None, alerted: datetime | None, at: datetime, sending: bool) -> bool:
    actions: list[Action] = [CaseRow.acknowledged_at.set(to_text(at))]
    if alerted:
        actions.append(CaseRow.alerted_at.set(to_text(alerted)))
    if not sending:
        actions.append(CaseRow.flags.add({CaseFlag.NOT_ACKNOWLEDGED.value}))
    if entry is not None and not row.merged_into:  # otherwise the entry is counted where it goes
        actions += [*count_actions(row, entry.email.email_id, entry.email.size), next_unread_version(row)]
    unclaimed = CaseRow.acknowledge.exists() & CaseRow.acknowledged_at.does_not_exist()
    CaseRow(pk=row.pk, sk=row.sk).update(actions=actions, condition=unclaimed & unchanged_counts(row))
    return True


def _add_siblings(case: CaseRow, siblings: set[str]) -> bool:
    """Adds links to a case. Returns false if it has them already, or is gone."""
    new = siblings - set(case.siblings or ())
    return bool(new) and _update(keys.record_id_of(case.pk), CaseRow.siblings.add(new))


def _update(case_id: str, *actions: Action, condition: Condition | None = None) -> bool:
    """Updates the case and keeps its version. Returns false if the condition fails, or there is no such case."""
    pk, sk = keys.record(case_id)
    required = CaseRow.status.exists()
    if condition is not None:
        required &= condition
    try:
        CaseRow(pk=pk, sk=sk).update(actions=list(actions), condition=required)
    except UpdateError as error:
        if condition_failed(error):
            return False
        raise
    return True

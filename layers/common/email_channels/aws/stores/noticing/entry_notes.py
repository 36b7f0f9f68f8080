"""Notes on the item of a case that it got an entry, or that an agent's email failed: its counts, its activity, its
participants, and what agents must notice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow, last_activity_of
from email_channels.aws.rows.entry_rows import EntryRow, entry_of
from email_channels.aws.stores.history_counts import count_actions, unchanged_counts
from email_channels.aws.stores.noticing.notices import (
    activity_actions,
    is_failure_pending,
    next_unread_version,
    notice_actions,
    notice_of,
    unchanged_since,
)
from email_channels.aws.stores.participant_sets import adding, new_participants
from email_channels.times import to_text


def note_entry(
    case: CaseRow,
    entry: EntryRow,
    participants: Iterable[str] | None,
    *,
    reopens: bool,
    alerted: datetime | None,
    owed: bool,
) -> bool:
    """Notes an entry of a case (`FollowUpStore.note_entry`). Raises if the case is not as it was read."""
    # An entry that a person has moved was counted when it came.
    actions = [] if entry.moved else count_actions(case, keys.email_id_of(entry.sk), int(entry.size or 0))
    if participants is not None:
        added = new_participants(case, participants)
        # Before the case says that there are others. A crash in between repeats both.
        for other in added.others:
            other.update(actions=adding(other))
        actions += _activity(case, entry) + added.actions
    notice = notice_of(entry)
    if notice is not None:
        actions += notice_actions(case, notice, reopens=reopens)
    if owed != bool(case.alert_owed):
        actions.append(CaseRow.alert_owed.set(True) if owed else CaseRow.alert_owed.remove())
    return _notice(case, actions, alerted)


def note_failure(case: CaseRow, entry: EntryRow, reopens: bool, alerted: datetime | None) -> EntryRow | None:
    """Notices the failure of an agent's email. Returns the item of the email; None if there is nothing to notice."""
    if not is_failure_pending(entry):
        return None
    notice = notice_of(entry)
    if notice is not None:
        actions = notice_actions(case, notice, reopens=reopens) + activity_actions(case, to_text(notice.at))
        _notice(case, actions, alerted)
    return entry


def _notice(case: CaseRow, actions: list[Action], alerted: datetime | None) -> bool:
    """Writes what a case notices, if there is anything; returns whether there is."""
    if alerted is not None:
        actions = [*actions, CaseRow.reply_alerted_at.set(to_text(alerted))]
    if not actions:
        return False
    pk, sk = keys.record(keys.record_id_of(case.pk))
    unmerged = CaseRow.merged_into.does_not_exist()
    unchanged = unmerged & (CaseRow.updated_at == case.updated_at) & unchanged_counts(case) & unchanged_since(case)
    CaseRow(pk=pk, sk=sk).update(actions=[*actions, next_unread_version(case)], condition=unchanged)
    return True


def leave_to_notice(row: EntryRow) -> None:
    """Takes an email from the index partition TO_NOTICE, unless it has failed again."""
    try:
        EntryRow(pk=row.pk, sk=row.sk).update(
            actions=[EntryRow.gsi2pk.remove(), EntryRow.gsi2sk.remove()],
            condition=(EntryRow.gsi2pk == index_keys.TO_NOTICE) & (EntryRow.gsi2sk == row.gsi2sk),
        )
    except UpdateError as error:
        if not condition_failed(error):
            raise


def _activity(case: CaseRow, entry: EntryRow) -> list[Action]:
    """The actions that move a case forward in lists; none if it has newer activity."""
    actions = activity_actions(case, to_text(entry_of(entry).email.at))
    if entry.gsi4sk and entry.gsi4sk > last_activity_of(case):
        actions.append(CaseRow.last_activity.set(entry.gsi4sk))
    return actions

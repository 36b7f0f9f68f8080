"""How many emails a case has, and their size: counted on the case's item, so that a full case takes no more."""

from __future__ import annotations

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow, bytes_of, emails_of, words_due
from email_channels.aws.rows.entry_rows import EntryRow, entry_of
from email_channels.aws.stores.noticing.last_emails import later_actions, unchanged_last
from email_channels.aws.stores.noticing.notices import activity_actions
from email_channels.cases import case as cases
from email_channels.cases.history import MAX_RECEIVED_BYTES, EntryKind

# From this many emails before the bound, every count is exact.
_EXACT_EMAILS = 50


def count_actions(case: CaseRow, email_id: str, size: int) -> list[Action]:
    """The actions that count an inbound entry in its case; none if it is counted already.

    The entry must exist. Entries usually arrive in the order of their ids, so one with a higher id than all that were
    counted is new. One with a lower id arrived late, or is repeated: then all entries are counted again. The result
    does not depend on the order of the entries, nor on repeats.
    """
    counted_to = case.counted_to or ""
    if email_id == counted_to:
        return []
    near_bound = emails_of(case) + _EXACT_EMAILS >= cases.MAX_CASE_EMAILS
    near_bound |= bytes_of(case) + _EXACT_EMAILS * MAX_RECEIVED_BYTES >= cases.MAX_CASE_BYTES
    if email_id < counted_to or near_bound:
        entries, entry_bytes, newest = _count_all(case)
        # Newer entries than this one are counted, too, before the stream reports them.
        counted_to = max(counted_to, email_id, newest)
    else:
        entries, entry_bytes = int(case.entries or 0) + 1, int(case.entry_bytes or 0) + size
        counted_to = email_id
    if (entries, entry_bytes, counted_to) == (case.entries, case.entry_bytes, case.counted_to):
        return []
    return set_counts(entries, entry_bytes, counted_to)


def set_counts(entries: int, entry_bytes: int, counted_to: str | None) -> list[Action]:
    """The actions that set the counts of a case."""
    actions: list[Action] = [CaseRow.entries.set(entries), CaseRow.entry_bytes.set(entry_bytes)]
    return [*actions, CaseRow.counted_to.set(counted_to)] if counted_to else actions


def unchanged_counts(case: CaseRow) -> Condition:
    """The condition that nobody has counted an email of the case since its item was read."""
    entries: Condition = CaseRow.entries == int(case.entries or 0)
    if not case.entries:
        entries |= CaseRow.entries.does_not_exist()
    counted_to: Condition = CaseRow.counted_to.does_not_exist()
    if case.counted_to:
        counted_to = CaseRow.counted_to == case.counted_to
    both: Condition = entries & counted_to
    return both


def count_entry(transaction: TransactWrite, case: CaseRow, entry: EntryRow) -> None:
    """Counts an entry in the case that it comes to; this also requires that the case exists, and is not merged.

    An email that a person decided about now is activity now, however old it is.
    """
    counts = int(case.entries or 0) + 1, int(case.entry_bytes or 0) + int(entry.size or 0)
    counted_to = max(case.counted_to or "", keys.email_id_of(entry.sk))
    transaction.update(
        CaseRow(pk=case.pk, sk=case.sk),
        actions=[*set_counts(*counts, counted_to), *_activity_now(case, entry), *later_actions(case, [entry])],
        condition=CaseRow.merged_into.does_not_exist()
        & (CaseRow.updated_at == case.updated_at)
        & unchanged_counts(case)
        & unchanged_last(case),
    )


def _activity_now(case: CaseRow, entry: EntryRow) -> list[Action]:
    if entry.entered_at is None or entry_of(entry).email.kind is not EntryKind.NORMAL:
        return []
    return activity_actions(case, entry.entered_at)


def take_from_counts(transaction: TransactWrite, case: CaseRow, entry: EntryRow, *, moved_out: bool = False) -> None:
    """Removes an entry from the counts of its case, whose words are then due to be found anew. If it is the newest
    activity, the case keeps its own place in the log of activity, as if it had no entries. `moved_out`: it comes to
    another case."""
    counted = keys.email_id_of(entry.sk) <= (case.counted_to or "")
    entries, entry_bytes = int(case.entries or 0), int(case.entry_bytes or 0)
    counts = (max(0, entries - 1), max(0, entry_bytes - int(entry.size or 0))) if counted else (entries, entry_bytes)
    actions = set_counts(*counts, case.counted_to)
    actions.append(CaseRow.words_due.set(words_due(entry)))
    if case.last_activity == entry.gsi4sk:
        actions.append(CaseRow.last_activity.remove())
    if moved_out and not case.moved_out:
        actions.append(CaseRow.moved_out.set(True))
    transaction.update(CaseRow(pk=case.pk, sk=case.sk), actions=actions, condition=unchanged_counts(case))


def _count_all(case: CaseRow) -> tuple[int, int, str]:
    """The number and the size of all entries of a case, and the highest id ("" if none), read consistently."""
    found = EntryRow.query(
        case.pk,
        EntryRow.sk.between(keys.FIRST_ENTRY, keys.AFTER_ENTRIES),
        consistent_read=True,
        attributes_to_get=["pk", "sk", "kind", "schema", "size"],
    )
    rows = list(found)
    return len(rows), sum(int(row.size or 0) for row in rows), keys.email_id_of(rows[-1].sk) if rows else ""

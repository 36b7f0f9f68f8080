"""Where the emails of merged cases are. A case that was merged names the case that got its emails; that one may have
been merged, too. A case is never merged into a merged one, so a chain of merged cases has no circle."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.entry_rows import EntryRow
from email_channels.aws.rows.table import read_row, read_rows, row_of
from email_channels.errors import CaseMerged

MOST_MERGES = 100
"""Chains are followed for this many cases. Each needs a read, and an agent who has merged the one before."""


def last_target(case_id: str) -> CaseRow | None:
    """The item of the case that has the emails of a case now: of the case itself, or of the last one into which it was
    merged. None if that does not exist (any more)."""
    return along_merges(case_id, lambda other: read_row(keys.record(other), CaseRow))


def last_ids(case_ids: Collection[str]) -> dict[str, str]:
    """For each of these cases, the id of the last one into which it was merged; its own id if it was not merged, or if
    that does not exist (any more). Needs one call for the cases, and one more for each step along the merges."""
    rows = read_along_merges(case_ids, _read_cases)
    last = {case_id: along_merges(case_id, rows.get) for case_id in case_ids}
    return {case_id: keys.record_id_of(row.pk) if row is not None else case_id for case_id, row in last.items()}


def refusal(merged_into: str) -> CaseMerged:
    """What a request to a merged case is refused with. It names the last case, because only that takes requests."""
    return CaseMerged(last_ids([merged_into])[merged_into])


def along_merges(case_id: str, case: Callable[[str], CaseRow | None]) -> CaseRow | None:
    """The last case into which a case was merged; the case itself if it was not merged. None if one of them is not
    there. `case` returns the item of a case."""
    for _ in range(MOST_MERGES):
        row = case(case_id)
        if row is None or not row.merged_into:
            return row
        case_id = row.merged_into
    return None


def read_along_merges(
    case_ids: Iterable[str], read: Callable[[Collection[str]], Mapping[str, CaseRow]]
) -> dict[str, CaseRow]:
    """The items of these cases, and of all into which they were merged. `read` returns those of several cases."""
    found: dict[str, CaseRow] = {}
    wanted = set(case_ids)
    for _ in range(MOST_MERGES):
        if not wanted:
            break
        rows = read(wanted)
        found |= rows
        wanted = {row.merged_into for row in rows.values() if row.merged_into} - found.keys()
    return found


def _read_cases(case_ids: Collection[str]) -> dict[str, CaseRow]:
    rows = read_rows(map(keys.record, case_ids))
    found = ((case_id, row_of(rows, keys.record(case_id), CaseRow)) for case_id in case_ids)
    return {case_id: row for case_id, row in found if row is not None}


def case_with_entry(case_id: str, email_id: str) -> str | None:
    """The id of the case that has an entry of a case that was merged; None if there is none."""
    row = moved_by_merge(case_id, email_id)
    return keys.record_id_of(row.pk) if row is not None else None


def moved_by_merge(case_id: str, email_id: str) -> EntryRow | None:
    """The entry that was in a case before that was merged; None if none of the following cases has it.

    The entry may be in any of them, while a merge is under way. It never moves back.
    """
    row = read_row(keys.record(case_id), CaseRow)
    for _ in range(MOST_MERGES):
        if row is None or not row.merged_into:
            return None
        case_key, entry_key = keys.record(row.merged_into), keys.entry(row.merged_into, email_id)
        rows = read_rows([case_key, entry_key])
        if (entry := row_of(rows, entry_key, EntryRow)) is not None:
            return entry
        row = row_of(rows, case_key, CaseRow)
    return None

"""Where the emails of merged cases are. A case that was merged names the case that got its emails; that one may have
been merged, too. A case is never merged into a merged one, so a chain of merged cases has no circle."""

from __future__ import annotations

from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.entry_rows import EntryRow
from email_channels.aws.rows.table import read_row, read_rows, row_of

MOST_MERGES = 100
"""Chains are followed for this many cases. Each needs a read, and an agent who has merged the one before."""


def last_target(case_id: str) -> CaseRow | None:
    """The item of the case that has the emails of a case now: of the case itself, or of the last one into which it was
    merged. None if that does not exist (any more)."""
    for _ in range(MOST_MERGES):
        row = read_row(keys.record(case_id), CaseRow)
        if row is None or not row.merged_into:
            return row
        case_id = row.merged_into
    return None


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

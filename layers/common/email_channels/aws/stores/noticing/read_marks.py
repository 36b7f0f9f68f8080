"""Read marks: agents have read the emails of a case.

Each entry that was read says so (`seen`). The item of the case only keeps where its unread emails begin
(`unread_from`), and their warnings. So a notice that comes late, or twice, finds out whether its entry was read.
"""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from email_channels.aws.retries import condition_failed, retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow, DetailsRow, with_details
from email_channels.aws.rows.email_rows import email_of
from email_channels.aws.rows.entry_rows import EntryRow, entry_of
from email_channels.aws.rows.table import TRANSACTION_ITEMS, connection, read_rows, row_of
from email_channels.aws.stores.noticing.notices import (
    is_unread,
    next_unread_version,
    unchanged_unread,
    unread_marks,
)
from email_channels.cases.noticing.failures import shown_warnings


class ReadMarks:
    """Marks emails as read. Raises ConcurrentChange, and PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def mark(case_id: str, up_to: str | None = None) -> None:
        """Marks all emails of a case as read, or those up to the email with the id `up_to`.

        Emails that come into the case meanwhile stay unread. Does nothing if there is no such case (any more). Needs
        two calls if nothing is unread, otherwise two more, and one more for each hundred unread emails.
        """
        retry_on_conflict(lambda: _mark(case_id, up_to))

    @staticmethod
    def refresh(case_id: str) -> None:
        """Finds out again what is unread in a case from which an entry was taken away, or whose entry has not failed
        after all."""
        retry_on_conflict(lambda: _mark(case_id, ""))


def _mark(case_id: str, up_to: str | None) -> None:
    """Marks what is unread up to an email id (None: all of it, `""`: nothing), and notes on the case what is left."""
    case_key, details_key = keys.record(case_id), keys.details(case_id)
    rows = read_rows([case_key, details_key])
    case = row_of(rows, case_key, CaseRow)
    if case is None:
        return
    unread = [row for row in _entries(case) if is_unread(row)]
    read = [row for row in unread if up_to is None or keys.email_id_of(row.sk) <= up_to]
    left = {keys.email_id_of(row.sk): _warnings(row) for row in unread if row not in read}
    first = case.email_id if case.unread_from and not case.seen and (case.email_id or "") >= case.unread_from else None
    reads_first = first is not None and (up_to is None or first <= up_to)
    if first is not None and not reads_first:
        left[first] = _first_warnings(case, row_of(rows, details_key, DetailsRow))
    # The marks come first: after a crash in between, the case is still unread, and the next request clears that.
    for start in range(0, len(read), TRANSACTION_ITEMS):
        _mark_entries(read[start : start + TRANSACTION_ITEMS])
    unread_from, warnings = min(left, default=None), frozenset[str]().union(*left.values())
    unchanged = unread_from == case.unread_from and warnings == frozenset(case.warnings or ())
    if unchanged and not read and not reads_first:
        return
    actions: list[Action] = [next_unread_version(case)]
    actions.append(CaseRow.unread_from.set(unread_from) if unread_from else CaseRow.unread_from.remove())
    actions.append(CaseRow.warnings.set(set(warnings)) if warnings else CaseRow.warnings.remove())
    if reads_first:
        actions.append(CaseRow.seen.set(1))
    CaseRow(pk=case.pk, sk=case.sk).update(actions=actions, condition=CaseRow.status.exists() & unchanged_unread(case))


def _entries(case: CaseRow) -> list[EntryRow]:
    """The entries among which the unread ones are, read consistently.

    If nothing is unread, these are the entries that the case has not noticed yet. An agent may have seen them already.
    """
    after = case.unread_from or (f"{case.counted_to}~" if case.counted_to else "")
    found = EntryRow.query(
        case.pk,
        EntryRow.sk.between(keys.entry(keys.record_id_of(case.pk), after)[1], keys.AFTER_ENTRIES),
        consistent_read=True,
    )
    return list(found)


def _mark_entries(rows: Sequence[EntryRow]) -> None:
    """Marks entries as read. Raises what `retry_on_conflict` retries if one of them was moved or erased just now."""
    if len(rows) == 1:
        (row,) = rows
        try:
            EntryRow(pk=row.pk, sk=row.sk).update(
                actions=[EntryRow.seen.set(unread_marks(row))], condition=EntryRow.email.exists()
            )
        except UpdateError as error:
            if not condition_failed(error):
                raise
        return
    with TransactWrite(connection=connection()) as transaction:
        for row in rows:
            transaction.update(
                EntryRow(pk=row.pk, sk=row.sk),
                actions=[EntryRow.seen.set(unread_marks(row))],
                condition=EntryRow.email.exists(),
            )


def _warnings(row: EntryRow) -> frozenset[str]:
    return frozenset(warning.value for warning in shown_warnings(entry_of(row).email))


def _first_warnings(case: CaseRow, details: DetailsRow | None) -> frozenset[str]:
    email = email_of(with_details(case, details), None)
    return frozenset(warning.value for warning in email.warnings) if email else frozenset()

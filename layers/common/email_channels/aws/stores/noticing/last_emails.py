"""When a case last got an email and agents last sent one, after emails came from another case or were taken away.

Both times are those of emails in the history. What people move changes them, but not on whom the case waits: that an
email stood in the wrong case says nothing about who has to act next.
"""

from __future__ import annotations

from collections.abc import Iterable

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from email_channels.aws.retries import retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow, with_details
from email_channels.aws.rows.email_rows import email_of
from email_channels.aws.rows.entry_rows import EntryRow, entry_of
from email_channels.aws.rows.table import read_rows, row_of
from email_channels.aws.stores.noticing.read_marks import ReadMarks
from email_channels.cases.history import Direction, EntryKind
from email_channels.times import to_text

# The newest entries usually are an email that came and one that was sent.
_PAGE = 10


def later_actions(case: CaseRow, entries: Iterable[EntryRow]) -> list[Action]:
    """The actions on the item of a case that gets these entries from another case. They need `unchanged_last`."""
    received, sent = _newest(entries)
    actions: list[Action] = []
    if received > (case.last_inbound_at or ""):
        actions.append(CaseRow.last_inbound_at.set(received))
    if sent > (case.last_outbound_at or ""):
        actions.append(CaseRow.last_outbound_at.set(sent))
    return actions


def unchanged_last(case: CaseRow) -> Condition:
    """The condition that both times are those of the item that was read."""
    both = ((CaseRow.last_inbound_at, case.last_inbound_at), (CaseRow.last_outbound_at, case.last_outbound_at))
    received, sent = (known == value if value else known.does_not_exist() for known, value in both)
    unchanged: Condition = received & sent
    return unchanged


def note_departure(case_id: str) -> None:
    """Finds out again what a case says about its emails, after one was moved away or erased: which are unread, and
    when the last ones came and were sent. Does nothing if there is no such case (any more)."""
    ReadMarks.refresh(case_id)
    retry_on_conflict(lambda: _find_last(case_id))


def _find_last(case_id: str) -> None:
    case_key, details_key = keys.record(case_id), keys.details(case_id)
    rows = read_rows([case_key, details_key])
    case = row_of(rows, case_key, CaseRow)
    if case is None or not (case.last_inbound_at or case.last_outbound_at):
        return
    newest_first = EntryRow.query(
        case.pk,
        EntryRow.sk.between(keys.FIRST_ENTRY, keys.AFTER_ENTRIES),
        scan_index_forward=False,
        consistent_read=True,
        page_size=_PAGE,
    )
    received = sent = ""
    for row in newest_first:
        one_received, one_sent = _newest([row])
        received, sent = received or one_received, sent or one_sent
        if received and sent:
            break
    first = email_of(with_details(case, rows.get(details_key)), None) if case.email_id else None
    received = max(received, to_text(first.at) if first else "")
    if (received, sent) == (case.last_inbound_at or "", case.last_outbound_at or ""):
        return
    CaseRow(pk=case.pk, sk=case.sk).update(
        actions=[
            CaseRow.last_inbound_at.set(received) if received else CaseRow.last_inbound_at.remove(),
            CaseRow.last_outbound_at.set(sent) if sent else CaseRow.last_outbound_at.remove(),
        ],
        condition=unchanged_last(case),
    )


def _newest(entries: Iterable[EntryRow]) -> tuple[str, str]:
    """When the newest of the normal emails was received, and when the newest was sent; `""` if none was."""
    received = sent = ""
    for row in entries:
        email = entry_of(row).email
        if email.kind is not EntryKind.NORMAL:
            continue
        if email.direction is Direction.INBOUND:
            received = max(received, to_text(email.at))
        elif email.direction is Direction.OUTBOUND:
            sent = max(sent, to_text(email.at))
    return received, sent

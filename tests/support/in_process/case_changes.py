"""What others do with a case while a test looks at it, and what is in it then."""

from __future__ import annotations

from datetime import timedelta

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.entry_rows import EntryRow
from email_channels.aws.rows.table import read_row
from email_channels.aws.stores.history_counts import set_counts
from email_channels.aws.stores.moving.move_store import MoveStore
from email_channels.cases.case import Case
from email_channels.cases.history import StoredEmail

from tests.support.acts import an_act
from tests.support.in_process.stored_emails import RECEIVED

LATER = RECEIVED + timedelta(minutes=5)


def row_of(case: Case) -> CaseRow:
    return CaseRow.get(*keys.record(case.case_id))


def counted(case: Case, entries: int = 1, to: str = "0") -> None:
    """Another worker counts an entry of the case."""
    row_of(case).update(actions=set_counts(entries, 10, to))


def changed(case: Case) -> None:
    """An agent changes the case."""
    row = row_of(case)
    row.update(actions=[CaseRow.version.set(int(row.version) + 1)])


def move(mail: MailBucket, case: Case, email: StoredEmail, to: Case) -> None:
    MoveStore(mail).move(case.case_id, email.email_id, to.case_id, LATER, an_act())


def has(case: Case, email: StoredEmail) -> bool:
    return read_row(keys.entry(case.case_id, email.email_id), EntryRow) is not None

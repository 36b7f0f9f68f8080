"""What comes into a case that was merged goes on to the case into which it was merged."""

from datetime import timedelta

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.entry_rows import EntryRow
from email_channels.aws.rows.table import read_row
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.moving.merge_store import MergeStore
from email_channels.aws.stores.reconcile_store import ReconcileStore
from email_channels.cases.case import Case
from email_channels.cases.history import StoredEmail
from email_channels.cases.references import SigningKeys
from email_channels.followup.case_followup import CaseFollowUp

from tests.support.acts import an_act
from tests.support.in_process.histories import answer_to
from tests.support.in_process.notify_settings import SETTINGS
from tests.support.in_process.ses_stand_in import SesStandIn
from tests.support.in_process.stored_emails import RECEIVED, record_case

KEYS = SigningKeys("key")
LATER = RECEIVED + timedelta(hours=1)


@pytest.fixture
def merged(mail: MailBucket) -> tuple[Case, Case]:
    """A case, and the case into which it was merged."""
    case, target = record_case(mail, 1), record_case(mail, 2)
    MergeStore(mail).merge(case.case_id, target.case_id, LATER, an_act())
    return case, target


def follow(mail: MailBucket, case: Case, email: StoredEmail | None) -> bool:
    follow_up = CaseFollowUp(
        SETTINGS,
        FollowUpStore(mail),
        mail,
        SesStandIn(),
        lambda: KEYS,
        lambda: LATER,
        "https://api.example/",
        "eu-west-1",
    )
    return follow_up.follow(case.case_id, email.email_id if email else None)


def entry_in(case: Case, email: StoredEmail) -> EntryRow | None:
    return read_row(keys.entry(case.case_id, email.email_id), EntryRow)


def entries_of(case: Case) -> int:
    row = read_row(keys.record(case.case_id), CaseRow)
    assert row is not None
    return int(row.entries or 0)


def test_late_entry(mail: MailBucket, merged: tuple[Case, Case]) -> None:
    """As an entry of the target it is new: it is counted there when it is followed up there."""
    case, target = merged
    late = answer_to(mail, case, 3, LATER)
    assert late.raw_key
    stored_at = mail.stored_at(late.raw_key)
    assert stored_at is not None
    assert ReconcileStore().progress(late.raw_key, stored_at).follow_up == (case.case_id, late.email_id)
    assert follow(mail, case, late)
    found = entry_in(target, late)
    assert found is not None
    assert (entry_in(case, late), bool(found.moved), entries_of(target)) == (None, False, 1)
    assert follow(mail, target, late)
    assert entries_of(target) == 2
    assert not follow(mail, case, late), "a repeat finds nothing"
    assert not follow(mail, target, late)


def test_left_entry(mail: MailBucket, merged: tuple[Case, Case]) -> None:
    """What a crash has left in the case is moved when the case is looked at, and counted at once."""
    case, target = merged
    left = answer_to(mail, case, 3, LATER)
    CaseRow(pk=f"CASE#{case.case_id}", sk="CASE").update(
        actions=[CaseRow.entries.set(1), CaseRow.entry_bytes.set(0), CaseRow.counted_to.set(left.email_id)]
    )
    assert follow(mail, case, None)
    found = entry_in(target, left)
    assert found is not None
    assert (found.moved, entries_of(target), entries_of(case)) == (True, 2, 0)
    follow(mail, case, None)  # the words of what left the case
    assert not follow(mail, case, None)


def test_merged_meanwhile(mail: MailBucket) -> None:
    """An entry whose case is merged between our read and our write is not counted there."""
    case, target = record_case(mail, 1), record_case(mail, 2)
    email = answer_to(mail, case, 3, LATER)
    store = FollowUpStore(mail)
    new = store.new_entry(case.case_id, email.email_id)
    assert new is not None
    MergeStore(mail).merge(case.case_id, target.case_id, LATER, an_act())
    assert not store.note_entry(new, [], reopens=True)
    assert entries_of(case) == 0
    assert entry_in(target, email) is not None

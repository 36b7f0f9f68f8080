"""What comes into a case that was merged goes on to the case into which it was merged."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.entry_rows import EntryRow, MovedRow, entry_of
from email_channels.aws.rows.table import read_row
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.moving.merge_store import MergeStore
from email_channels.aws.stores.moving.move_store import MoveStore
from email_channels.aws.stores.moving.moved_acknowledgements import claim_moved, give_back_moved
from email_channels.aws.stores.reconcile_store import ReconcileStore
from email_channels.cases.case import Case
from email_channels.cases.history import EntryKind, StoredEmail
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


def follow(mail: MailBucket, case: Case, email: StoredEmail | None, ses: SesStandIn | None = None) -> bool:
    follow_up = CaseFollowUp(
        SETTINGS,
        FollowUpStore(mail),
        mail,
        ses or SesStandIn(),
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


def reconcile_follows(mail: MailBucket, email: StoredEmail) -> tuple[str, str | None] | None:
    """What `reconcile` follows up when it looks at the original of the email."""
    assert email.raw_key
    stored_at = mail.stored_at(email.raw_key)
    assert stored_at is not None
    return ReconcileStore().progress(email.raw_key, stored_at).follow_up


def test_late_entry(mail: MailBucket, merged: tuple[Case, Case]) -> None:
    """As an entry of the target it is new: it is counted there when it is followed up there."""
    case, target = merged
    late = answer_to(mail, case, 3, LATER)
    assert reconcile_follows(mail, late) == (case.case_id, late.email_id)
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
    assert reconcile_follows(mail, left) == (case.case_id, left.email_id)
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


Leave = Callable[[MailBucket, Case], Case]


def merge(mail: MailBucket, case: Case) -> Case:
    target = record_case(mail, 2, subject="Another matter")
    MergeStore(mail).merge(case.case_id, target.case_id, LATER, an_act())
    return target


def merge_twice(mail: MailBucket, case: Case) -> Case:
    middle, last = merge(mail, case), record_case(mail, 3)
    MergeStore(mail).merge(middle.case_id, last.case_id, LATER, an_act())
    return last


def split(mail: MailBucket, case: Case) -> Case:
    assert case.email
    new = replace(case, case_id="SP0TTED000", email=None, acknowledge=False, created_at=LATER, updated_at=LATER)
    MoveStore(mail).split(case.case_id, case.email.email_id, new, an_act())
    return new


def move(mail: MailBucket, case: Case) -> Case:
    target = record_case(mail, 2)
    assert case.email
    MoveStore(mail).move(case.case_id, case.email.email_id, target.case_id, LATER, an_act())
    return target


def acknowledgements(case: Case) -> list[StoredEmail]:
    rows = EntryRow.query(f"CASE#{case.case_id}", EntryRow.sk.startswith("EMAIL#"))
    emails = [entry_of(row).email for row in rows]
    return [email for email in emails if email.kind is EntryKind.ACKNOWLEDGEMENT]


@pytest.mark.parametrize("leave", [merge, merge_twice, split])
def test_acknowledgement(mail: MailBucket, leave: Leave) -> None:
    """An email that leaves its case before it was acknowledged is acknowledged once, where it is now. The
    acknowledgement says nothing of what is there besides."""
    ses = SesStandIn()
    case = record_case(mail, 1, acknowledge=True)
    target = leave(mail, case)
    before = entries_of(target)
    for _ in range(2):
        follow(mail, case, None, ses)
        follow(mail, target, case.email, ses)
    (sent,) = ses.of("acknowledgement")
    assert sent.tags["record"] == target.case_id
    assert case.email
    assert case.email.subject in sent.message["Subject"]
    assert "Another matter" not in sent.message.as_string()
    (email,) = acknowledgements(target)
    assert email.in_reply_to == case.email.email_id
    assert email.message_id is not None
    assert acknowledgements(case) == []
    assert entries_of(target) == before + 1


def test_acknowledged_before(mail: MailBucket) -> None:
    """An acknowledgement that was sent goes with its case, and is not sent again."""
    ses = SesStandIn()
    case = record_case(mail, 1, acknowledge=True)
    follow(mail, case, None, ses)
    target = merge(mail, case)
    follow(mail, case, None, ses)
    follow(mail, target, case.email, ses)
    assert len(ses.of("acknowledgement")) == len(acknowledgements(target)) == 1


def test_moved_by_a_person(mail: MailBucket) -> None:
    """The acknowledgement would give its sender a reference that is signed for the other case."""
    ses = SesStandIn()
    case = record_case(mail, 1, acknowledge=True)
    target = move(mail, case)
    follow(mail, case, None, ses)
    follow(mail, target, case.email, ses)
    assert ses.of("acknowledgement") == []


def test_claim_against_a_merge(mail: MailBucket) -> None:
    """Two workers claim one acknowledgement: that of the case, which it has left, and that of the entry."""
    case = record_case(mail, 1, acknowledge=True)
    new = FollowUpStore(mail).new_case(case.case_id)
    assert new is not None
    target = merge(mail, case)
    assert not FollowUpStore(mail).claim_acknowledgement(new, None, alerted=None, at=LATER)
    assert case.email
    claims = [claim_moved(target.case_id, case.email.email_id, None, sending=True) for _ in range(2)]
    assert claims == [True, False]
    give_back_moved(target.case_id, case.email.email_id, neutral=False)
    assert claim_moved(target.case_id, case.email.email_id, None, sending=False)
    found = FollowUpStore(mail).new_case(target.case_id)
    assert found is not None
    assert "not_acknowledged" in found.case.flags


def test_given_back_after_a_move(mail: MailBucket) -> None:
    """SES did not take the acknowledgement of an entry that a person has moved since: what stands in its place says
    nothing of it."""
    case, third = record_case(mail, 1, acknowledge=True), record_case(mail, 3)
    target = merge(mail, case)
    assert case.email
    assert claim_moved(target.case_id, case.email.email_id, None, sending=True)
    MoveStore(mail).move(target.case_id, case.email.email_id, third.case_id, LATER, an_act())
    give_back_moved(target.case_id, case.email.email_id, neutral=True)
    key = keys.entry(target.case_id, case.email.email_id)
    moved = read_row(key, MovedRow)
    assert moved is not None
    assert "version" not in moved.attribute_values
    assert moved.unknown_attributes == {}

"""Two writers at once: what the one writes between the read and the write of the other is not lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow, entry_of
from email_channels.aws.rows.table import read_row
from email_channels.aws.stores.assignment_store import AssignmentStore
from email_channels.aws.stores.erasure.person_traces import PersonTraceStore
from email_channels.aws.stores.erasure.record_erasure import RecordErasureStore
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.moving.merge_store import MergeStore
from email_channels.aws.stores.moving.move_store import MoveStore
from email_channels.aws.stores.noticing.last_emails import note_departure
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.record_store import AlreadyRecorded, RecordStore, ReplaceableRecord
from email_channels.aws.stores.unprocessed_store import UnprocessedStore
from email_channels.cases.audit.records import begin_act
from email_channels.cases.case import Case
from email_channels.cases.history import Entry, StoredEmail
from email_channels.cases.identity import record_id_in
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.cases.recipients import RecipientState
from email_channels.cases.unprocessed import Hold
from email_channels.errors import CaseMerged, NotFound
from email_channels.times import to_text

from tests.support.acts import an_act
from tests.support.in_process.aws_calls import meanwhile
from tests.support.in_process.case_changes import LATER, changed, counted, has, move, row_of
from tests.support.in_process.histories import answer_to, outbound
from tests.support.in_process.stored_emails import RECEIVED, identity_of, record_case, record_unprocessed

SES_ID = "0102@eu-central-1.amazonses.com"


def failed(email: StoredEmail) -> StoredEmail:
    rows = tuple(replace(row, state=RecipientState.BOUNCED) for row in email.recipients)
    return replace(email, recipients=rows)


def test_event_and_move(mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email is moved with the delivery states that it has then."""
    email = outbound(mail, case, LATER, message_id=SES_ID)
    store = OutboundStore()
    meanwhile(monkeypatch, "TransactWriteItems", lambda: store.change(case.case_id, email.email_id, failed, LATER))
    move(mail, case, email, other)
    moved = store.entry(other.case_id, email.email_id)
    assert moved is not None
    assert {row.state for row in moved.email.recipients} == {RecipientState.BOUNCED}
    assert not has(case, email)


def test_two_events(mail: MailBucket, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event adds to what the other has written."""
    email = outbound(mail, case, LATER, message_id=SES_ID)

    def first_failed(seen: StoredEmail) -> StoredEmail:
        first, *rest = seen.recipients
        return replace(seen, recipients=(replace(first, state=RecipientState.BOUNCED), *rest))

    def last_failed(seen: StoredEmail) -> StoredEmail:
        *rest, last = seen.recipients
        return replace(seen, recipients=(*rest, replace(last, state=RecipientState.BOUNCED)))

    store = OutboundStore()
    meanwhile(monkeypatch, "UpdateItem", lambda: store.change(case.case_id, email.email_id, first_failed, LATER))
    changed_entry = store.change(case.case_id, email.email_id, last_failed, LATER)
    assert changed_entry is not None
    assert {row.state for row in changed_entry.email.recipients} == {RecipientState.BOUNCED}


def test_change_and_move_of_the_first_email(
    mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both raise the version, by which an agent sees that the case has changed."""
    assert case.email
    meanwhile(monkeypatch, "TransactWriteItems", lambda: changed(case))
    move(mail, case, case.email, other)
    assert row_of(case).version == case.version + 2


def test_two_moves(mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The email is in one case, and its record leads there."""
    email, third = answer_to(mail, case, 3, LATER), record_case(mail, 4)
    counted(case, 1, email.email_id)
    meanwhile(monkeypatch, "TransactWriteItems", lambda: move(mail, case, email, third))
    with pytest.raises(NotFound):
        move(mail, case, email, other)
    assert [has(one, email) for one in (case, other, third)] == [False, False, True]
    pointer = read_row(keys.record(record_id_in(email.email_id)), PointerRow)
    assert pointer is not None
    assert pointer.case_id == third.case_id


def test_split_and_new_case(mail: MailBucket, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that has just got the id of the new case stays as it is, and so does the email."""
    email = answer_to(mail, case, 3, LATER)
    new = replace(case, case_id=identity_of(4).record_id(), email=None, subject="Split")
    meanwhile(monkeypatch, "TransactWriteItems", lambda: record_case(mail, 4))
    with pytest.raises(AlreadyRecorded):
        MoveStore(mail).split(case.case_id, email.email_id, new, an_act())
    assert (row_of(new).subject, has(case, email)) == ("Leave", True)


def test_move_and_slow_worker(mail: MailBucket, case: Case, other: Case) -> None:
    """A worker that announced an entry long ago writes it neither over what it is now, nor where it is not any more."""
    email = answer_to(mail, case, 3, LATER)
    counted(case, 1, email.email_id)
    identity = identity_of(3)
    pointer = Pointer(identity.record_id(), Outcome.ENTRY, case.case_id, email.email_id, email.raw_key, None)
    late, store = Entry(case.case_id, replace(email, subject="From the headers alone")), RecordStore(mail)
    store.add_entry(pointer, late, identity)
    assert entry_of(EntryRow.get(*keys.entry(case.case_id, email.email_id))).email.subject == "Leave"
    move(mail, case, email, other)
    store.add_entry(pointer, late, identity)
    assert [has(one, email) for one in (case, other)] == [False, True]


def test_hold_and_further_copy(mail: MailBucket, case: Case) -> None:
    """A further copy replaces only the unprocessed email that its worker has read."""
    item, identity = record_unprocessed(mail, 3), identity_of(3)
    read = ReplaceableRecord(item.version, item.email.raw_key, purged=False)
    UnprocessedStore(mail).hold(item.id, Hold("a claim", "kim", RECEIVED), an_act())
    pointer = Pointer(item.id, Outcome.ENTRY, case.case_id, item.email.email_id, "raw/case_creation/copy", None)
    with pytest.raises(AlreadyRecorded):
        RecordStore(mail).create(pointer, identity, read)


def test_count_and_move(mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both cases count what they have."""
    email = answer_to(mail, case, 3, LATER)
    counted(case, 1, email.email_id)

    def count_both() -> None:
        counted(case, 2, email.email_id)
        counted(other, 1)

    meanwhile(monkeypatch, "TransactWriteItems", count_both)
    move(mail, case, email, other)
    assert (row_of(case).entries, row_of(other).entries) == (1, 2)


def test_count_and_assignment(mail: MailBucket, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    item = record_unprocessed(mail, 3)
    meanwhile(monkeypatch, "TransactWriteItems", lambda: counted(case))
    AssignmentStore(mail).add_to_case(item.id, case.case_id, an_act())
    assert row_of(case).entries == 2


def test_activity_and_assignment(mail: MailBucket, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case never moves back in lists, and keeps the time of its newest email."""
    item, newer = record_unprocessed(mail, 3), to_text(RECEIVED + timedelta(days=900))
    row_of(case).update(actions=[CaseRow.last_inbound_at.remove()])

    def newer_activity() -> None:
        row_of(case).update(actions=[CaseRow.updated_at.set(newer), CaseRow.last_inbound_at.set(newer)])

    meanwhile(monkeypatch, "TransactWriteItems", newer_activity)
    AssignmentStore(mail).add_to_case(item.id, case.case_id, begin_act("admin-1", LATER, 1))
    assert (row_of(case).updated_at, row_of(case).last_inbound_at) == (newer, newer)


def test_move_and_note(mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email leaves the case while another one is noted: the case counts what it has."""
    first, last = (answer_to(mail, case, n, LATER + timedelta(minutes=n)) for n in (3, 4))
    counted(case, 1, first.email_id)
    store = FollowUpStore(mail)
    new = store.new_entry(case.case_id, last.email_id)
    assert new is not None
    meanwhile(monkeypatch, "UpdateItem", lambda: move(mail, case, first, other))
    assert store.note_entry(new, [], reopens=True)
    assert row_of(case).entries == 1


def test_merge_and_assignment(mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """A merged case takes nothing more, and says where to."""
    item = record_unprocessed(mail, 3)
    meanwhile(
        monkeypatch,
        "TransactWriteItems",
        lambda: row_of(case).update(actions=[CaseRow.merged_into.set(other.case_id)]),
    )
    with pytest.raises(CaseMerged):
        AssignmentStore(mail).add_to_case(item.id, case.case_id, an_act())


def test_hold_and_assignment(mail: MailBucket, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record that becomes a pointer is the one that was read: it has the next version."""
    item = record_unprocessed(mail, 3)
    hold = Hold("a claim", "kim", RECEIVED)
    meanwhile(monkeypatch, "TransactWriteItems", lambda: UnprocessedStore(mail).hold(item.id, hold, an_act()))
    AssignmentStore(mail).add_to_case(item.id, case.case_id, an_act())
    pointer = read_row(keys.record(item.id), PointerRow)
    assert pointer is not None
    assert pointer.version == item.version + 2


def test_move_and_erasure(mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an erasure of a case deletes is what the case has then: its first email has just left it."""
    assert case.email
    assert case.email.raw_key
    email, store = case.email, RecordErasureStore()
    meanwhile(monkeypatch, "TransactWriteItems", lambda: move(mail, case, email, other))
    assert store.bury_case(case.case_id, LATER)
    tombstone = store.tombstone(case.case_id)
    assert tombstone is not None
    assert case.email.raw_key not in tombstone.objects


def test_assignment_and_erasure(mail: MailBucket, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email that has just become an entry is not erased as an unprocessed one."""
    item = record_unprocessed(mail, 3)
    meanwhile(
        monkeypatch,
        "TransactWriteItems",
        lambda: AssignmentStore(mail).add_to_case(item.id, case.case_id, an_act()),
    )
    assert not RecordErasureStore().bury_unprocessed(item.id, LATER)
    assert read_row(keys.record(item.id), PointerRow) is not None


def test_move_and_erasure_of_the_entry(
    mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record of an email that has just been moved leads to it."""
    email, store = answer_to(mail, case, 3, LATER), RecordErasureStore()
    counted(case, 1, email.email_id)
    parts = store.entry(case.case_id, email.email_id)
    meanwhile(monkeypatch, "TransactWriteItems", lambda: move(mail, case, email, other))
    store.bury_pointers(parts, LATER)
    pointer = read_row(keys.record(record_id_in(email.email_id)), PointerRow)
    assert pointer is not None
    assert pointer.case_id == other.case_id


@pytest.mark.parametrize("call", ["UpdateItem", "TransactWriteItems"])
def test_change_and_erasure_in_a_case(mail: MailBucket, case: Case, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """A case that is anonymised, or whose first email is erased, shows both changes by its version."""
    assert case.email
    store, email_id = PersonTraceStore(mail), case.email.email_id
    meanwhile(monkeypatch, call, lambda: changed(case))
    if call == "UpdateItem":
        store.anonymise(case.case_id)
    else:
        store.take_first_email(case.case_id, email_id, keep_issue=False)
    assert row_of(case).version == case.version + 2


def _claims(mail: MailBucket, case: Case, do: Callable[[], object], patched: pytest.MonkeyPatch) -> bool:
    """Whether a worker gets the claim of an acknowledgement, if something else happens before its write."""
    store = FollowUpStore(mail)
    new = store.new_case(case.case_id)
    assert new is not None
    meanwhile(patched, "UpdateItem", do)
    return store.claim_acknowledgement(new, None, alerted=None, at=LATER)


def test_two_claims(mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """One worker gets the claim."""
    case = record_case(mail, 1, acknowledge=True)
    store = FollowUpStore(mail)
    new = store.new_case(case.case_id)
    assert new is not None
    first: list[bool] = []
    second = _claims(
        mail,
        case,
        lambda: first.append(store.claim_acknowledgement(new, None, alerted=None, at=LATER)),
        monkeypatch,
    )
    assert (first, second) == ([True], False)


def test_move_and_claim(mail: MailBucket, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The email that was to be acknowledged has left the case: its acknowledgement is not sent there."""
    case = record_case(mail, 1, acknowledge=True)
    assert case.email
    email = case.email
    assert not _claims(mail, case, lambda: move(mail, case, email, other), monkeypatch)


def test_claim_and_move(mail: MailBucket, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The acknowledgement was claimed just before a merge took its email along: it is not owed there again."""
    case = record_case(mail, 1, acknowledge=True)
    assert case.email
    store = FollowUpStore(mail)
    new = store.new_case(case.case_id)
    assert new is not None
    meanwhile(
        monkeypatch,
        "TransactWriteItems",
        lambda: store.claim_acknowledgement(new, None, alerted=None, at=LATER),
        f"EMAIL#{case.email.email_id}",
    )
    MergeStore(mail).merge(case.case_id, other.case_id, LATER, an_act())
    entry = read_row(keys.entry(other.case_id, case.email.email_id), EntryRow)
    assert entry is not None
    assert entry.acknowledge is None


def test_email_and_departure(mail: MailBucket, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case from which an email was taken keeps the time of the one that has just come."""
    newer = to_text(RECEIVED + timedelta(hours=1))
    row_of(case).update(actions=[CaseRow.last_inbound_at.set(to_text(LATER))])
    meanwhile(
        monkeypatch,
        "UpdateItem",
        lambda: (
            answer_to(mail, case, 3, RECEIVED + timedelta(hours=1)),
            row_of(case).update(actions=[CaseRow.last_inbound_at.set(newer)]),
        ),
    )
    note_departure(case.case_id)
    assert row_of(case).last_inbound_at == newer

"""Somebody else writes while a case is merged into another: nothing is lost, and nothing is undone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import MAX_OWN_PARTICIPANTS, CaseRow, ParticipantsRow
from email_channels.aws.rows.table import read_row
from email_channels.aws.rows.tombstone_rows import TombstoneRow
from email_channels.aws.stores.erasure.record_erasure import RecordErasureStore
from email_channels.aws.stores.history_counts import set_counts
from email_channels.aws.stores.moving.merge_store import MergeStore
from email_channels.aws.stores.noticing.last_emails import note_departure
from email_channels.cases.case import Case, participant_keys
from email_channels.cases.history import StoredEmail
from email_channels.errors import Conflict
from email_channels.times import to_text
from pynamodb.expressions.update import Action

from tests.support.acts import an_act
from tests.support.in_process.aws_calls import meanwhile
from tests.support.in_process.case_changes import LATER, counted, has, move, row_of
from tests.support.in_process.histories import answer_to
from tests.support.in_process.stored_emails import RECEIVED, record_case


@pytest.mark.parametrize("of_target", [False, True])
def test_change_and_merge(
    mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch, of_target: bool
) -> None:
    """Cases that are of different groups now are not merged."""
    row = row_of(other if of_target else case)
    group: list[Action] = [CaseRow.service_group.set("tax"), CaseRow.version.set(2)]
    meanwhile(monkeypatch, "TransactWriteItems", lambda: row.update(actions=group))
    with pytest.raises(Conflict):
        MergeStore(mail).merge(case.case_id, other.case_id, LATER, an_act())
    assert row_of(case).merged_into is None


def test_count_and_merge(mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target counts all entries: of the merge, and its own."""
    email = answer_to(mail, case, 3, LATER)
    counted(case, 1, email.email_id)
    meanwhile(monkeypatch, "TransactWriteItems", lambda: counted(other, 2), f"EMAIL#{email.email_id}")
    MergeStore(mail).merge(case.case_id, other.case_id, LATER, an_act())
    assert (row_of(case).entries, row_of(other).entries) == (0, 3)


def people(first: int) -> frozenset[bytes]:
    return participant_keys(f"{n}@elsewhere.example" for n in range(first, first + 6))


def test_reply_and_merge(mail: MailBucket, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """People who come with a reply and people whom the merge brings find room: the item of a case has little."""
    case = record_case(mail, 3, participants=people(0))

    def reply() -> None:
        counted(other)
        row_of(other).update(actions=[CaseRow.participants.add(people(6))])

    meanwhile(monkeypatch, "UpdateItem", reply, other.case_id)
    MergeStore(mail).merge(case.case_id, other.case_id, LATER, an_act())
    rows = ParticipantsRow.query(f"CASE#{other.case_id}", ParticipantsRow.sk.startswith(keys.PARTICIPANTS))
    own, others = frozenset(row_of(other).participants), [frozenset(row.participants) for row in rows]
    assert len(own) <= MAX_OWN_PARTICIPANTS
    assert own.union(*others) >= people(0) | people(6)


def test_late_entry_and_merge(mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email that comes into the case while its others move is moved, too."""
    email, late = answer_to(mail, case, 3, LATER), list[StoredEmail]()
    counted(case, 1, email.email_id)
    meanwhile(
        monkeypatch,
        "TransactWriteItems",
        lambda: late.append(answer_to(mail, case, 4, LATER)),
        f"EMAIL#{email.email_id}",
    )
    MergeStore(mail).merge(case.case_id, other.case_id, LATER, an_act())
    assert [has(other, one) for one in (email, *late)] == [True, True]


def test_activity_and_merge(mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target never moves back in lists."""
    email, newer = answer_to(mail, case, 3, LATER), to_text(RECEIVED + timedelta(days=900))
    counted(case, 1, email.email_id)
    meanwhile(
        monkeypatch,
        "TransactWriteItems",
        lambda: row_of(other).update(actions=[CaseRow.updated_at.set(newer)]),
        f"EMAIL#{email.email_id}",
    )
    MergeStore(mail).merge(case.case_id, other.case_id, LATER, an_act())
    assert row_of(other).updated_at == newer


def test_departure_and_merge(mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last email of the target is the one that the merge brings, if a later one turns out to have left it."""
    email = answer_to(mail, case, 3, LATER)
    counted(case, 1, email.email_id)
    row_of(other).update(actions=[CaseRow.last_inbound_at.set(to_text(LATER + timedelta(hours=1)))])
    meanwhile(monkeypatch, "TransactWriteItems", lambda: note_departure(other.case_id), f"EMAIL#{email.email_id}")
    MergeStore(mail).merge(case.case_id, other.case_id, LATER, an_act())
    assert row_of(other).last_inbound_at == to_text(LATER)


def test_move_and_merge(mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person takes one email from a merged case, and the merge the other: both are counted there no more."""
    first, last = (answer_to(mail, case, n, LATER + timedelta(minutes=n)) for n in (3, 4))
    third, store = record_case(mail, 5), MergeStore(mail)
    row_of(case).update(actions=[*set_counts(2, 20, last.email_id), CaseRow.merged_into.set(other.case_id)])
    meanwhile(monkeypatch, "TransactWriteItems", lambda: move(mail, case, first, third), f"EMAIL#{last.email_id}")
    store.move_on(case.case_id, last.email_id, LATER)
    assert (has(third, first), has(other, last), row_of(case).entries) == (True, True, 0)


def test_late_entry_and_erasure(mail: MailBucket, case: Case, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came late into a merged case stays there, and is erased with it."""
    merges, store = MergeStore(mail), RecordErasureStore()
    merges.merge(case.case_id, other.case_id, LATER, an_act())
    late = answer_to(mail, case, 3, LATER)
    meanwhile(
        monkeypatch,
        "TransactWriteItems",
        lambda: store.bury_case(case.case_id, LATER),
        f"EMAIL#{late.email_id}",
    )
    merges.move_on(case.case_id, late.email_id, LATER)
    assert [has(one, late) for one in (case, other)] == [True, False]


def test_erasure_and_merge(mail: MailBucket, other: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of an erased case learns of no people."""
    case, store = record_case(mail, 3, participants=people(0)), RecordErasureStore()
    meanwhile(monkeypatch, "UpdateItem", lambda: store.bury_case(other.case_id, LATER), other.case_id)
    MergeStore(mail).merge(case.case_id, other.case_id, LATER, an_act())
    tombstone = read_row(keys.record(other.case_id), TombstoneRow)
    assert tombstone is not None
    assert tombstone.unknown_attributes == {}


@pytest.mark.parametrize("changes", [{}, {"email": None, "updated_at": LATER + timedelta(hours=1)}])
def test_two_merges(mail: MailBucket, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    """If the target is merged while emails come into it, they come to its own target, even if its times and its counts
    are as before."""
    case, other, third = record_case(mail, 1, **changes), record_case(mail, 2, **changes), record_case(mail, 4)
    email = answer_to(mail, case, 3, LATER)
    counted(case, 1, email.email_id)
    store = MergeStore(mail)
    meanwhile(
        monkeypatch,
        "TransactWriteItems",
        lambda: store.merge(other.case_id, third.case_id, LATER, an_act()),
        f"EMAIL#{email.email_id}",
    )
    store.merge(case.case_id, other.case_id, LATER, an_act())
    assert [has(one, email) for one in (case, other, third)] == [False, False, True]

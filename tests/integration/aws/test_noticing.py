"""What the item of a case says about emails that agents have not seen: notices, read marks, and the last emails."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow, case_rows, waiting_on_of
from email_channels.aws.rows.entry_rows import EntryRow, entry_row
from email_channels.aws.rows.table import read_rows
from email_channels.aws.stores.noticing.entry_notes import leave_to_notice, note_entry, note_failure
from email_channels.aws.stores.noticing.last_emails import later_actions, note_departure, unchanged_last
from email_channels.aws.stores.noticing.notices import is_unread, notice_of
from email_channels.aws.stores.noticing.read_marks import ReadMarks
from email_channels.cases.case import CaseStatus, WaitingOn
from email_channels.cases.history import Direction, Entry, EntryKind, StoredEmail
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.warnings import EmailWarning
from email_channels.times import to_text
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from tests.support.blank_records import AT, blank_case, blank_email
from tests.support.in_process.aws_calls import meanwhile

CASE = "7K3F92QDX0"
LATER = AT + timedelta(hours=1)
BOUNCED = Recipient("jo@acme.example", "", RecipientRole.TO, RecipientState.BOUNCED)


@pytest.fixture(autouse=True)
def bucket(mail: MailBucket) -> MailBucket:
    return mail


def put_case(mail: MailBucket, **changes: Any) -> CaseRow:
    """A case without unread emails, on which agents have acted at `AT`."""
    given = {"case_id": CASE, "waiting_on": WaitingOn.EMPLOYEE, "acted_at": AT, **changes}
    case_rows(blank_case(**given), None, mail)[1].save()
    return case()


def put_entry(mail: MailBucket, email: StoredEmail, **changes: Any) -> EntryRow:
    row = entry_row(Entry(CASE, email, 1), None, CASE, mail)
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    return entry(email.email_id)


def reply(number: int, at: datetime = LATER, **changes: Any) -> StoredEmail:
    return blank_email(email_id=f"EM{number}", at=at, **changes)


def failed(number: int) -> StoredEmail:
    sent = {"direction": Direction.OUTBOUND, "message_id": "sent@acme.example"}
    return blank_email(email_id=f"EM{number}", at=AT, recipients=(BOUNCED,), **sent)


def put_failed(mail: MailBucket, number: int, at: datetime = LATER) -> EntryRow:
    """An agent's email that has failed at this time, as its delivery event has left it."""
    waiting = index_keys.at_time(to_text(at), CASE)
    return put_entry(mail, failed(number), failures=1, gsi2pk=index_keys.TO_NOTICE, gsi2sk=waiting)


def case() -> CaseRow:
    return CaseRow.get(*keys.record(CASE))


def entry(email_id: str) -> EntryRow:
    return EntryRow.get(*keys.entry(CASE, email_id))


def note(row: EntryRow, *, reopens: bool = True, alerted: datetime | None = None, owed: bool = False) -> bool:
    return note_entry(case(), row, [], reopens=reopens, alerted=alerted, owed=owed)


def test_reply(mail: MailBucket) -> None:
    """The case becomes unread, waits on the agent, moves forward, and has the email's warnings."""
    put_case(mail)
    note(put_entry(mail, reply(1, warnings=(EmailWarning.ENCRYPTED,))))
    after = case()
    assert after.unread_from == "EM1"
    assert after.warnings == {"encrypted"}
    assert waiting_on_of(after) is WaitingOn.AGENT
    assert after.last_inbound_at == after.updated_at == to_text(LATER)
    assert after.gsi1sk == index_keys.at_time(to_text(LATER), CASE)
    assert after.unread_version == 1


def test_reply_before_the_agents_last_act(mail: MailBucket) -> None:
    """It is unread all the same, but the agent has the last word on whom the case waits."""
    put_case(mail, acted_at=LATER + timedelta(hours=1), status=CaseStatus.CLOSED, waiting_on=WaitingOn.NOBODY)
    note(put_entry(mail, reply(1)))
    after = case()
    assert after.unread_from == "EM1"
    assert after.status == "closed"
    assert waiting_on_of(after) is WaitingOn.NOBODY


@pytest.mark.parametrize(("reopens", "status"), [(True, "open"), (False, "closed")])
def test_reply_to_a_closed_case(mail: MailBucket, reopens: bool, status: str) -> None:
    put_case(mail, status=CaseStatus.CLOSED, waiting_on=WaitingOn.NOBODY)
    before = case().version
    note(put_entry(mail, reply(1)), reopens=reopens)
    after = case()
    assert after.status == status
    assert after.gsi1pk == index_keys.cases("default", CaseStatus(status))
    assert after.version == before + int(reopens)


def test_late_earlier_reply(mail: MailBucket) -> None:
    """What is unread begins with the first unread email, in whichever order they are noted."""
    put_case(mail)
    note(put_entry(mail, reply(2)))
    note(put_entry(mail, reply(1, AT + timedelta(minutes=1))))
    assert case().unread_from == "EM1"
    assert case().last_inbound_at == to_text(LATER)


def test_reply_that_was_read_before_it_was_noted(mail: MailBucket) -> None:
    put_case(mail)
    note(put_entry(mail, reply(1), seen=1))
    assert case().unread_from is None


def test_moved_email(mail: MailBucket) -> None:
    """A person has moved it here: the case is unread, and nothing else changes."""
    put_case(mail)
    note(put_entry(mail, reply(1), moved=True))
    assert case().unread_from == "EM1"
    assert waiting_on_of(case()) is WaitingOn.EMPLOYEE
    assert case().last_inbound_at is None


def test_email_that_came_into_the_case_late(mail: MailBucket) -> None:
    """What counts is when it came into the case, not when it was received."""
    row = put_entry(mail, reply(1, AT), entered_at=to_text(LATER))
    notice = notice_of(row)
    assert notice is not None
    assert (notice.at, notice.received_at) == (LATER, AT)


@pytest.mark.parametrize("kind", [each for each in EntryKind if each is not EntryKind.NORMAL])
def test_no_notice(mail: MailBucket, kind: EntryKind) -> None:
    """An automatic reply, a report: nobody has to read them."""
    row = put_entry(mail, reply(1, kind=kind))
    assert notice_of(row) is None
    assert not is_unread(row)


def test_alert_is_noted(mail: MailBucket) -> None:
    put_case(mail)
    note(put_entry(mail, reply(1)), alerted=LATER, owed=True)
    assert case().reply_alerted_at == to_text(LATER)
    assert case().alert_owed is True
    note(put_entry(mail, reply(2)))
    assert case().alert_owed is None


def test_note_that_is_too_late(mail: MailBucket) -> None:
    """Somebody has changed the case since it was read: the note is refused, and the caller reads again."""
    put_case(mail)
    old = case()
    note(put_entry(mail, reply(1)))
    with pytest.raises(UpdateError):
        note_entry(old, put_entry(mail, reply(2)), [], reopens=True, alerted=None, owed=False)
    assert case().unread_from == "EM1"


def test_note_of_a_case_that_was_read_meanwhile(mail: MailBucket) -> None:
    """Otherwise the note would go by what was unread before."""
    put_case(mail)
    note(put_entry(mail, reply(1)))
    old = case()
    ReadMarks.mark(CASE)
    with pytest.raises(UpdateError):
        note_entry(old, put_entry(mail, reply(2)), [], reopens=True, alerted=None, owed=False)
    assert case().unread_from is None


@pytest.mark.parametrize(
    "change",
    [
        CaseRow.version.set(2),  # handed over, for example: a note would leave the case in the list of its old group
        CaseRow.acted_at.set(to_text(LATER + timedelta(hours=1))),
        CaseRow.updated_at.set(to_text(LATER + timedelta(hours=1))),
        CaseRow.merged_into.set("ZZZZZZZZZ0"),
    ],
    ids=["version", "acted_at", "updated_at", "merged_into"],
)
def test_note_of_a_case_that_changed_meanwhile(mail: MailBucket, change: Action) -> None:
    """Each of these alone means that the case must be read again."""
    before = put_case(mail, status=CaseStatus.CLOSED, waiting_on=WaitingOn.NOBODY)
    row = put_entry(mail, reply(1))
    CaseRow(*keys.record(CASE)).update(actions=[change])
    with pytest.raises(UpdateError):
        note_entry(before, row, [], reopens=True, alerted=None, owed=False)
    assert case().unread_from is None


def test_reading_while_another_comes(mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email that comes between the read and the write of a read mark stays unread."""
    put_case(mail)
    note(put_entry(mail, reply(1)))
    meanwhile(monkeypatch, "UpdateItem", lambda: note(put_entry(mail, reply(2))), "unread_n")
    ReadMarks.mark(CASE, "EM1")
    assert case().unread_from == "EM2"


@pytest.mark.parametrize("others", [0, 1])
def test_reading_what_is_erased_meanwhile(mail: MailBucket, monkeypatch: pytest.MonkeyPatch, others: int) -> None:
    """Nothing is left of the email, not even that it was read."""
    put_case(mail)
    rows = [put_entry(mail, reply(n)) for n in range(others + 1)]
    for row in rows:
        note(row)
    meanwhile(monkeypatch, "TransactWriteItems" if others else "UpdateItem", rows[0].delete)
    ReadMarks.mark(CASE)
    assert read_rows([(rows[0].pk, rows[0].sk)]) == {}
    assert case().unread_from is None


def test_failure(mail: MailBucket) -> None:
    """An agent's email that failed makes its case unread and wait on the agent."""
    put_case(mail)
    row = put_failed(mail, 1)
    assert note_failure(case(), row, reopens=True, alerted=None) is row
    assert case().unread_from == "EM1"
    assert case().warnings == {"delivery_failed"}
    assert waiting_on_of(case()) is WaitingOn.AGENT
    assert case().last_inbound_at is None


def test_failure_that_was_noticed(mail: MailBucket) -> None:
    put_case(mail)
    leave_to_notice(put_failed(mail, 1))
    assert note_failure(case(), entry("EM1"), reopens=True, alerted=None) is None
    assert case().unread_from is None


def test_another_failure_meanwhile(mail: MailBucket) -> None:
    """It stays to be noticed."""
    first = put_failed(mail, 1)
    put_failed(mail, 1, LATER + timedelta(minutes=1))
    leave_to_notice(first)
    assert entry("EM1").gsi2pk == index_keys.TO_NOTICE
    leave_to_notice(entry("EM1"))
    assert entry("EM1").gsi2pk is None


def test_reading_everything(mail: MailBucket) -> None:
    put_case(mail)
    note(put_entry(mail, reply(1, warnings=(EmailWarning.ENCRYPTED,))))
    note(put_entry(mail, reply(2)))
    ReadMarks.mark(CASE)
    assert case().unread_from is None
    assert case().warnings is None
    assert [entry(each).seen for each in ("EM1", "EM2")] == [1, 1]


def test_reading_up_to_an_email(mail: MailBucket) -> None:
    """What came meanwhile stays unread, with its warnings only."""
    put_case(mail)
    note(put_entry(mail, reply(1, warnings=(EmailWarning.ENCRYPTED,))))
    note(put_entry(mail, reply(2, warnings=(EmailWarning.SUBJECT_CHANGED,))))
    ReadMarks.mark(CASE, "EM1")
    assert case().unread_from == "EM2"
    assert case().warnings == {"subject_changed"}
    assert entry("EM2").seen is None


def test_reading_before_the_note(mail: MailBucket) -> None:
    """An agent sees an email before its case has noticed it: the notice then finds out."""
    put_case(mail)
    put_entry(mail, reply(1))
    ReadMarks.mark(CASE)
    assert entry("EM1").seen == 1
    note(entry("EM1"))
    assert case().unread_from is None


def test_failing_again_after_it_was_read(mail: MailBucket) -> None:
    put_case(mail)
    note_failure(case(), put_failed(mail, 1), reopens=True, alerted=None)
    ReadMarks.mark(CASE)
    assert not is_unread(entry("EM1"))
    entry("EM1").update(actions=[EntryRow.failures.set(2)])
    assert is_unread(entry("EM1"))


def test_reading_many(mail: MailBucket) -> None:
    """More than one transaction holds."""
    put_case(mail, unread_from="EM100")
    for number in range(100, 203):
        put_entry(mail, reply(number))
    ReadMarks.mark(CASE)
    assert {entry(f"EM{number}").seen for number in range(100, 203)} == {1}
    assert case().unread_from is None


def test_reading_the_first_email(mail: MailBucket) -> None:
    """It is in the case's own item, so this has the mark."""
    first = reply(1, warnings=(EmailWarning.ENCRYPTED,))
    put_case(mail, email=first, unread_from="EM1", warnings=(EmailWarning.ENCRYPTED,))
    note(put_entry(mail, reply(2)))
    ReadMarks.refresh(CASE)
    assert (case().unread_from, case().warnings) == ("EM1", {"encrypted"})
    ReadMarks.mark(CASE, "EM1")
    assert case().unread_from == "EM2"
    assert case().warnings is None
    assert case().seen == 1


def test_no_case() -> None:
    ReadMarks.mark(CASE)
    ReadMarks.refresh(CASE)
    note_departure(CASE)
    with pytest.raises(CaseRow.DoesNotExist):
        case()


def test_departure(mail: MailBucket) -> None:
    """After the newest emails were moved away, the times are those of the emails that are left."""
    put_case(mail, last_inbound_at=LATER, last_outbound_at=LATER, unread_from="EM9", warnings=(EmailWarning.ENCRYPTED,))
    put_entry(mail, reply(1, AT + timedelta(minutes=1)), seen=1)
    put_entry(mail, blank_email(email_id="EM2", direction=Direction.OUTBOUND, at=AT + timedelta(minutes=2)))
    put_entry(mail, reply(3, LATER, kind=EntryKind.AUTOMATIC_REPLY))
    note_departure(CASE)
    after = case()
    assert after.last_inbound_at == to_text(AT + timedelta(minutes=1))
    assert after.last_outbound_at == to_text(AT + timedelta(minutes=2))
    assert (after.unread_from or after.warnings) is None


def test_departure_of_the_last(mail: MailBucket) -> None:
    put_case(mail, last_inbound_at=LATER, last_outbound_at=LATER)
    note_departure(CASE)
    after = case()
    assert (after.last_inbound_at or after.last_outbound_at) is None


def test_first_email_is_the_last(mail: MailBucket) -> None:
    put_case(mail, email=reply(1, AT), last_inbound_at=LATER)
    note_departure(CASE)
    assert case().last_inbound_at == to_text(AT)


def test_arrival_of_moved_emails(mail: MailBucket) -> None:
    """Only what is newer counts, and only while nobody has changed the times."""
    put_case(mail, last_inbound_at=LATER)
    old = case()
    older, sent = put_entry(mail, reply(1, AT)), put_entry(mail, failed(2))
    assert later_actions(old, [older]) == []
    actions = later_actions(old, [older, sent])
    assert len(actions) == 1
    old.update(actions=actions, condition=unchanged_last(old))
    assert case().last_outbound_at == to_text(AT)
    for name in ("last_inbound_at", "last_outbound_at"):
        stale = case()
        setattr(stale, name, to_text(AT - timedelta(days=1)))
        with pytest.raises(UpdateError):
            case().update(actions=actions, condition=unchanged_last(stale))

"""Cases and emails are erased with all that belongs to them. A crash leaves nothing that the next run does not find."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.endpoint import Endpoint
from email_channels.aws.mail_bucket import MailBucket, attachment_key
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.tombstone_rows import TombstoneRow
from email_channels.aws.stores.erasure.person_traces import PersonTraceStore
from email_channels.aws.stores.erasure.record_erasure import RecordErasureStore
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.moving.move_store import MoveStore
from email_channels.aws.stores.unprocessed_store import UnprocessedStore
from email_channels.cases.audit.records import AuditAction
from email_channels.cases.history import Direction
from email_channels.cases.identity import record_id_in
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.references import case_reference
from email_channels.cases.unprocessed import Hold
from email_channels.errors import ConcurrentChange, Fault
from email_channels.followup.erasing import Erasure
from email_channels.times import to_text

from tests.support.acts import an_act
from tests.support.in_process.aws import Aws
from tests.support.in_process.case_words import index_words
from tests.support.in_process.inbound_emails import MANUAL, QUESTION, answer, record_sent_email
from tests.support.in_process.inbox import KEYS, MARCUS, NOW, ZOE, Inbox, add_employees, scan
from tests.support.messages import LONG
from tests.support.stored_items.kinds import kind

REPLY = "Re: Your question"
# Too long for the item of a case, and too short for the bucket.
DETAILED = LONG[:5_000]
WORDS = ("secret", "Löhne", "Lohn", "zoe.hartmann", "bob@elsewhere", "Zoe", "hours.csv")


@pytest.fixture
def inbox(aws: Aws) -> Inbox:
    add_employees(MARCUS)
    return Inbox(aws)


@pytest.fixture
def erasure(inbox: Inbox) -> Erasure:
    return Erasure(inbox.mail, lambda: NOW)


@pytest.fixture
def next_day(inbox: Inbox) -> Erasure:
    """What the daily purge of the next day finishes erasures with."""
    return Erasure(inbox.mail, lambda: NOW + timedelta(days=1))


def a_history(inbox: Inbox) -> str:
    """A case with a long first email and its attachment, an agent's email, and an answer to it."""
    add_employees(ZOE)
    case_id = str(inbox.receive(MANUAL.replace("Mein Lohn", f"secret {LONG} Mein Lohn")).case_id)
    record_sent_email(inbox, case_id)
    text = answer(subject=f"{REPLY} {case_reference(case_id, KEYS)}").replace("It was in May.", f"secret {LONG}")
    assert inbox.receive(text, "ad_hoc", signer="elsewhere.example").outcome is Outcome.ENTRY
    return case_id


def left_over(inbox: Inbox, case_id: str) -> list[Any]:
    """What the table and the bucket still have of a case, but for tombstones."""
    items = [item for item in scan() if kind(item) not in {"tombstone", "employee", "address", "rate"}]
    return [items, inbox.objects("")]


def test_case(inbox: Inbox, erasure: Erasure, next_day: Erasure) -> None:
    """Nothing but tombstones stays, and these hold no text."""
    case_id = a_history(inbox)
    assert erasure.bury_case(case_id, 1)
    erasure.finish(case_id)
    assert left_over(inbox, case_id) == [[], []]
    assert next_day.finish_all(lambda: True) == 2
    tombstones = [item for item in scan() if kind(item) == "tombstone"]
    assert len(tombstones) == 2, "of the case, and of the answer"
    assert {name for one in tombstones for name in one} == {"pk", "sk", "kind", "schema", "identity", "expires_at"}
    days = {(int(one["expires_at"]["N"]) - NOW.timestamp()) // 86_400 for one in tombstones}
    assert days == {40}, "longer than a restore reaches back"
    assert not erasure.erase_case(case_id), "a repeat changes nothing"


def test_case_without_its_first_email(inbox: Inbox, erasure: Erasure) -> None:
    """An email that was moved to another case keeps its objects when the case that it made is erased."""
    case_id = a_history(inbox)
    email = inbox.case(case_id).email
    assert email is not None
    other = str(inbox.receive(QUESTION).case_id)
    moved = MoveStore(inbox.mail).move(case_id, email.email_id, other, NOW, an_act())
    erasure.erase_case(case_id)
    kept = {moved.raw_key, *(attachment.key for attachment in moved.attachments), f"bodies/{case_id}"}
    assert len(kept) == 3
    assert kept < set(inbox.objects(""))
    (entry,) = inbox.entries(other)
    assert entry.email.content is not None
    assert "secret" in str(entry.email.content.text)
    erasure.erase_case(other)
    assert inbox.objects("") == []


@pytest.mark.parametrize("what", ["case", "entry"])
def test_entry_of_a_late_worker(inbox: Inbox, erasure: Erasure, next_day: Erasure, what: str) -> None:
    """A worker that read the pointer before the erasure writes the entry after it. The daily purge erases it again."""
    case_id = a_history(inbox)
    (received,) = [one for one in inbox.entries(case_id) if one.email.direction is Direction.INBOUND]
    (item,) = [one for one in scan() if kind(one) == "entry" and received.email.email_id in one["sk"]["S"]]
    if what == "case":
        erasure.erase_case(case_id)
    else:
        erasure.erase_entry(case_id, received.email.email_id)
    boto3.client("dynamodb").put_item(TableName=inbox.aws.table_name, Item=item)
    assert erasure.finish_all(lambda: True) >= 1, "it comes back for a quarter of an hour"
    boto3.client("dynamodb").put_item(TableName=inbox.aws.table_name, Item=item)
    assert next_day.finish_all(lambda: True) >= 1
    assert [one for one in scan() if kind(one) == "entry" and one["sk"] == item["sk"]] == []
    assert next_day.finish_all(lambda: True) == 0


def test_further_copies(inbox: Inbox, erasure: Erasure) -> None:
    """A further copy of an erased email is a duplicate, and is tagged for deletion."""
    question = inbox.receive(QUESTION.replace("zoe.hartmann", "marcus.webb"))
    assert erasure.erase_case(question.record_id)
    again = inbox.receive(QUESTION.replace("zoe.hartmann", "marcus.webb"))
    assert (again.outcome, again.case_id) == (Outcome.DUPLICATE, None)
    (key,) = inbox.objects("raw/")
    assert inbox.mail.is_duplicate(key)
    failed = inbox.intake.record_failure(inbox.put(QUESTION.replace("zoe.hartmann", "marcus.webb")), RuntimeError())
    assert failed is not None
    assert failed.outcome is Outcome.DUPLICATE


def test_version(inbox: Inbox, erasure: Erasure) -> None:
    """A case that was changed in between is not erased."""
    case_id = a_history(inbox)
    with pytest.raises(ConcurrentChange):
        erasure.bury_case(case_id, 2)
    assert len(inbox.entries(case_id)) == 2


def test_unprocessed(inbox: Inbox, erasure: Erasure) -> None:
    result = inbox.receive(MANUAL.replace("Mein Lohn", f"secret {LONG} Mein Lohn"))
    assert result.outcome is Outcome.UNPROCESSED
    assert erasure.erase_unprocessed(result.record_id)
    assert left_over(inbox, result.record_id) == [[], []]
    assert not erasure.erase_unprocessed(result.record_id)


def test_failed(inbox: Inbox, erasure: Erasure) -> None:
    """What an earlier attempt wrote for a failed email is deleted, too."""
    add_employees(ZOE)
    failed = inbox.intake.record_failure(inbox.put(MANUAL), RuntimeError())
    assert failed is not None
    assert inbox.unprocessed(failed.record_id).reason is Reason.PROCESSING_FAILED
    inbox.mail.write(attachment_key(failed.record_id, 1), b"of a try before the last")
    assert erasure.erase_unprocessed(failed.record_id)
    assert inbox.objects("") == []


def test_held_meanwhile(inbox: Inbox, erasure: Erasure) -> None:
    """An email that was put on hold after the job had looked stays."""
    record_id = inbox.receive(MANUAL).record_id
    UnprocessedStore(inbox.mail).hold(record_id, Hold("a claim", "ada", NOW), an_act())
    assert not erasure.erase_unprocessed(record_id)
    assert inbox.unprocessed(record_id).held is not None


def test_anonymise(inbox: Inbox, erasure: Erasure) -> None:
    """Only number, topic, group, states and times stay."""
    case_id = a_history(inbox)
    before = inbox.case(case_id)
    erasure.anonymise_case(case_id)
    case = inbox.case(case_id)
    assert (case.topic, case.service_group, case.status) == (before.topic, before.service_group, before.status)
    assert (case.created_at, case.updated_at) == (before.created_at, before.updated_at)
    assert (case.employee, case.regarding, case.email, case.issue, case.mailbox) == (None, None, None, "", None)
    assert (case.participants, case.flags, case.emails, case.size) == (frozenset(), (), 0, 0)
    assert inbox.objects("") == []
    kept = {"case", "tombstone", "employee", "address", "rate"}
    assert {kind(item) for item in scan()} == kept
    (item,) = [item for item in scan() if kind(item) == "case"]
    assert not [word for word in WORDS if word in str(item)]
    version = case.version
    erasure.anonymise_case(case_id)
    assert inbox.case(case_id).version == version + 2, "it may be repeated"
    again = inbox.receive(MANUAL.replace("Mein Lohn", f"secret {LONG} Mein Lohn"))
    assert again.outcome is Outcome.DUPLICATE
    assert inbox.mail.is_duplicate(inbox.objects("raw/")[-1]), "no record names the copy, so only its tag deletes it"


def test_anonymise_details(inbox: Inbox, erasure: Erasure) -> None:
    """An email that is in the details of its case goes with its attachments."""
    add_employees(ZOE)
    case_id = str(inbox.receive(MANUAL.replace("Mein Lohn", f"{DETAILED} Mein Lohn")).case_id)
    assert "details" in {kind(item) for item in scan()}
    assert [key.partition("/")[0] for key in inbox.objects("")] == ["attachments", "raw"]
    erasure.anonymise_case(case_id)
    assert inbox.objects("") == []


def test_entry(inbox: Inbox, erasure: Erasure) -> None:
    """An entry of a case that stays is erased, and counted no more."""
    case_id = a_history(inbox)
    sent, received = inbox.entries(case_id)
    erasure.erase_entry(case_id, received.email.email_id)
    assert [entry.email.email_id for entry in inbox.entries(case_id)] == [sent.email.email_id]
    erasure.erase_entry(case_id, received.email.email_id)
    erasure.erase_entry(case_id, sent.email.email_id)
    assert [item for item in scan() if kind(item) in {"entry", "sent", "pointer"}] == []
    assert inbox.case(case_id).emails == 1


def test_words_and_times_of_an_entry(inbox: Inbox, erasure: Erasure) -> None:
    """Nobody finds a case by the words that an erased email brought, and the case forgets when it came."""
    case_id = a_history(inbox)
    text = answer(sender="dora@third.example", subject=f"{REPLY} {case_reference(case_id, KEYS)}")
    inbox.receive(text.replace("<answer@", "<dora@"), "ad_hoc", sender="dora@third.example", signer="third.example")
    row = CaseRow.get(*keys.record(case_id))
    row.update(actions=[CaseRow.words_due.set("all")])
    index_words(inbox.mail, inbox.case(case_id))
    (received,) = [one.email for one in inbox.entries(case_id) if "dora" in str(one.email.from_)]
    row.update(actions=[CaseRow.last_inbound_at.set(to_text(received.at + timedelta(hours=1)))])
    listed = [item["sk"]["S"] for item in scan() if item["pk"]["S"].startswith(keys.CASE_WORDS)]
    assert [word for word in listed if word.startswith("dora@third")]
    erasure.erase_entry(case_id, received.email_id)
    listed = [item["sk"]["S"] for item in scan() if item["pk"]["S"].startswith(keys.CASE_WORDS)]
    assert not [word for word in listed if word.startswith("dora@third")]
    left = [one.email.at for one in inbox.entries(case_id) if one.email.direction is Direction.INBOUND]
    assert inbox.case(case_id).last_inbound_at == max(left)


def test_replaced_original(inbox: Inbox, erasure: Erasure) -> None:
    """The original of the unprocessed email that a case has replaced goes with the case."""
    add_employees(ZOE)
    case_id = str(inbox.receive(MANUAL).case_id)
    inbox.mail.write("raw/case_creation/replaced", b"secret")
    CaseRow.get(*keys.record(case_id)).update(actions=[CaseRow.replaced_key.set("raw/case_creation/replaced")])
    erasure.erase_case(case_id)
    assert inbox.objects("") == []


def test_objects_that_stay(inbox: Inbox, next_day: Erasure, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 does not delete the objects of one erasure: it is not finished, and the others are."""
    add_employees(ZOE)
    kept, other = (another_history(inbox, n) for n in (1, 2))
    delete, own = MailBucket.delete, f"attachments/{kept}/1"

    def refused(bucket: MailBucket, given: Iterable[str]) -> frozenset[str]:
        wanted = list(given)
        return delete(bucket, [key for key in wanted if key != own]) | (frozenset({own}) & set(wanted))

    for case_id in (kept, other):
        assert next_day.bury_case(case_id)
    inbox.mail.write(own, b"secret")
    monkeypatch.setattr(MailBucket, "delete", refused)
    TombstoneRow.get(*keys.record(kept)).update(actions=[TombstoneRow.objects.add({own})])
    tomorrow = Erasure(inbox.mail, lambda: NOW + timedelta(days=2))
    with pytest.raises(Fault):
        tomorrow.finish_all(lambda: True)
    assert [one for one in RecordErasureStore.unfinished() if one in {kept, other}] == [kept]
    monkeypatch.setattr(MailBucket, "delete", delete)
    tomorrow.finish_all(lambda: True)
    assert (inbox.objects(""), {kept, other} & {*RecordErasureStore.unfinished()}) == ([], set())


def test_late_note(inbox: Inbox, erasure: Erasure) -> None:
    """A worker that read a case before its erasure writes nothing into the tombstone."""
    case_id = a_history(inbox)
    assert erasure.bury_case(case_id)
    FollowUpStore(inbox.mail).note_alert(case_id, NOW)
    (item,) = [one for one in scan() if one["pk"]["S"] == f"CASE#{case_id}" and one["sk"]["S"] == "CASE"]
    assert "alerted_at" not in item


def test_first_email(inbox: Inbox, erasure: Erasure) -> None:
    """The first email of a case that stays goes with its subject and its issue."""
    case_id = a_history(inbox)
    email = inbox.case(case_id).email
    assert email is not None
    erasure.erase_first_email(case_id, email.email_id)
    case = inbox.case(case_id)
    assert (case.email, case.issue, case.subject) == (None, "", "(erased)")
    assert len(inbox.entries(case_id)) == 2
    assert len(inbox.objects("raw/")) == 1
    again = inbox.receive(MANUAL.replace("Mein Lohn", f"secret {LONG} Mein Lohn"))
    assert again.outcome is Outcome.DUPLICATE
    assert inbox.mail.is_duplicate(inbox.objects("raw/")[-1]), "no record names the copy, so only its tag deletes it"


class Killed(BaseException):
    """The process ends."""


@pytest.mark.parametrize(
    ("what", "words"), [("erase_case", LONG), ("anonymise_case", LONG), ("anonymise_case", DETAILED)]
)
def test_killed_at_every_call(inbox: Inbox, erasure: Erasure, next_day: Erasure, what: str, words: str) -> None:
    """Whichever call is the last one, a repeat or the daily run does the rest."""
    add_employees(ZOE)
    erase: Callable[[str], object] = getattr(erasure, what)
    n, ended = 0, False
    while not ended:
        n += 1
        case_id = another_history(inbox, n, words)
        ended = _ends_within(n, erase, case_id)
        buried = [item for item in scan() if (item["pk"]["S"], kind(item)) == (f"CASE#{case_id}", "tombstone")]
        if not buried:
            erase(case_id)
        next_day.finish_all(lambda: True)
        # Pointers that are found only then wait for a day, too.
        Erasure(inbox.mail, lambda: NOW + timedelta(days=2)).finish_all(lambda: True)
        kept = {"tombstone", "employee", "address", "rate"} | ({"case"} if what == "anonymise_case" else set())
        assert {kind(item) for item in scan()} <= kept, n
        assert inbox.objects("") == [], n
        assert list(RecordErasureStore.unfinished()) == []
        PersonTraceStore.forget_rates(["zoe.hartmann@acme.example"], 20)  # one sender may open 20 cases in an hour
    assert n > 5


def test_entry_killed_at_every_call(inbox: Inbox, erasure: Erasure) -> None:
    """The tombstone comes before the objects are deleted, and the item goes last, so a repeat finds what is left."""
    add_employees(ZOE)
    n, ended = 0, False
    while not ended:
        n += 1
        case_id = another_history(inbox, n)
        (email,) = [one.email for one in inbox.entries(case_id) if one.email.direction is Direction.INBOUND]
        pointer = f"CASE#{record_id_in(email.email_id)}"

        def erase(case_id: str, email_id: str = email.email_id) -> None:
            erasure.erase_entry(case_id, email_id)

        ended = _ends_within(n, erase, case_id)
        if email.raw_key not in inbox.objects("raw/"):
            assert [kind(one) for one in scan() if one["pk"]["S"] == pointer] == ["tombstone"], n
        erase(case_id)
        assert email.raw_key not in inbox.objects("raw/"), n
        assert [one for one in scan() if email.email_id in one["sk"]["S"]] == [], n
    assert n > 4


def _ends_within(calls: int, erase: Callable[[str], object], case_id: str) -> bool:
    """Whether an erasure needs no more calls to AWS than these; otherwise it is killed before the next one."""
    make_request = Endpoint.make_request
    left = iter(range(calls))

    def dying(self: Endpoint, operation: Any, request: Any) -> Any:
        if next(left, None) is None:
            raise Killed
        return make_request(self, operation, request)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Endpoint, "make_request", dying)
        try:
            erase(case_id)
        except Killed:
            return False
    return True


def another_history(inbox: Inbox, n: int, words: str = LONG) -> str:
    """Another case like that of `a_history`."""
    case_id = str(inbox.receive(MANUAL.replace("<1@", f"<{n}a@").replace("Mein Lohn", f"{words} Mein Lohn")).case_id)
    record_sent_email(inbox, case_id)
    text = answer(subject=f"{REPLY} {case_reference(case_id, KEYS)}").replace("<answer@", f"<{n}b@")
    assert inbox.receive(text, "ad_hoc", signer="elsewhere.example").outcome is Outcome.ENTRY
    return case_id


def test_audit(inbox: Inbox, erasure: Erasure) -> None:
    """A record of the audit proves the erasure."""
    case_id = a_history(inbox)
    erasure.bury_case(case_id, None, an_act().record(AuditAction.CASE_ERASE, case_id))
    (record,) = [item for item in scan() if kind(item) == "audit"]
    assert (record["action"]["S"], record["target"]["S"]) == ("case.erase", case_id)
    assert not [word for word in WORDS if word in str(record)]

"""Originals without an outcome are given to inbound again; all others are left alone, and never downloaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import unquote_plus

import boto3
import pytest
from email_channels.aws import clients, inbound_queue
from email_channels.aws.arrivals_queue import ArrivalsQueue
from email_channels.aws.inbound_queue import InboundQueue
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.stores.assignment_store import AssignmentStore
from email_channels.aws.stores.history_counts import set_counts
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.aws.stores.reconcile_store import ReconcileStore
from email_channels.aws.stores.record_store import RecordStore
from email_channels.cases.history import Entry, EntryKind
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import NotFound
from email_channels.followup.arrivals import Arrivals, read_message
from email_channels.followup.purge import Purge

from tests.support.acts import an_act
from tests.support.in_process.aws import Aws
from tests.support.in_process.aws_calls import AwsCalls, watch
from tests.support.in_process.stored_emails import (
    RECEIVED,
    as_written,
    identity_of,
    original_key,
    record_case,
    record_unprocessed,
    stored_email,
    write_original,
)


def event(key: str) -> str:
    """What EventBridge tells of a new object. Keys are not URL-encoded."""
    return json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": {"object": {"key": key}}})


def message(body: str, number: int, receives: int = 1) -> dict[str, object]:
    return {"messageId": f"m{number}", "body": body, "attributes": {"ApproximateReceiveCount": str(receives)}}


@dataclass
class Checked:
    """Looks at originals; notes what is followed up, and fails on cases in `failing`."""

    mail: MailBucket
    aws: Aws
    queue_url: str
    followed: list[tuple[str, str | None]] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)

    def __call__(self, *keys: str, time_left: Callable[[], bool] = lambda: True) -> list[str]:
        """Which of these keys are looked at again."""
        records = [message(event(key), number) for number, key in enumerate(keys)]
        return [keys[int(number[1:])] for number in self.check(records, time_left)]

    def check(self, records: Sequence[dict[str, object]], time_left: Callable[[], bool] = lambda: True) -> list[str]:
        queue = InboundQueue(clients.sqs(), self.queue_url, self.aws.bucket_name)
        return Arrivals(ReconcileStore(), self.mail, queue, self._follow_up, time_left).check(records)

    def given(self) -> list[str]:
        """The keys that were given to inbound since the last time."""
        found = []
        sqs = clients.sqs()
        while messages := sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages"):
            for each in messages:
                (record,) = json.loads(each["Body"])["Records"]
                found.append(unquote_plus(record["s3"]["object"]["key"]))
        return sorted(found)

    def _follow_up(self, case_id: str, email_id: str | None) -> bool:
        if case_id in self.failing:
            raise OSError("no answer")
        self.followed.append((case_id, email_id))
        return True


@pytest.fixture
def checked(aws: Aws, mail: MailBucket) -> Checked:
    return Checked(mail, aws, boto3.client("sqs").create_queue(QueueName="inbound")["QueueUrl"])


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> AwsCalls:
    return watch(monkeypatch)


def point(
    mail: MailBucket,
    n: int,
    *,
    with_entry: bool,
    counted: bool = True,
    kind: EntryKind = EntryKind.NORMAL,
    updated_at: datetime = RECEIVED,
) -> tuple[str, Pointer]:
    """The n-th email as an answer to a case; returns the original's key and the pointer."""
    key = write_original(mail, n)
    case = record_case(mail, n + 100, alerted_at=RECEIVED, updated_at=updated_at)
    identity = identity_of(n)
    email = replace(as_written(mail, stored_email(identity.record_id(), key, n)), kind=kind)
    pointer = Pointer(identity.record_id(), Outcome.ENTRY, case.case_id, email.email_id, key, None)
    RecordStore(mail).create(pointer, identity)
    if with_entry:
        RecordStore(mail).add_entry(pointer, Entry(case.case_id, email), identity)
        if counted:
            case_row(pointer).update(actions=set_counts(1, email.size, email.email_id))
    return key, pointer


def case_row(pointer: Pointer) -> CaseRow:
    pk, sk = keys.record(pointer.case_id)
    return CaseRow(pk=pk, sk=sk)


def original(mail: MailBucket, n: int) -> str:
    """The key of the n-th original, which is written unless it is there."""
    key = original_key(n)
    return key if mail.size(key) is not None else write_original(mail, n)


def original_of(item: Unprocessed) -> str:
    assert item.email.raw_key is not None
    return item.email.raw_key


def test_finished(checked: Checked, mail: MailBucket, calls: AwsCalls) -> None:
    """An original that has its outcome is not downloaded."""
    record_case(mail, 1, alerted_at=RECEIVED)
    record_unprocessed(mail, 2)
    entry, _ = point(mail, 3, with_entry=True)
    keys = [original(mail, 1), original(mail, 2), entry]
    calls.begin()
    assert checked(*keys) == []
    assert set(calls.names) == {"HeadObject", "Query", "BatchGetItem"}
    assert (checked.given(), checked.followed) == ([], [])


def test_lost(checked: Checked, mail: MailBucket) -> None:
    """An original without an outcome is given to inbound, and looked at again."""
    lost = original(mail, 5)
    half_done, _ = point(mail, 4, with_entry=False)
    done = original(mail, 1)
    record_case(mail, 1, alerted_at=RECEIVED)
    assert sorted(checked(lost, half_done, done)) == sorted([lost, half_done])
    assert checked.given() == sorted([lost, half_done])
    record_case(mail, 5, alerted_at=RECEIVED)
    assert checked(lost) == []
    assert checked.given() == []


def test_duplicate(checked: Checked, mail: MailBucket) -> None:
    """A duplicate, an object that is gone, and the setup notification are finished."""
    copy = original(mail, 1)
    mail.mark_duplicate(copy)
    assert checked(copy, "raw/case_creation/gone", "raw/case_creation/AMAZON_SES_SETUP_NOTIFICATION") == []
    assert checked.given() == []


def test_gone_meanwhile(checked: Checked, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """An original that is deleted while it is looked at, with what was in the table, is finished."""

    def gone(mail: MailBucket, key: str) -> bool:
        raise NotFound(key)

    monkeypatch.setattr(MailBucket, "is_duplicate", gone)
    assert checked(original(mail, 1)) == []
    assert checked.given() == []


def test_purged(checked: Checked, mail: MailBucket) -> None:
    """An email that was purged is finished."""
    item = record_unprocessed(mail, 1, notified_at=RECEIVED, purge_after=RECEIVED)
    assert Purge(PurgeStore(), mail, lambda: True).run(RECEIVED).purged == 1
    assert checked(original_of(item)) == []
    assert checked.given() == []


def test_untagged_duplicate(checked: Checked, mail: MailBucket) -> None:
    """A duplicate without its tag is given to inbound, which tags it."""
    record_case(mail, 1, alerted_at=RECEIVED)
    copy = "raw/case_creation/copy"
    mail.write(copy, mail.read(original(mail, 1)))
    assert checked(copy) == [copy]
    assert checked.given() == [copy]


def test_processed_tag(checked: Checked, mail: MailBucket) -> None:
    """The tag of processed originals is not an outcome."""
    lost = original(mail, 1)
    mail.mark_processed(lost)
    assert checked(lost) == [lost]


def test_case_not_followed_up(checked: Checked, mail: MailBucket) -> None:
    """A case that the stream gave up is followed up."""
    case = record_case(mail, 1)
    unacknowledged = record_case(mail, 2, alerted_at=RECEIVED, acknowledge=True)
    acknowledged = record_case(mail, 3, alerted_at=RECEIVED, acknowledge=True, acknowledged_at=RECEIVED)
    assert checked(*(original(mail, n) for n in (1, 2, 3))) == []
    assert checked.followed == [(case.case_id, None), (unacknowledged.case_id, None)]
    assert acknowledged.alerted_at == RECEIVED


def test_entry_not_followed_up(checked: Checked, mail: MailBucket) -> None:
    """An entry that its case does not show or count is followed up."""
    before = RECEIVED - timedelta(milliseconds=1)
    key, pointer = point(mail, 1, with_entry=True, updated_at=before)
    automatic, _ = point(mail, 2, with_entry=True, kind=EntryKind.AUTOMATIC_REPLY, updated_at=before)
    shown, _ = point(mail, 3, with_entry=True)
    uncounted, other = point(mail, 4, with_entry=True, counted=False)
    assert checked(key, automatic, shown, uncounted) == []
    assert checked.followed == [(pointer.case_id, pointer.email_id), (other.case_id, other.email_id)]


@pytest.mark.parametrize("counted_to", ["0", "~"], ids=["an earlier one", "a later one"])
def test_another_entry_is_counted(checked: Checked, mail: MailBucket, counted_to: str) -> None:
    """Nothing shows that this entry was followed up, although its case has activity as new as it is."""
    key, pointer = point(mail, 1, with_entry=True, counted=False)
    case_row(pointer).update(actions=set_counts(1, 0, counted_to))
    assert checked(key) == []
    assert checked.followed == [(pointer.case_id, pointer.email_id)]


def test_owed_alert(checked: Checked, mail: MailBucket) -> None:
    """SES took no alert of an entry that its case shows and counts."""
    key, pointer = point(mail, 1, with_entry=True)
    case_row(pointer).update(actions=[CaseRow.alert_owed.set(True)])
    assert checked(key) == []
    assert checked.followed == [(pointer.case_id, pointer.email_id)]


def test_assigned(checked: Checked, mail: MailBucket) -> None:
    """An email that a person assigned is found by its original, and followed up if that is asked for."""
    item, case = record_unprocessed(mail, 1), record_case(mail, 2, alerted_at=RECEIVED)
    AssignmentStore(mail).add_to_case(item.id, case.case_id, an_act())
    email = (case.case_id, item.email.email_id)
    pk, sk = keys.record(case.case_id)
    CaseRow(pk=pk, sk=sk).update(actions=set_counts(1, 0, item.email.email_id))
    assert checked(original_of(item)) == []
    assert (checked.given(), checked.followed) == ([], [])
    asked = clients.sqs().create_queue(QueueName="asked")["QueueUrl"]
    ArrivalsQueue(clients.sqs(), asked).follow_up(*email)
    (sent,) = clients.sqs().receive_message(QueueUrl=asked)["Messages"]
    assert checked.check([message(sent["Body"], 1)]) == []
    assert (checked.given(), checked.followed) == ([], [email])


def test_one_fails(checked: Checked, mail: MailBucket) -> None:
    """One original that fails does not stop the others."""
    cases = [record_case(mail, n) for n in (1, 2, 3)]
    checked.failing = {cases[1].case_id}
    lost = original(mail, 9)
    records = [message(event(original(mail, n)), n) for n in (1, 2, 3)]
    records += [message(event(lost), 9), message("not JSON", 10), message('{"detail": []}', 11)]
    assert checked.check(records) == ["m2", "m9", "m10", "m11"]
    assert checked.followed == [(cases[0].case_id, None), (cases[2].case_id, None)]
    assert checked.given() == [lost]
    checked.failing = set()
    assert checked.check(records[1:2]) == []


def test_out_of_time(checked: Checked, mail: MailBucket) -> None:
    """Without time left, messages are retried. Those with the most receives come first."""
    lost = [original(mail, n) for n in range(3)]
    records = [message(event(key), n, receives) for n, (key, receives) in enumerate(zip(lost, (1, 9, 5), strict=True))]
    left = iter([True, True, False])
    assert checked.check(records, lambda: next(left)) == ["m1", "m2", "m0"]
    assert checked.given() == [lost[1], lost[2]]


def test_long_queue(checked: Checked, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is given to a long queue."""
    lost = original(mail, 1)
    with monkeypatch.context() as patched:
        patched.setattr(inbound_queue, "MANY", 2)
        for _ in range(3):  # at the third time, two messages wait
            assert checked(lost) == [lost]
        assert checked.given() == [lost, lost]
    assert checked(lost) == [lost]
    assert checked.given() == [lost]


def test_queue_fails(checked: Checked, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the inbound queue fails, the other originals are given to it, and all are retried."""
    lost = [original(mail, n) for n in range(3)]

    def refuse(queue: InboundQueue, key: str) -> None:
        if key == lost[0]:
            raise OSError("no answer")
        send(queue, key)

    send = InboundQueue.send
    with monkeypatch.context() as patched:
        patched.setattr(InboundQueue, "send", refuse)
        assert checked(*lost) == lost
    assert checked.given() == lost[1:]
    with monkeypatch.context() as patched:
        patched.setattr(InboundQueue, "is_long", refuse)
        assert checked(*lost) == lost
    assert checked.given() == []


def test_keys(checked: Checked, mail: MailBucket) -> None:
    """Any key survives both queues."""
    key = "raw/ad_hoc/a key+with =odd= signs & ümlauts"
    mail.write(key, b"From: x\r\n\r\n")
    assert checked(key) == [key]
    assert checked.given() == [key]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"detail": null}', '{"detail": {"object": {"key": 1}}}'])
def test_malformed(body: str) -> None:
    """A message that is not an event of the bucket is refused."""
    with pytest.raises(ValueError, match="not an event of the bucket"):
        read_message(body)

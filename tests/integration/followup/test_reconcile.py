"""Originals without an outcome are sent to inbound again; all others are left alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_plus

import boto3
import pytest
from email_channels.aws import clients
from email_channels.aws.inbound_queue import InboundQueue
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.reconcile_store import ReconcileStore
from email_channels.aws.stores.record_store import RecordStore
from email_channels.cases.history import Entry
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.followup import reconcile
from email_channels.followup.reconcile import OriginalsCheck, OriginalsCheckResult

from tests.support.in_process.aws import Aws
from tests.support.in_process.stored_emails import (
    identity_of,
    record_case,
    record_unprocessed,
    stored_email,
    write_original,
)


@pytest.fixture
def queue_url(aws: Aws) -> str:
    return boto3.client("sqs").create_queue(QueueName="inbound")["QueueUrl"]


def later(**time: float) -> datetime:
    return datetime.now(UTC) + timedelta(**time)


def run(mail: MailBucket, aws: Aws, queue_url: str, now: datetime, time: bool = True) -> OriginalsCheckResult | None:
    queue = InboundQueue(clients.sqs(), queue_url, aws.bucket_name)
    return OriginalsCheck(ReconcileStore(), mail, queue, lambda *_: None, lambda: time).run_daily(now)


def queued(queue_url: str) -> list[str]:
    found = []
    while messages := boto3.client("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            (record,) = json.loads(message["Body"])["Records"]
            found.append(unquote_plus(record["s3"]["object"]["key"]))
    return sorted(found)


def point(mail: MailBucket, n: int, *, with_entry: bool) -> str:
    """The n-th email as an answer to a case; returns the original's key."""
    key = write_original(mail, n)
    case = record_case(mail, n + 100)
    identity = identity_of(n)
    email = stored_email(identity.record_id(), key, n)
    pointer = Pointer(identity.record_id(), Outcome.ENTRY, case.case_id, email.email_id, key, None)
    RecordStore(mail).create(pointer, identity)
    if with_entry:
        RecordStore(mail).add_entry(pointer, Entry(case.case_id, email), identity)
    return key


def test_only_originals_without_a_finished_outcome_go_to_inbound_again(
    aws: Aws, mail: MailBucket, queue_url: str
) -> None:
    record_case(mail, 1)
    record_unprocessed(mail, 2)
    point(mail, 3, with_entry=True)
    half_done = point(mail, 4, with_entry=False)
    lost = write_original(mail, 5)
    mail.write("raw/case_creation/AMAZON_SES_SETUP_NOTIFICATION", b"Subject: Amazon SES Setup Notification\r\n\r\n")
    mail.write("attachments/x/1", b"no original")

    assert run(mail, aws, queue_url, later(hours=2)) == OriginalsCheckResult(
        looked_at=7, requeued=2, followed_up=3, complete=True
    )

    assert queued(queue_url) == sorted([half_done, lost])


def test_another_email_under_the_same_short_id_is_no_outcome(aws: Aws, mail: MailBucket, queue_url: str) -> None:
    lost = write_original(mail, 5)
    theirs = record_case(mail, 1)
    squatter = EmailIdentity("another", "another", "another")
    RecordStore(mail).create(replace(theirs, case_id=identity_of(5).record_id()), squatter)
    run(mail, aws, queue_url, later(hours=2))
    assert queued(queue_url) == [lost]
    RecordStore(mail).create(replace(theirs, case_id=identity_of(5).record_id(1)), identity_of(5))
    run(mail, aws, queue_url, later(days=1, hours=2))
    assert queued(queue_url) == []


def test_what_is_on_its_way_or_long_past_is_not_looked_at(aws: Aws, mail: MailBucket, queue_url: str) -> None:
    write_original(mail, 1)
    assert run(mail, aws, queue_url, later(minutes=30)) == OriginalsCheckResult(0, 0, 0, complete=True)
    assert run(mail, aws, queue_url, later(days=30)) == OriginalsCheckResult(0, 0, 0, complete=True)
    assert queued(queue_url) == []


def test_it_is_done_once_a_day_unless_it_did_not_finish(aws: Aws, mail: MailBucket, queue_url: str) -> None:
    write_original(mail, 1)
    now = later(hours=2)
    assert run(mail, aws, queue_url, now, time=False) == OriginalsCheckResult(0, 0, 0, complete=False)
    assert run(mail, aws, queue_url, now) == OriginalsCheckResult(1, 1, 0, complete=True)
    assert run(mail, aws, queue_url, now) is None
    assert run(mail, aws, queue_url, now + timedelta(days=1)) == OriginalsCheckResult(1, 1, 0, complete=True)


def test_a_run_goes_on_where_the_one_before_ran_out_of_time(
    aws: Aws, mail: MailBucket, queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "_BATCH", 2)
    lost = sorted(write_original(mail, n) for n in range(5))
    now = later(hours=2)
    left = [True, True, False, True, True, True, False]
    queue = InboundQueue(clients.sqs(), queue_url, aws.bucket_name)
    originals = OriginalsCheck(ReconcileStore(), mail, queue, lambda *_: None, lambda: left.pop(0))
    assert originals.run_daily(now) == OriginalsCheckResult(4, 4, 0, complete=False)
    assert queued(queue_url) == lost[:4]
    assert originals.run_daily(now) == OriginalsCheckResult(1, 1, 0, complete=True)
    assert queued(queue_url) == lost[4:]
    assert originals.run_daily(now) is None
    assert originals.run_daily(now - timedelta(days=1)) is None
    assert originals.run_daily(now + timedelta(days=1)) == OriginalsCheckResult(4, 4, 0, complete=False)


def test_what_was_looked_at_before_something_failed_is_not_looked_at_again(
    aws: Aws, mail: MailBucket, queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "_BATCH", 2)
    lost = sorted(write_original(mail, n) for n in range(5))
    now = later(hours=2)
    with monkeypatch.context() as patched:
        patched.setattr(mail, "read", dict.fromkeys(lost[:2], b"").__getitem__)
        with pytest.raises(KeyError):
            run(mail, aws, queue_url, now)
    assert queued(queue_url) == lost[:2]
    assert run(mail, aws, queue_url, now) == OriginalsCheckResult(3, 3, 0, complete=True)
    assert queued(queue_url) == lost[2:]


def test_keys_survive_the_queue(aws: Aws, mail: MailBucket, queue_url: str) -> None:
    key = "raw/ad_hoc/a key+with =odd= signs & ümlauts"
    mail.write(key, b"From: x\r\n\r\n")
    run(mail, aws, queue_url, later(hours=2))
    assert queued(queue_url) == [key]

"""Floods while SES takes one email a second, or none any more: nothing is lost, and the stream does not stall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows.entry_rows import entry_row
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.cases.case import Case
from email_channels.cases.history import Entry
from email_channels.cases.identity import email_id

from tests.support.in_process.aws import Aws, embedded_aws
from tests.support.in_process.notifying_functions import environment_of, stream
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
from tests.support.reliability.sending_rate import StreamInFrontOfSes, stream_in_front_of_ses

CASES, REPLIES, UNPROCESSED = 40, 10, 5


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with embedded_aws(monkeypatch) as made:
        queues = {
            f"{name.upper()}_QUEUE_URL": boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"]
            for name in ("inbound", "jobs")
        }
        with environment_of(made, PROBE_MINUTES="0", **queues):
            yield made


class Flood:
    """Cases to acknowledge, replies to some of them, and unprocessed emails, as `inbound` has written them."""

    def __init__(self, aws: Aws) -> None:
        self.mail = MailBucket(clients.s3(), aws.bucket_name)
        self.cases = [record_case(self.mail, n, acknowledge=True) for n in range(CASES)]
        for n, case in enumerate(self.cases[:REPLIES], start=CASES):
            self._reply(case, n)
        first = CASES + REPLIES
        self.unprocessed = [record_unprocessed(self.mail, n).id for n in range(first, first + UNPROCESSED)]
        self.originals = [original_key(n) for n in range(first + UNPROCESSED)]
        kinds = {"case", "entry", "unprocessed"}
        records = stream(aws.table_name)
        self.records = [one for one in records if one["dynamodb"]["NewImage"]["kind"]["S"] in kinds]
        for number, record in enumerate(self.records):
            record["dynamodb"]["SequenceNumber"] = f"{number}"

    def _reply(self, case: Case, n: int) -> None:
        at = RECEIVED + timedelta(minutes=n)
        record_id = identity_of(n).record_id()
        email = as_written(self.mail, stored_email(record_id, write_original(self.mail, n), n))
        entry = Entry(case.case_id, replace(email, email_id=email_id(at, record_id), at=at))
        entry_row(entry, None, record_id, self.mail).save()

    def unnoticed(self) -> list[str]:
        """The cases that have not noticed their reply."""
        found = {case.case_id: FollowUpStore(self.mail).new_case(case.case_id) for case in self.cases[:REPLIES]}
        return [case_id for case_id, one in found.items() if one is None or one.case.updated_at == RECEIVED]

    def not_notified(self) -> list[str]:
        found = {record_id: NotificationStore(self.mail).read(record_id) for record_id in self.unprocessed}
        return [record_id for record_id, item in found.items() if item is None or item.notified_at is None]

    def check(self, run: StreamInFrontOfSes) -> None:
        """Each email was followed up, and no acknowledgement was sent twice."""
        counts = run.ses.counts()
        assert {case.case_id: counts["acknowledgement", case.case_id] for case in self.cases} == {
            case.case_id: 1 for case in self.cases
        }
        alerts = {case.case_id: counts["alert", case.case_id] for case in self.cases}
        assert alerts == {case.case_id: 2 if n < REPLIES else 1 for n, case in enumerate(self.cases)}
        assert (self.not_notified(), self.unnoticed(), run.given_up) == ([], [], 0)


def test_one_email_per_second(aws: Aws) -> None:
    """The sandbox, or a small account: all is sent as fast as SES takes it, and no batch runs out of time."""
    flood = Flood(aws)
    with stream_in_front_of_ses(pause=1.0) as run:
        run.give(flood.records)
        flood.check(run)
        # Full jitter leaves some of the seconds unused.
        assert len(run.ses.sent) <= run.clock.now <= 2.5 * len(run.ses.sent)
        assert run.longest < run.mapping.function.timeout


def test_quota_used_up(aws: Aws) -> None:
    """The daily quota ends within the flood: the stream goes on, agents see replies, and the rest is sent later."""
    flood = Flood(aws)
    with stream_in_front_of_ses(pause=1.0, quota=20) as run:
        run.give(flood.records)
        assert (run.given_up, flood.unnoticed()) == (0, [])
        assert len(run.ses.sent) == 20
        # 20 emails, one wait in vain for each minute, and a try for each further record.
        assert run.clock.now < 120

        run.clock.wait(3600)
        again = run.reconcile(flood.originals)
        assert again, "what SES does not take stays in the queue of arrivals"

        run.ses.quota = 1_000_000
        run.clock.wait(5400)
        assert run.reconcile(again) == []
        flood.check(run)

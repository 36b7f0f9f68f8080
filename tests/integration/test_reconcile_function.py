"""The reconcile function: each part is done, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.errors import Fault

from functions.reconcile import app
from tests.integration.test_notify_function import ENVIRONMENT, Context, sent
from tests.support.in_process.aws import Aws
from tests.support.in_process.stored_emails import record_unprocessed

LATER = {"time": "2100-01-01T03:00:00Z"}


class PatientContext(Context):
    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 900_000


@pytest.fixture
def mail(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailBucket]:
    queue_url = boto3.client("sqs").create_queue(QueueName="inbound")["QueueUrl"]
    settings = {
        "TABLE_NAME": aws.table_name,
        "BUCKET_NAME": aws.bucket_name,
        "TAG_KEY_SECRET": aws.tag_key_secret,
        "INBOUND_QUEUE_URL": queue_url,
        "POWERTOOLS_SERVICE_NAME": "reconcile",
    }
    for name, value in (ENVIRONMENT | settings).items():
        monkeypatch.setenv(name, value)
    cached = [value for value in vars(app).values() if hasattr(value, "cache_clear")]
    for function in cached:
        function.cache_clear()
    boto3.client("sesv2").create_email_identity(EmailIdentity="cases@acme.example")
    yield MailBucket(clients.s3(), aws.bucket_name)
    for function in cached:
        function.cache_clear()


def test_late_notifications_go_out_and_originals_are_looked_at_once_a_day(mail: MailBucket) -> None:
    item = record_unprocessed(mail, 1)
    originals = {"looked_at": 0, "requeued": 0, "followed_up": 0, "complete": True}
    assert app.handler(LATER, PatientContext()) == {"notified": 1, "sends_closed": 0, "originals": originals}
    assert app.handler(LATER, PatientContext()) == {"notified": 0, "sends_closed": 0, "originals": None}
    assert len(sent()) == 1
    notified = NotificationStore(mail).read(item.id)
    assert notified is not None
    assert notified.notified_at is not None


def test_a_part_that_fails_keeps_none_of_the_others_from_being_done(
    mail: MailBucket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    record_unprocessed(mail, 1)

    def fail(*_: object) -> None:
        raise OSError("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(app, "close_stuck_sends", fail)
        with pytest.raises(Fault, match="not done: sends_closed"):
            app.handler(LATER, PatientContext())
    assert len(sent()) == 1
    assert "part failed" in caplog.text
    assert app.handler(LATER, PatientContext())["originals"] is None

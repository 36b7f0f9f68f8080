"""The notify function on batches of the table's own stream."""

from __future__ import annotations

from email import message_from_string
from email.utils import parseaddr

import boto3
import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.notification_store import NotificationStore

from functions.notify import app as notify
from tests.support.in_process.aws import Aws
from tests.support.in_process.notifying_functions import environment_of, follow_stream, sent
from tests.support.in_process.stored_emails import record_case, record_unprocessed, write_original
from tests.support.lambda_context import lambda_context

pytestmark = pytest.mark.usefixtures("notify_environment")


def test_repeated_record(aws: Aws, mail: MailBucket) -> None:
    """A record that arrives several times is followed up once."""
    item = record_unprocessed(mail, 1)
    record_case(mail, 2, acknowledge=True)

    assert follow_stream(aws.table_name) == []
    assert follow_stream(aws.table_name) == []

    assert sorted(sorted({*message.destinations}) for message in sent()) == [
        ["admin@acme.example"],
        ["group@acme.example"],
        ["jo@elsewhere.example"],
    ]
    notified = NotificationStore(mail).read(item.id)
    assert notified is not None
    assert notified.notified_at is not None


def test_capitals_in_the_from_address(aws: Aws, mail: MailBucket) -> None:
    """SES lets a function send whatever the case of the From address in the parameter. The judge of calls watches."""
    boto3.client("sesv2").create_email_identity(EmailIdentity="acme.example")
    with environment_of(aws, NOTIFICATION_FROM_ADDRESS="Cases@ACME.Example"):
        record_unprocessed(mail, 1)
        assert follow_stream(aws.table_name) == []
    (message,) = sent()
    assert parseaddr(message_from_string(message.raw_data)["From"])[1] == "Cases@acme.example"


def test_failing_record(
    aws: Aws, mail: MailBucket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A record that fails is retried, and the others are followed up."""
    bad, good = record_unprocessed(mail, 1), record_unprocessed(mail, 2)
    read = MailBucket.read

    def read_or_fail(self: MailBucket, key: str) -> bytes:
        if key == bad.email.raw_key:
            raise OSError("the bucket did not answer")
        return read(self, key)

    with monkeypatch.context() as patched:
        patched.setattr(MailBucket, "read", read_or_fail)
        (failed,) = follow_stream(aws.table_name)
    assert failed == f"CASE#{bad.id}"
    assert len(sent()) == 1
    assert "the bucket did not answer" in caplog.text

    assert follow_stream(aws.table_name) == []
    assert len(sent()) == 2
    for item in (bad, good):
        read_back = NotificationStore(mail).read(item.id)
        assert read_back is not None
        assert read_back.notified_at is not None


def test_other_items(aws: Aws, mail: MailBucket) -> None:
    """Other items are ignored."""
    write_original(mail, 1)
    boto3.client("dynamodb").put_item(
        TableName=aws.table_name, Item={"pk": {"S": "ROUTING"}, "sk": {"S": "ROUTING"}, "kind": {"S": "routing"}}
    )
    assert follow_stream(aws.table_name) == []
    assert sent() == []


def test_schedule(mail: MailBucket) -> None:
    """The schedule of one minute sends one digest of all emails that wait."""
    for n in range(3):
        record_unprocessed(mail, n)
    event = {"time": "2100-01-01T03:00:00Z"}
    assert notify.handler(event, lambda_context(60_000)) == {"notified": 3}
    assert notify.handler(event, lambda_context(60_000)) == {"notified": 0}
    assert len(sent()) == 1

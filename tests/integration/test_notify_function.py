"""The notify function on batches of the table's own stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.notification_store import NotificationStore
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import RawMessage, ses_backends

from functions.notify import app
from tests.support.in_process.aws import REGION, Aws
from tests.support.in_process.stored_emails import record_case, record_unprocessed, write_original

ENVIRONMENT = {
    "CASE_CREATION_ENABLED": "true",
    "AD_HOC_ENABLED": "true",
    "CASE_CREATION_RECIPIENTS": "payroll@in.example",
    "AD_HOC_RECIPIENTS": "answers@in.example",
    "ADMIN_EMAIL_ADDRESSES": "admin@acme.example",
    "NOTIFICATION_FROM_ADDRESS": "cases@acme.example",
    "NOTIFICATION_FROM_NAME": "Email Channels",
    "CC_SENDER_ON_ERROR": "false",
    "PURGE_AFTER_DAYS": "30",
    "PROCESSED_RETENTION_DAYS": "0",
    "DEFAULT_SERVICE_GROUP": "default",
    "DEFAULT_SERVICE_GROUP_ADDRESS": "group@acme.example",
    "AD_HOC_FROM_ADDRESS": "service@acme.example",
    "AD_HOC_FROM_NAME": "Acme",
    "AD_HOC_REPLY_TO": "answers@acme.example",
    "MAILBOX_ADDRESS": "payroll@acme.example",
    "PLUS_ADDRESSING": "false",
    "CONFIGURATION_SET": "set",
    "API_URL": "https://api.example",
    "POWERTOOLS_SERVICE_NAME": "notify",
}


class Context(LambdaContext):
    _aws_request_id = "request"
    _function_name = "notify"
    _memory_limit_in_mb = 128
    _invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:notify"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


@pytest.fixture
def mail(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailBucket]:
    settings = {"TABLE_NAME": aws.table_name, "BUCKET_NAME": aws.bucket_name, "TAG_KEY_SECRET": aws.tag_key_secret}
    for name, value in (ENVIRONMENT | settings).items():
        monkeypatch.setenv(name, value)
    cached = [value for value in vars(app).values() if hasattr(value, "cache_clear")]
    for function in cached:
        function.cache_clear()
    for identity in ("cases@acme.example", "service@acme.example"):
        boto3.client("sesv2").create_email_identity(EmailIdentity=identity)
    yield MailBucket(clients.s3(), aws.bucket_name)
    for function in cached:
        function.cache_clear()


def stream(table: str) -> list[dict[str, Any]]:
    """A record for each item of the table, as Lambda hands them over when they were just written."""
    items = boto3.client("dynamodb").scan(TableName=table)["Items"]
    return [
        {
            "eventID": f"{n}",
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "Keys": {"pk": item["pk"], "sk": item["sk"]},
                "NewImage": {name: value for name, value in item.items() if "B" not in value},
                "SequenceNumber": item["pk"]["S"],
            },
        }
        for n, item in enumerate(items)
    ]


def invoke(table: str) -> list[str]:
    """The sequence numbers that the function reports as failed."""
    answered = app.handler({"Records": stream(table)}, Context())
    return [str(failure["itemIdentifier"]) for failure in answered["batchItemFailures"]]


def sent() -> list[RawMessage]:
    messages: list[RawMessage] = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    return messages


def test_each_record_is_followed_up_once_however_often_it_comes(aws: Aws, mail: MailBucket) -> None:
    item = record_unprocessed(mail, 1)
    record_case(mail, 2, acknowledge=True)

    assert invoke(aws.table_name) == []
    assert invoke(aws.table_name) == []

    assert sorted(sorted({*message.destinations}) for message in sent()) == [
        ["admin@acme.example"],
        ["group@acme.example"],
        ["jo@elsewhere.example"],
    ]
    notified = NotificationStore(mail).read(item.id)
    assert notified is not None
    assert notified.notified_at is not None


def test_a_record_that_fails_comes_again_and_the_others_are_done(
    aws: Aws, mail: MailBucket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = record_unprocessed(mail, 1), record_unprocessed(mail, 2)
    read = MailBucket.read

    def read_or_fail(self: MailBucket, key: str) -> bytes:
        if key == bad.email.raw_key:
            raise OSError("the bucket did not answer")
        return read(self, key)

    with monkeypatch.context() as patched:
        patched.setattr(MailBucket, "read", read_or_fail)
        (failed,) = invoke(aws.table_name)
    assert failed == f"CASE#{bad.id}"
    assert len(sent()) == 1
    assert "the bucket did not answer" in caplog.text

    assert invoke(aws.table_name) == []
    assert len(sent()) == 2
    for item in (bad, good):
        read_back = NotificationStore(mail).read(item.id)
        assert read_back is not None
        assert read_back.notified_at is not None


def test_other_items_are_nothing_to_do(aws: Aws, mail: MailBucket) -> None:
    write_original(mail, 1)
    boto3.client("dynamodb").put_item(
        TableName=aws.table_name, Item={"pk": {"S": "ROUTING"}, "sk": {"S": "ROUTING"}, "kind": {"S": "routing"}}
    )
    assert invoke(aws.table_name) == []
    assert sent() == []

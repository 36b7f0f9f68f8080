"""Runs the functions notify and reconcile in this process, with records of the table's stream."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import RawMessage, ses_backends

from functions.notify import app as notify
from tests.support.in_process.aws import REGION, Aws
from tests.support.lambda_context import lambda_context
from tests.support.new_process import forget_use_cases
from tests.support.parameters import ACME_EXAMPLE

ENVIRONMENT = ACME_EXAMPLE | {
    "ADMIN_EMAIL_ADDRESSES": "admin@acme.example",
    # These functions need a logger of their own, because another test may have silenced its logger for the process.
    "POWERTOOLS_SERVICE_NAME": "notify",
}


@contextmanager
def environment_of(aws: Aws, **more: str) -> Iterator[None]:
    """Sets a function's environment, as in a new process. The addresses from which we send are verified in SES."""
    names = {"TABLE_NAME": aws.table_name, "BUCKET_NAME": aws.bucket_name, "TAG_KEY_SECRET": aws.tag_key_secret}
    for identity in ("cases@acme.example", "service@acme.example"):
        boto3.client("sesv2").create_email_identity(EmailIdentity=identity)
    with pytest.MonkeyPatch.context() as patched:
        for name, value in (ENVIRONMENT | names | more).items():
            patched.setenv(name, value)
        forget_use_cases()
        yield
        forget_use_cases()


def stream(table: str) -> list[dict[str, Any]]:
    """The stream records for all items of the table, as if each item had just been written."""
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


def follow_stream(table: str) -> list[str]:
    """Calls notify with all items of the table; returns the sequence numbers that it reports as failed."""
    answered: dict[str, Any] = dict(notify.handler({"Records": stream(table)}, lambda_context(60_000)))
    return [str(failure["itemIdentifier"]) for failure in answered["batchItemFailures"]]


def sent() -> list[RawMessage]:
    """The messages that SES accepted."""
    messages: list[RawMessage] = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    return messages

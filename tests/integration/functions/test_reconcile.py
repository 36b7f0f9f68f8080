"""The reconcile function: overdue work, and originals that have arrived; one failure does not stop the others."""

from __future__ import annotations

import hashlib
import json

import boto3
import pytest
from email_channels.aws.mail_bucket import MailBucket, content_key
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.cases.case import Case
from email_channels.errors import Fault

from functions.reconcile import app
from tests.support.in_process.notifying_functions import sent
from tests.support.in_process.stored_emails import record_case, record_unprocessed, write_original
from tests.support.in_process.stored_records import read_record
from tests.support.lambda_context import lambda_context

pytestmark = pytest.mark.usefixtures("reconcile_environment")

NOTHING = {"notified": 0, "sends_closed": 0, "failures_noticed": 0, "jobs_woken": 0, "probes_sent": 0}
LATER = {"time": "2100-01-01T03:00:00Z"}


def test_run(mail: MailBucket) -> None:
    """Late notifications are sent."""
    item = record_unprocessed(mail, 1)
    assert app.handler(LATER, lambda_context(900_000)) == NOTHING | {"notified": 1}
    assert app.handler(LATER, lambda_context(900_000)) == NOTHING
    assert len(sent()) == 1
    notified = NotificationStore(mail).read(item.id)
    assert notified is not None
    assert notified.notified_at is not None


def test_failing_part(mail: MailBucket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A part that fails does not stop the others."""
    record_unprocessed(mail, 1)

    def fail(*_: object) -> None:
        raise OSError("no answer")

    with monkeypatch.context() as patched:
        patched.setattr("email_channels.bootstrap.reconcile.close_stuck_sends", fail)
        with pytest.raises(Fault, match="not done: sends_closed"):
            app.handler(LATER, lambda_context(900_000))
    assert len(sent()) == 1
    assert "part failed" in caplog.text
    assert app.handler(LATER, lambda_context(900_000)) == NOTHING


def test_issue_of_a_case_that_was_never_made(mail: MailBucket) -> None:
    """A request wrote the long issue of a case, and ended before it wrote the case. Issues of cases stay, and so does
    the text of an email that was not assigned after all."""
    case, item = record_case(mail, 1), record_unprocessed(mail, 2)
    lost = "ZZZZZZZZZ0"
    records = []
    for number, record_id in enumerate((case.case_id, item.id, lost)):
        mail.write(content_key(record_id), b"A long issue")
        body = json.dumps({"follow_up": {"case_id": record_id, "email_id": None}})
        records.append(arrival(number, "") | {"body": body})
    assert app.handler({"Records": records}, lambda_context(900_000)) == {"batchItemFailures": []}
    found = [mail.size(content_key(record_id)) is not None for record_id in (case.case_id, item.id, lost)]
    assert found == [True, True, False]


def test_lost_issue_that_s3_keeps(mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case was never made: the message is repeated until its issue is deleted."""
    mail.write(content_key("ZZZZZZZZZ0"), b"A long issue")
    body = json.dumps({"follow_up": {"case_id": "ZZZZZZZZZ0", "email_id": None}})
    records = {"Records": [arrival(1, "") | {"body": body}]}
    with monkeypatch.context() as patched:
        patched.setattr(MailBucket, "delete", lambda _, keys: frozenset(keys))
        assert app.handler(records, lambda_context(900_000)) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert app.handler(records, lambda_context(900_000)) == {"batchItemFailures": []}
    assert mail.size(content_key("ZZZZZZZZZ0")) is None


def arrival(number: int, key: str) -> dict[str, object]:
    body = json.dumps({"detail-type": "Object Created", "detail": {"object": {"key": key}}})
    return {"messageId": f"m{number}", "body": body, "attributes": {"ApproximateReceiveCount": "1"}}


def test_arrivals(mail: MailBucket) -> None:
    """Originals that have arrived are followed up, given to inbound, or finished."""
    case = record_case(mail, 1)
    assert case.email is not None
    keys = [str(case.email.raw_key), write_original(mail, 2), "raw/case_creation/gone"]
    records = {"Records": [arrival(number, key) for number, key in enumerate(keys)]}
    assert app.handler(records, lambda_context(900_000)) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    (alert,) = sent()
    assert set(alert.destinations) == {"group@acme.example"}
    followed_up = read_record(mail, case.case_id)
    assert followed_up is not None
    assert isinstance(followed_up.value, Case)
    assert followed_up.value.alerted_at is not None
    queue = boto3.client("sqs").get_queue_url(QueueName="inbound")["QueueUrl"]
    (given,) = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert keys[1] in given["Body"].replace("%2F", "/")


def test_long_email_that_was_not_followed_up(mail: MailBucket) -> None:
    """The text of a case is in the bucket, and the stream has given the case up: its group hears of it all the same."""
    noise = "".join(hashlib.sha256(f"{n}".encode()).hexdigest() for n in range(200))
    case = record_case(mail, 1, issue=noise)
    assert case.email is not None
    assert mail.size(content_key(case.case_id)) is not None
    records = {"Records": [arrival(1, str(case.email.raw_key))]}
    assert app.handler(records, lambda_context(900_000)) == {"batchItemFailures": []}
    (alert,) = sent()
    assert set(alert.destinations) == {"group@acme.example"}
    assert app.handler(records, lambda_context(900_000)) == {"batchItemFailures": []}
    assert len(sent()) == 1


def test_no_time(mail: MailBucket) -> None:
    """With a minute left, no original is looked at."""
    records = {"Records": [arrival(1, write_original(mail, 1))]}
    assert app.handler(records, lambda_context(60_000)) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    queue = boto3.client("sqs").get_queue_url(QueueName="inbound")["QueueUrl"]
    assert "Messages" not in boto3.client("sqs").receive_message(QueueUrl=queue)

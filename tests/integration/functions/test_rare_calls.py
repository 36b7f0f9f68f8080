"""Calls to AWS that only rare emails cause: long emails, whose content lies in the bucket, and emails without original.

The policies have the permissions for these calls, and a run of all tests must use every permission.
"""

import json
from dataclasses import replace

import pytest
from email_channels.aws.mail_bucket import MailBucket, content_key
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.cases.case import Case
from email_channels.cases.history import Content
from email_channels.cases.reasons import Reason
from email_channels.cases.unprocessed import Unprocessed

from functions.reconcile import app as reconcile
from tests.support.in_process.ad_hoc_channel import AdHocChannel
from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.notifying_functions import follow_stream, sent
from tests.support.in_process.stored_emails import record_case, record_unprocessed, stored_email
from tests.support.lambda_context import lambda_context
from tests.support.messages import LONG

LATER = {"time": "2100-01-01T03:00:00Z"}


def record_long(mail: MailBucket, reason: Reason = Reason.SENDER_NOT_FOUND) -> Unprocessed:
    email = replace(stored_email("0123456789", "raw/case_creation/long"), content=Content(LONG, None))
    mail.write("raw/case_creation/long", b"Subject: long\r\n\r\n" + LONG.encode())
    return record_unprocessed(mail, 1, reason=reason, email=email)


def is_notified(mail: MailBucket, item: Unprocessed) -> bool:
    read_back = NotificationStore(mail).read(item.id)
    return read_back is not None and read_back.notified_at is not None


def test_case_from_long_email(aws: Aws, mail: MailBucket) -> None:
    """A long unprocessed email becomes a case."""
    api = Api(aws)
    item = record_long(mail)
    assert api("admin", "PUT", "/employees/1", {"name": "Zoë", "emails": [], "population": "UK"}).status == 201
    answer = api("admin", "POST", f"/unprocessed/{item.id}/assign", {"user_id": "1"})
    assert answer.status == 200, answer.text
    case_id = answer.json["case_id"]
    assert api("admin", "GET", f"/cases/{case_id}").json["issue"] == LONG.strip()
    assert mail.size(content_key(case_id)) is not None


def test_repeated_long_send(ad_hoc: AdHocChannel) -> None:
    """A long email is sent again with the same key."""
    body = {"to": [{"address": "zoe@acme.example"}], "subject": "Leave", "text": LONG}
    first, second = ad_hoc.post(body), ad_hoc.post(body)
    assert (first.status, second.status) == (202, 202)
    assert first.body["text"] == second.body["text"]
    assert len(ad_hoc.sent()) == 1


@pytest.mark.usefixtures("notify_environment")
def test_notification_of_long_email(aws: Aws, mail: MailBucket) -> None:
    item = record_long(mail)
    assert follow_stream(aws.table_name) == []
    assert is_notified(mail, item)
    assert len(sent()) == 1


@pytest.mark.usefixtures("notify_environment")
def test_notification_without_original(aws: Aws, mail: MailBucket) -> None:
    item = record_unprocessed(mail, 1)
    assert item.email.raw_key is not None
    mail.delete([item.email.raw_key])
    assert follow_stream(aws.table_name) == []
    assert is_notified(mail, item)


@pytest.mark.usefixtures("reconcile_environment")
def test_late_notification(mail: MailBucket) -> None:
    item = record_long(mail)
    assert reconcile.handler(LATER, lambda_context(900_000))["notified"] == 1
    assert is_notified(mail, item)


@pytest.mark.usefixtures("reconcile_environment")
def test_late_notification_of_own_email(mail: MailBucket) -> None:
    """The headers, which are part of the content, show whether one of our emails came back."""
    item = record_long(mail, Reason.MAIL_LOOP)
    assert reconcile.handler(LATER, lambda_context(900_000))["notified"] == 1
    assert is_notified(mail, item)


def acknowledged_at_length(aws: Aws, mail: MailBucket) -> Case:
    """A case whose sender gets a long acknowledgement."""
    body = {"name": "Ours", "text": LONG[:20_000], "language": "en"}
    assert Api(aws)("admin", "PUT", "/templates/system.acknowledgement", body).status == 201
    return record_case(mail, 1, acknowledge=True)


def assert_whole(aws: Aws, case: Case) -> None:
    """The acknowledgement was sent, and the history shows all of it."""
    api = Api(aws)
    (ours, _) = api("admin", "GET", f"/cases/{case.case_id}/emails").items
    assert (ours["kind"], [row["state"] for row in ours["recipients"]]) == ("acknowledgement", ["sent"])
    whole = api("admin", "GET", f"/cases/{case.case_id}/emails/{ours['email_id']}").json
    assert whole["text"].strip() == LONG[:20_000].strip()


@pytest.mark.usefixtures("notify_environment")
def test_long_acknowledgement(aws: Aws, mail: MailBucket) -> None:
    case = acknowledged_at_length(aws, mail)
    assert follow_stream(aws.table_name) == []
    assert_whole(aws, case)


@pytest.mark.usefixtures("reconcile_environment")
def test_late_long_acknowledgement(aws: Aws, mail: MailBucket) -> None:
    case = acknowledged_at_length(aws, mail)
    assert case.email is not None
    body = json.dumps({"detail-type": "Object Created", "detail": {"object": {"key": case.email.raw_key}}})
    record = {"messageId": "m1", "body": body, "attributes": {"ApproximateReceiveCount": "1"}}
    assert reconcile.handler({"Records": [record]}, lambda_context(900_000)) == {"batchItemFailures": []}
    assert_whole(aws, case)

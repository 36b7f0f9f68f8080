"""Calls to AWS that only rare emails cause: long ones, whose content lies in the bucket, and ones without original.

What a function needs for them stands in its policy, and the run of all tests wants every permission used.
"""

from dataclasses import replace

import pytest
from email_channels.aws.mail_bucket import MailBucket, content_key
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.cases.history import Content
from email_channels.cases.reasons import Reason
from email_channels.cases.unprocessed import Unprocessed

from functions.reconcile import app as reconcile
from tests.support.in_process.ad_hoc_channel import AdHocChannel
from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.notifying_functions import follow_stream, sent
from tests.support.in_process.stored_emails import record_unprocessed, stored_email
from tests.support.lambda_context import lambda_context
from tests.support.messages import LONG

LATER = {"time": "2100-01-01T03:00:00Z"}


def record_long(mail: MailBucket, reason: Reason = Reason.SENDER_NOT_FOUND) -> Unprocessed:
    email = replace(stored_email("0123456789", "raw/case_creation/long"), content=Content(LONG, None))
    mail.write("raw/case_creation/long", b"Subject: long\r\n\r\nlong\r\n")
    return record_unprocessed(mail, 1, reason=reason, email=email)


def is_notified(mail: MailBucket, item: Unprocessed) -> bool:
    read_back = NotificationStore(mail).read(item.id)
    return read_back is not None and read_back.notified_at is not None


def test_a_case_made_by_hand_of_a_long_email(aws: Aws, mail: MailBucket) -> None:
    api = Api(aws)
    item = record_long(mail)
    assert api("admin", "PUT", "/employees/1", {"name": "Zoë", "emails": [], "population": "UK"}).status == 201
    answer = api("admin", "POST", f"/unprocessed/{item.id}/assign", {"user_id": "1"})
    assert answer.status == 200, answer.text
    case_id = answer.json["case_id"]
    assert api("admin", "GET", f"/cases/{case_id}").json["issue"] == LONG.strip()
    assert mail.size(content_key(case_id)) is not None


def test_a_long_email_sent_again_with_the_same_key(ad_hoc: AdHocChannel) -> None:
    body = {"to": [{"address": "zoe@acme.example"}], "subject": "Leave", "text": LONG}
    first, second = ad_hoc.post(body), ad_hoc.post(body)
    assert (first.status, second.status) == (202, 202)
    assert first.body["text"] == second.body["text"]
    assert len(ad_hoc.sent()) == 1


@pytest.mark.usefixtures("notify_environment")
def test_a_notification_of_a_long_email(aws: Aws, mail: MailBucket) -> None:
    item = record_long(mail)
    assert follow_stream(aws.table_name) == []
    assert is_notified(mail, item)
    assert len(sent()) == 1


@pytest.mark.usefixtures("notify_environment")
def test_a_notification_of_an_email_whose_original_is_gone(aws: Aws, mail: MailBucket) -> None:
    item = record_unprocessed(mail, 1)
    assert item.email.raw_key is not None
    mail.delete([item.email.raw_key])
    assert follow_stream(aws.table_name) == []
    assert is_notified(mail, item)


@pytest.mark.usefixtures("reconcile_environment")
def test_a_late_notification_of_a_long_email(mail: MailBucket) -> None:
    item = record_long(mail)
    assert reconcile.handler(LATER, lambda_context(900_000))["notified"] == 1
    assert is_notified(mail, item)


@pytest.mark.usefixtures("reconcile_environment")
def test_a_late_notification_of_a_long_email_that_may_be_ours(mail: MailBucket) -> None:
    """The headers, which are part of the content, say whether the email is one of ours that came back."""
    item = record_long(mail, Reason.MAIL_LOOP)
    assert reconcile.handler(LATER, lambda_context(900_000))["notified"] == 1
    assert is_notified(mail, item)

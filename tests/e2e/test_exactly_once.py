"""Repeated and concurrent deliveries have the same outcome as a single one."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.system.mail import as_sent, email, unique, word
from tests.support.system.system_client import ANSWERS, BENEFITS, FORMS, PAYROLL, SystemClient


def s3_event(bucket: str, key: str) -> str:
    """The message of S3 about an object (event structure 2.1), with the keys that code may rely on."""
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-west-1",
        "eventTime": "2026-11-23T10:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            "object": {"key": key, "size": 1024, "sequencer": "0055AED6DCD90281E5"},
        },
    }
    return json.dumps({"Records": [record]})


def put_five_times(system: SystemClient, key: str, batches: bool) -> None:
    """Messages for one object, in one batch or one each, so that they are processed at the same time."""
    sqs, url, body = system.client("sqs"), system.aws["queue_url"], s3_event(system.aws["bucket"], key)
    if batches:
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": body} for n in range(5)])
    else:
        with ThreadPoolExecutor(5) as threads:
            list(threads.map(lambda _: sqs.send_message(QueueUrl=url, MessageBody=body), range(5)))


@pytest.mark.parametrize("batches", [True, False], ids=["in one batch", "each by itself"])
def test_same_object(acme: SystemClient, batches: bool) -> None:
    """The object comes with its own event, and with five more."""
    robin = acme.employ()
    template, subject = unique("Template"), unique("Five times")
    before = acme.keys("raw/case_creation/")
    acme.send(email(robin.mailbox, template))
    (known,) = acme.keys("raw/case_creation/") - before
    s3, bucket = acme.client("s3"), acme.aws["bucket"]
    raw = s3.get_object(Bucket=bucket, Key=known)["Body"].read().replace(template.encode(), subject.encode())
    with acme.sending() as sent:
        s3.put_object(Bucket=bucket, Key=known + "5", Body=raw)
        put_five_times(acme, known + "5", batches)

    case = acme.case_with(subject)
    assert len(acme.history(case["case_id"])) == 1
    assert acme.all_unprocessed_with(subject) == []
    assert [alert.everybody for alert in sent] == [["agents@acme.example"]]
    assert dead_letters(acme) == 0


def dead_letters(system: SystemClient) -> int:
    attributes = system.client("sqs").get_queue_attributes(
        QueueUrl=system.aws["dead_letter_queue_url"], AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(attributes["Attributes"]["ApproximateNumberOfMessages"])


@pytest.mark.parametrize("at_once", [False, True], ids=["one after the other", "at the same time"])
def test_same_email(acme: SystemClient, at_once: bool) -> None:
    """The same email sent twice is one case."""
    robin = acme.employ()
    subject = unique("Twice")
    message = as_sent(email(robin.mailbox, subject))
    before = len(acme.keys("raw/case_creation/"))
    with acme.sending() as sent:
        if at_once:
            with ThreadPoolExecutor(4) as threads:
                list(threads.map(lambda _: acme.send(message, settle=False), range(4)))
            acme.settle()
        else:
            acme.send(message)
            acme.send(b"X-Hop: another\r\n" + message)

    assert len(acme.keys("raw/case_creation/")) == before + (4 if at_once else 2)
    case = acme.case_with(subject)
    assert len(acme.history(case["case_id"])) == 1
    assert acme.all_unprocessed_with(subject) == []
    assert len(sent) == 1


def test_same_answer(acme: SystemClient) -> None:
    """The same answer sent twice is one entry."""
    robin = acme.employ()
    subject = unique("Question")
    acme.send(email(robin.mailbox, subject))
    case = acme.case_with(subject)
    answer = as_sent(email(robin.mailbox, unique(case["number"])))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: acme.send(answer, to=ANSWERS, settle=False), range(4)))
    acme.settle()

    assert len(acme.history(case["case_id"])) == 2


def test_same_stranger(acme: SystemClient) -> None:
    """The same email of a stranger sent twice is one unprocessed email."""
    subject = unique("Stranger twice")
    message = as_sent(email(f"{word()}@elsewhere.example", subject))
    acme.send(message)
    acme.send(message)

    assert acme.unprocessed_with(subject)["reason"] == "sender_not_found"


@pytest.mark.parametrize("at_once", [False, True], ids=["one after the other", "at the same time"])
def test_two_mailboxes(acme: SystemClient, at_once: bool) -> None:
    """The same email to two mailboxes is two cases that name each other."""
    robin = acme.employ()
    receiving = f"second-{robin.user_id}@cases.acme-cases.example"
    acme.admin.put(
        f"/mailboxes/second-{robin.user_id}@acme.example",
        {"receiving_address": receiving, "default_topic": "Benefits", "default_subject": "Second"},
    )
    subject = unique("Two mailboxes")
    message = as_sent(email(robin.mailbox, subject))
    if at_once:
        start = threading.Barrier(2)

        def send(to: str) -> None:
            start.wait()
            acme.send(message, to=to, settle=False)

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(send, [PAYROLL, receiving]))
        acme.settle()
    else:
        acme.send(message, to=PAYROLL)
        acme.send(message, to=receiving)

    first, second = acme.cases_with(subject)
    assert {first["mailbox"], second["mailbox"]} == {"payroll@acme.example", f"second-{robin.user_id}@acme.example"}
    assert (first["siblings"], second["siblings"]) == ([second["case_id"]], [first["case_id"]])


def test_same_message_id(acme: SystemClient) -> None:
    """One Message-ID on two texts is two emails."""
    robin = acme.employ()
    subject, id_ = unique("Same id"), f"<{word()}@acme.example>"
    acme.send(email(robin.mailbox, subject, "One.\n", Message_ID=id_))
    acme.send(email(robin.mailbox, subject, "Two.\n", Message_ID=id_))

    assert sorted(case["issue"].strip() for case in acme.cases_with(subject)) == ["One.", "Two."]


def test_without_message_id(acme: SystemClient) -> None:
    """Without Message-ID the content decides what is the same email."""
    robin = acme.employ()
    subject = unique("No id")
    message = as_sent(email(robin.mailbox, subject, Message_ID=None))
    acme.send(message)
    acme.send(message)

    assert len(acme.cases_with(subject)) == 1


def test_without_message_id_and_date(acme: SystemClient) -> None:
    """Without Message-ID and Date, every email is a new one."""
    robin = acme.employ()
    subject = unique("Neither id nor date")
    message = as_sent(email(robin.mailbox, subject, Message_ID=None, Date=None))
    acme.send(message)
    acme.send(message)

    assert len(acme.cases_with(subject)) == 2


def test_same_form(acme: SystemClient) -> None:
    """The same system-generated email sent twice is one case."""
    robin = acme.employ()
    subject = unique("Form twice")
    message = as_sent(email(FORMS, subject, f"[{robin.user_id}]\n[Payroll]\n[Yes]\n\nPlease.\n"))
    acme.send(message, to=BENEFITS)
    acme.send(message, to=BENEFITS)

    assert acme.case_with(subject)["employee"]["user_id"] == robin.user_id


def test_burst(acme: SystemClient) -> None:
    """A burst of different emails is as many cases."""
    robin = acme.employ()
    subjects = [unique("Burst") for _ in range(30)]
    with acme.connect() as client:
        for subject in subjects:
            client.sendmail(robin.address, PAYROLL, as_sent(email(robin.mailbox, subject)))
    acme.settle()

    found = [case["subject"] for case in acme.admin.items("/cases", employee=robin.address)]
    assert sorted(found) == sorted(subjects)
    assert dead_letters(acme) == 0

"""Many emails at once, and programs that answer each other."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.system.mail import as_sent, email, message_id, stranger, unique, word
from tests.support.system.system_client import ANSWERS, PAYROLL, Person, Sent, SystemClient, system

STORM = 60
MOST_SINGLE_NOTIFICATIONS = 20
MOST_ROUNDS = 5


@pytest.fixture(scope="module")
def harbour() -> Iterator[SystemClient]:
    """A separate system, because after a storm other emails get no notifications of their own."""
    with system(AcknowledgeSender="true", MaxCasesPerSenderPerHour="4") as client:
        yield client


def to(person: Person, sent: list[Sent]) -> list[Sent]:
    return [each for each in sent if person.address in each.everybody]


def test_answering_program(harbour: SystemClient) -> None:
    """A program that marks nothing as automatic and keeps the case reference."""
    robin = harbour.employ()
    with harbour.sending() as sent:
        harbour.send(email(robin.mailbox, unique("Loop")))
    rounds = 0
    while received := to(robin, sent):
        rounds += 1
        assert rounds <= MOST_ROUNDS
        answer = email(robin.mailbox, f"Re: {received[0].subject}", In_Reply_To=message_id(received[0].message))
        with harbour.sending() as sent:
            harbour.send(answer, to=ANSWERS)


def test_writing_program(harbour: SystemClient) -> None:
    """A program that writes a new email each time."""
    robin = harbour.employ()
    with harbour.sending() as sent:
        harbour.send(email(robin.mailbox, unique("Loop")))
    rounds = 0
    while to(robin, sent):
        rounds += 1
        assert rounds <= MOST_ROUNDS
        with harbour.sending() as sent:
            harbour.send(email(robin.mailbox, unique("I am away")))


@pytest.mark.parametrize("recipient", [PAYROLL, ANSWERS])
def test_returned_notification(harbour: SystemClient, recipient: str) -> None:
    """A notification that comes back causes no other."""
    with harbour.sending() as sent:
        harbour.send(email(stranger(), unique("Stranger")))
    (notification,) = sent
    with harbour.sending() as sent:
        harbour.send(notification.raw, to=recipient, envelope_sender=f"bounces@{word()}.example")

    assert harbour.newest("/unprocessed")[0]["reason"] == "mail_loop"
    # A second notification would come back, too, if the admin's mailbox returns them.
    assert sent == []


def test_digest(harbour: SystemClient) -> None:
    """A storm becomes a digest that names every email."""
    subjects = [unique("Storm") for _ in range(STORM)]
    with harbour.sending() as single, harbour.connect() as client:
        for subject in subjects:
            client.sendmail("storm@elsewhere.example", PAYROLL, as_sent(email(stranger(), subject)))
    an_hour_later = datetime.now(UTC) + timedelta(hours=1)
    with harbour.sending() as digests:
        harbour.fire("reconcile", an_hour_later)
    with harbour.sending() as nothing:
        harbour.fire("reconcile", an_hour_later)

    assert 0 < len(single) <= MOST_SINGLE_NOTIFICATIONS
    assert len(digests) == 1
    text = "".join(each.text for each in [*single, *digests])
    assert [subject for subject in subjects if subject not in text] == []
    assert nothing == []
    assert {item["notified_at"] is None for item in harbour.admin.items("/unprocessed")} == {False}

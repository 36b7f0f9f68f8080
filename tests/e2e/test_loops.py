"""If systems and programs answer each other, the loop ends after some rounds, and no email is lost."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from functools import partial

import pytest

from tests.support.system.casework import write_email
from tests.support.system.mail import as_sent, email, message_id, unique
from tests.support.system.system_client import (
    ANSWERS,
    NOTIFICATIONS,
    PAYROLL,
    SERVICE,
    Person,
    Sent,
    SystemClient,
    system,
)

MOST_ROUNDS = 5
BETA = {
    "MailboxAddress": "hr@beta.example",
    "CaseCreationRecipients": "hr@in.beta-cases.example",
    "AdHocRecipients": "answers@in.beta-cases.example",
    "AdHocFromAddress": "service@beta-cases.example",
    "AdHocReplyTo": "answers@beta.example",
    "NotificationFromAddress": "cases@beta-cases.example",
    "AdminEmailAddresses": "admin@beta.example",
}
BETA_HR = BETA["CaseCreationRecipients"]
BETA_ANSWERS = BETA["AdHocRecipients"]


@pytest.fixture(scope="module")
def alpha() -> Iterator[SystemClient]:
    with system(AcknowledgeSender="true") as client:
        yield client


@pytest.fixture(scope="module")
def beta() -> Iterator[SystemClient]:
    with system(AcknowledgeSender="true", **BETA) as client:
        yield client


def unmarked(raw: bytes) -> bytes:
    """The same message after a gateway that removes the headers it does not know."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.replace(b"\r\n ", b"\n ").replace(b"\r\n\t", b"\n\t").split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith((b"x-", b"auto-submitted:", b"precedence:"))]
    return b"\r\n".join(kept).replace(b"\n ", b"\r\n ").replace(b"\n\t", b"\r\n\t") + b"\r\n\r\n" + body


def as_it_is(raw: bytes) -> bytes:
    return raw


@pytest.mark.parametrize("relay", [as_it_is, unmarked], ids=["as sent", "its marks removed"])
def test_two_systems(alpha: SystemClient, beta: SystemClient, relay: Callable[[bytes], bytes]) -> None:
    """Each system sends from addresses that are employees of the other, and are redirected to a mailbox there."""
    senders = {
        "alpha": {
            NOTIFICATIONS: PAYROLL,
            SERVICE: PAYROLL,
            "payroll@acme.example": PAYROLL,
            "answers@acme.example": ANSWERS,
        },
        "beta": {
            BETA["NotificationFromAddress"]: BETA_HR,
            BETA["AdHocFromAddress"]: BETA_HR,
            BETA["MailboxAddress"]: BETA_HR,
            BETA["AdHocReplyTo"]: BETA_ANSWERS,
        },
    }
    systems = {"alpha": alpha, "beta": beta}
    for name, other in (("alpha", "beta"), ("beta", "alpha")):
        for n, address in enumerate(senders[other]):
            body = {"name": f"Cases of {other} {n}", "emails": [address], "population": None, "blocked": False}
            systems[name].admin.put(f"/employees/{other}{n}", body)

    # The first email claims to come from the From address of beta.
    first = as_sent(email(BETA["NotificationFromAddress"], unique("To and fro")))
    under_way = [("alpha", PAYROLL, first, BETA["NotificationFromAddress"])]
    rounds = 0
    while under_way:
        rounds += 1
        assert rounds <= MOST_ROUNDS
        arriving, under_way = under_way, []
        for name, recipient, raw, sender in arriving:
            with systems[name].sending() as sent:
                systems[name].send(relay(raw), to=recipient, envelope_sender=sender)
            for each in sent:
                for other, addresses in senders.items():
                    for address in set(each.everybody) & set(addresses):
                        under_way.append((other, addresses[address], each.raw, each.sender))


def out_of_office(person: Person, answered: Sent) -> EmailMessage:
    """An automatic reply as Exchange writes it."""
    return email(
        person.mailbox,
        f"Automatic reply: {answered.subject}",
        "I am out of the office until Monday.\n",
        In_Reply_To=message_id(answered.message),
        Auto_Submitted="auto-generated",
        X_Auto_Response_Suppress="All",
    )


def careless(person: Person, answered: Sent) -> EmailMessage:
    """A reply of a program that marks nothing as automatic, under the subject of the email that it answers."""
    return email(person.mailbox, f"Re: {answered.subject}", "I am away.\n", In_Reply_To=message_id(answered.message))


ABSENCES = pytest.mark.parametrize("absence", [out_of_office, careless])


def rounds_of(client: SystemClient, person: Person, sent: list[Sent], answers: Callable[[Sent], EmailMessage]) -> int:
    """How often the system writes to a person whose program answers each email, to its Reply-To."""
    rounds = 0
    while to_person := [each for each in sent if person.address in each.everybody]:
        rounds += 1
        assert rounds <= MOST_ROUNDS
        sent = []
        for each in to_person:
            with client.sending() as caused:
                client.send(answers(each), to=ANSWERS if each.message["Reply-To"] else PAYROLL, envelope_sender="")
            sent += caused
    return rounds


@ABSENCES
def test_absence_note_for_each_acknowledgement(
    alpha: SystemClient, absence: Callable[[Person, Sent], EmailMessage]
) -> None:
    robin = alpha.employ()
    with alpha.sending() as sent:
        alpha.send(email(robin.mailbox, unique("Before I leave")))
    assert rounds_of(alpha, robin, sent, partial(absence, robin)) == 1


@ABSENCES
def test_absence_note_for_each_email_of_an_agent(
    alpha: SystemClient, absence: Callable[[Person, Sent], EmailMessage]
) -> None:
    robin = alpha.employ()
    subject = unique("Before I leave")
    alpha.send(email(robin.mailbox, subject))
    case = alpha.case_with(subject)
    letter = write_email(alpha, case, [robin.mailbox])
    assert rounds_of(alpha, robin, [letter], partial(absence, robin)) == 1
    # The agent sees it: the absence of a recipient matters.
    newest, *_ = alpha.history(case["case_id"])
    assert newest["direction"] == "inbound"


def test_admins_redirected_to_a_mailbox(alpha: SystemClient) -> None:
    """Somebody redirected the mailboxes of the admins and of a group to the payroll mailbox."""
    with alpha.sending() as sent:
        alpha.send(email("Pat <pat@elsewhere.example>", unique("Stranger")))
    rounds = 0
    while sent:
        rounds += 1
        assert rounds <= MOST_ROUNDS
        arriving, sent = sent, []
        for each in arriving:
            with alpha.sending() as caused:
                alpha.send(unmarked(each.raw), to=PAYROLL, envelope_sender=each.sender)
            sent += caused

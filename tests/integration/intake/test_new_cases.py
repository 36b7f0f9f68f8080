"""Emails to a mailbox become cases. Each is stored once, however often it is processed."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from email_channels.cases.case import EmployeeSnapshot, participant_keys
from email_channels.cases.directory import UserMapping
from email_channels.cases.history import Content, Direction, EntryKind, StoredAttachment, StoredEmail
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.intake.policy import POLICY
from email_channels.mail.message import Address

from tests.support.blank_records import blank_case
from tests.support.in_process.aws_calls import watch
from tests.support.in_process.inbound_emails import FORMS, FROM_FORMS, MANUAL, ROUTING
from tests.support.in_process.inbox import MARCUS, ZOE, Inbox, add_employees, configure
from tests.support.messages import FORM
from tests.support.originals import RECEIVED_AT


def test_case(inbox: Inbox) -> None:
    """A manual email becomes a case with its first entry."""
    result = inbox.receive(MANUAL)
    assert (result.outcome, result.reason, result.case_id) == (Outcome.CASE, None, result.record_id)
    case = inbox.case(result.case_id)
    assert case.email is not None
    assert case == blank_case(
        case_id=result.record_id,
        subject="Löhne",
        issue="Mein Lohn ist zu niedrig. Grüße, Zoë",
        topic="General",
        service_group="default",
        show_to_employee=False,
        employee=EmployeeSnapshot("543457", "Zoë Hartmann", "zoe.hartmann@acme.example"),
        mailbox="payroll@acme.example",
        created_at=RECEIVED_AT,
        updated_at=RECEIVED_AT,
        participants=participant_keys({"zoe.hartmann@acme.example", "bob@elsewhere.example"}),
        acknowledge=True,
        email=case.email,
        emails=1,
        size=case.size,
        unread_from=case.email.email_id,
        last_inbound_at=RECEIVED_AT,
    )
    assert case.email == StoredEmail(
        email_id=f"1M84VGZY0{result.record_id}",
        direction=Direction.INBOUND,
        kind=EntryKind.NORMAL,
        from_=Address("Zoe Hartmann", "Zoe.Hartmann@ACME.example"),
        to=(Address("Payroll", "payroll@acme.example"),),
        cc=(Address("Bob", "Bob@Elsewhere.example"),),
        bcc=(),
        subject="Löhne",
        at=RECEIVED_AT,
        preview="Mein Lohn ist zu niedrig. Grüße, Zoë",
        attachments=(
            StoredAttachment(
                n=1,
                filename="hours.csv",
                content_type="text/csv",
                size=9,
                sha256=hashlib.sha256(b"day,hours").hexdigest(),
                inline=False,
                content_id=None,
                key=f"attachments/{result.record_id}/1",
            ),
        ),
        recipients=(),
        matched_by=None,
        message_id="1@acme.example",
        references=(),
        in_reply_to=None,
        size=case.size,
        raw_key=inbox.objects("raw/")[0],
        content=Content(
            text="Mein Lohn ist zu niedrig. Grüße, Zoë",
            html=None,
            headers=(
                ("From", "Zoe Hartmann <Zoe.Hartmann@ACME.example>"),
                ("To", "Payroll <payroll@acme.example>"),
                ("Cc", "Bob <Bob@Elsewhere.example>"),
                ("Subject", "Löhne"),
                ("Message-ID", "<1@acme.example>"),
                ("Date", "Mon, 23 Nov 2026 19:43:00 +0100"),
                ("MIME-Version", "1.0"),
                ("Content-Type", "multipart/mixed; boundary=b"),
            ),
            trace=result.trace,
            issue="Mein Lohn ist zu niedrig. Grüße, Zoë",
        ),
    )
    assert inbox.mail.read(f"attachments/{result.record_id}/1") == b"day,hours"


def test_trace(inbox: Inbox) -> None:
    """The whole trace of an accepted email is stored. With receipt filters it says nothing about servers."""
    case = inbox.case(inbox.receive(MANUAL).case_id)
    assert case.email is not None
    assert case.email.content is not None
    assert [row.rule for row in case.email.content.trace] == [name for name, _ in POLICY if name != "server"]


def test_form(inbox: Inbox) -> None:
    """The values of a system-generated email decide the case."""
    configure(FORMS, routing=ROUTING)
    case = inbox.case(inbox.receive(FORM, **FROM_FORMS).case_id)
    assert case.email is not None
    assert replace(case, email=None) == blank_case(
        case_id=case.case_id,
        subject="Complaint",
        issue="The heating does not work.",
        topic="Employee Relations",
        service_group="relations-de",
        employee=EmployeeSnapshot("543457", "Zoë Hartmann", "zoe.hartmann@acme.example"),
        regarding=EmployeeSnapshot("874112", "Marcus Webb", "marcus.webb@acme.example"),
        show_to_employee=True,
        mailbox="forms@acme.example",
        created_at=RECEIVED_AT,
        updated_at=RECEIVED_AT,
        emails=1,
        size=case.size,
        unread_from=case.email.email_id,
        last_inbound_at=RECEIVED_AT,
    )


def test_wrong_form_values(inbox: Inbox) -> None:
    """Wrong form values are flagged."""
    configure(FORMS, routing=ROUTING)
    wrong = FORM.replace("[Employee Relations]", "[Weather]").replace("[Yes]", "[Perhaps]").replace("874112", "000000")
    case = inbox.case(inbox.receive(wrong, **FROM_FORMS).case_id)
    assert (case.topic, case.service_group, case.show_to_employee, case.regarding) == ("Forms", "default", False, None)
    assert case.flags == ("regarding_not_found", "show_defaulted", "topic_defaulted")


@pytest.mark.parametrize("separator", [b"", b"  \r\n", b"\t\r\n"], ids=["no blank line", "spaces", "a tab"])
def test_different_texts(inbox: Inbox, separator: bytes) -> None:
    """Emails with other texts are other emails, also where no blank line ends the headers."""
    headers = b"From: zoe.hartmann@acme.example\r\nSubject: Leave\r\nMessage-ID: <1@acme.example>\r\n"
    asked, answered = (headers + separator + text for text in (b"How many days?\r\n", b"Two weeks.\r\n"))
    made = [inbox.receive(asked), inbox.receive(answered)]
    assert [each.outcome for each in made] == [Outcome.CASE, Outcome.CASE]
    assert [inbox.case(each.case_id).issue for each in made] == ["How many days?", "Two weeks."]
    assert inbox.receive(asked).outcome is Outcome.DUPLICATE


def test_ambiguous_address(inbox: Inbox) -> None:
    """Two employees with one address need a user mapping."""
    add_employees(ZOE, replace(MARCUS, emails=("zoe.hartmann@acme.example",)))
    assert inbox.receive(MANUAL).reason is Reason.SENDER_MISMATCH
    anybody = UserMapping("m1", "payroll@acme.example", None, "543457")
    configure(mappings=[anybody])
    assert inbox.case(inbox.receive(MANUAL.replace("<1@", "<2@")).case_id).employee == EmployeeSnapshot(
        "543457", "Zoë Hartmann", "zoe.hartmann@acme.example"
    )
    # The more specific one wins.
    configure(mappings=[UserMapping("m2", "payroll@acme.example", "Zoe.Hartmann@acme.example", "874112")])
    mapped = inbox.case(inbox.receive(MANUAL.replace("<1@", "<3@")).case_id)
    assert mapped.employee is not None
    assert mapped.employee.user_id == "874112"


def test_user_mapping_to_unknown_employee(inbox: Inbox) -> None:
    configure(mappings=[UserMapping("m1", "payroll@acme.example", None, "999999")])
    assert inbox.receive(MANUAL).reason is Reason.EMPLOYEE_NOT_FOUND


def test_same_email_twice(inbox: Inbox) -> None:
    """The same email twice is one case."""
    first, second = inbox.receive(MANUAL), inbox.receive(MANUAL, at=RECEIVED_AT + timedelta(minutes=3))
    assert (second.outcome, second.case_id) == (Outcome.DUPLICATE, first.case_id)
    assert inbox.records_by_kind() == {"employee": 2, "address": 3, "case": 1, "rate": 1}


def test_concurrent_deliveries(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same object five times at once is one case."""
    watch(monkeypatch)
    key = inbox.put(MANUAL)
    with ThreadPoolExecutor(5) as pool:
        results = list(pool.map(lambda _: inbox.intake.process(key), range(5)))
    outcomes = sorted(result.outcome for result in results if result is not None)
    assert outcomes == [Outcome.CASE, *[Outcome.DUPLICATE] * 4]
    assert inbox.records_by_kind()["case"] == 1


def test_colliding_ids(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another email with the same short id gets the next id."""
    ids = {0: "0000000000", 1: "1111111111", 2: "2222222222"}
    monkeypatch.setattr(EmailIdentity, "record_id", lambda self, salt=0: ids[salt])
    results = [inbox.receive(MANUAL.replace("<1@", f"<{n}@")) for n in (1, 2, 2, 3, 1)]
    assert [(result.outcome, result.record_id) for result in results] == [
        (Outcome.CASE, "0000000000"),
        (Outcome.CASE, "1111111111"),
        (Outcome.DUPLICATE, "1111111111"),
        (Outcome.CASE, "2222222222"),
        (Outcome.DUPLICATE, "0000000000"),
    ]


def test_long_text(inbox: Inbox) -> None:
    """A long text lies in the bucket."""
    # Random, so that it is too long for an item even when it is compressed.
    text = "\n".join(f"{n * n * 7919 % 1000003:x} {n**5 % 999983:x}" for n in range(40_000))
    result = inbox.receive(MANUAL.replace("Mein Lohn ist zu niedrig. Grüße, Zoë", text))
    assert inbox.objects("bodies/") == [f"bodies/{result.record_id}"]
    assert inbox.case(result.case_id).issue == text


def test_largest_item(inbox: Inbox) -> None:
    """The largest email that is accepted still fits an item."""
    people = ", ".join(f'"{"名" * 60} {n}" <{"a" * 60}{n}@{"b" * 60}.example>' for n in range(600))
    ids = " ".join(f"<{n}{'x' * 400}@acme.example>" for n in range(400))
    parts = "".join(
        f"--b\nContent-Type: image/png\nContent-ID: <{'i' * 300}{n}>\n"
        f'Content-Disposition: attachment; filename="{"文" * 79}.png"\n\n{n}\n'
        for n in range(150)
    )
    message = (
        f"From: zoe.hartmann@acme.example\nTo: {people}\nCc: {people}\nReferences: {ids}\nSubject: {'😀' * 5000}\n"
        f"Message-ID: <9@acme.example>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n{parts}--b--\n"
    )
    case = inbox.case(inbox.receive(message).case_id)
    assert case.email is not None
    assert len(case.email.attachments) == 150
    assert case.email.to[0].address == f"{'a' * 60}0@{'b' * 60}.example"


def test_nothing_to_do(inbox: Inbox) -> None:
    """The set-up notification of SES and deleted objects are ignored."""
    assert inbox.intake.process("raw/case_creation/AMAZON_SES_SETUP_NOTIFICATION") is None
    assert inbox.intake.process("raw/case_creation/gone") is None
    assert inbox.intake.process("attachments/7K3F92QDX0/1") is None
    assert inbox.intake.process("raw/other/1") is None

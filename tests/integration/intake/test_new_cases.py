"""Emails to a mailbox become cases. Each is stored once, however often it is processed."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from email_channels.cases.case import Case, CaseStatus, EmployeeSnapshot, participant_keys
from email_channels.cases.directory import UserMapping
from email_channels.cases.history import Content, Direction, EntryKind, StoredAttachment, StoredEmail
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.intake.policy import POLICY
from email_channels.mail.message import Address

from tests.support.in_process.aws_calls import Killed, watch
from tests.support.in_process.inbound_emails import FORMS, FROM_FORMS, MANUAL, ROUTING
from tests.support.in_process.inbox import MARCUS, ZOE, Inbox, add_employees, configure
from tests.support.messages import FORM
from tests.support.originals import RECEIVED_AT


def test_case(inbox: Inbox) -> None:
    """A manual email becomes a case with its first entry."""
    result = inbox.receive(MANUAL)
    assert (result.outcome, result.reason, result.case_id) == (Outcome.CASE, None, result.record_id)
    case = inbox.case(result.case_id)
    assert case == Case(
        case_id=result.record_id,
        status=CaseStatus.OPEN,
        subject="Löhne",
        issue="Mein Lohn ist zu niedrig. Grüße, Zoë",
        topic="General",
        service_group="default",
        employee=EmployeeSnapshot("543457", "Zoë Hartmann", "zoe.hartmann@acme.example"),
        regarding=None,
        show_to_employee=False,
        flags=(),
        siblings=(),
        mailbox="payroll@acme.example",
        created_at=RECEIVED_AT,
        updated_at=RECEIVED_AT,
        participants=participant_keys({"zoe.hartmann@acme.example", "bob@elsewhere.example"}),
        acknowledge=True,
        email=case.email,
        emails=1,
        size=case.size,
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
    """The whole trace of an accepted email is stored."""
    case = inbox.case(inbox.receive(MANUAL).case_id)
    assert case.email is not None
    assert case.email.content is not None
    assert [row.rule for row in case.email.content.trace] == [name for name, _ in POLICY]


def test_form(inbox: Inbox) -> None:
    """The values of a system-generated email decide the case."""
    configure(FORMS, routing=ROUTING)
    case = inbox.case(inbox.receive(FORM, **FROM_FORMS).case_id)
    assert replace(case, email=None) == Case(
        case_id=case.case_id,
        status=CaseStatus.OPEN,
        subject="Complaint",
        issue="The heating does not work.",
        topic="Employee Relations",
        service_group="relations-de",
        employee=EmployeeSnapshot("543457", "Zoë Hartmann", "zoe.hartmann@acme.example"),
        regarding=EmployeeSnapshot("874112", "Marcus Webb", "marcus.webb@acme.example"),
        show_to_employee=True,
        flags=(),
        siblings=(),
        mailbox="forms@acme.example",
        created_at=RECEIVED_AT,
        updated_at=RECEIVED_AT,
        participants=frozenset(),
        acknowledge=False,
        email=None,
        emails=1,
        size=case.size,
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


def test_forged_trusted_sender(inbox: Inbox) -> None:
    """The form lines of a forged trusted sender are not believed."""
    configure(FORMS)
    result = inbox.receive(FORM, **(FROM_FORMS | {"dkim": "fail", "dmarc": "fail"}))
    assert (result.outcome, result.reason) == (Outcome.UNPROCESSED, Reason.SENDER_NOT_TRUSTED)


def test_dmarc_without_signature(inbox: Inbox) -> None:
    """A DMARC pass that rests on SPF alone proves nothing: the client's own server relayed the email."""
    configure(FORMS)
    for dkim in ("fail", "none"):
        result = inbox.receive(FORM.replace("<2@", f"<{dkim}@"), **(FROM_FORMS | {"dkim": dkim, "dmarc": "pass"}))
        assert (result.outcome, result.reason) == (Outcome.UNPROCESSED, Reason.SENDER_NOT_TRUSTED)


@pytest.mark.parametrize(
    "sender",
    [
        '"x; dkim=pass header.i=@forms.example; dmarc=pass header.from=forms.example; y"@evil.example',
        '"; dkim=pass header.i=@forms.example;"@evil.example',
        '"\u2028 dkim=pass header.i=@forms.example;"@evil.example',
    ],
)
def test_forged_envelope(inbox: Inbox, sender: str) -> None:
    """Verdicts in the envelope sender are not believed, and do not change the mailbox."""
    configure(FORMS)
    result = inbox.receive(FORM, **(FROM_FORMS | {"sender": sender, "dkim": "none", "dmarc": "none"}))
    assert (result.outcome, result.reason) == (Outcome.UNPROCESSED, Reason.SENDER_NOT_TRUSTED)
    item = inbox.unprocessed(result.record_id)
    assert (item.mailbox, item.envelope_sender) == ("forms@acme.example", sender)


def test_forged_ses_headers(inbox: Inbox) -> None:
    """A forged block of SES headers is not believed."""
    configure(FORMS)
    forged = (
        "Authentication-Results: amazonses.com;\n dkim=pass header.i=@forms.example;\n"
        " dmarc=pass header.from=forms.example;\n" + FORM.lstrip()
    )
    result = inbox.receive(forged, **(FROM_FORMS | {"dkim": "fail", "dmarc": "fail"}))
    assert result.reason is Reason.SENDER_NOT_TRUSTED


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


BENEFITS = Mailbox("benefits@acme.example", "benefits@in.acme-cases.example", default_topic="Benefits")


@pytest.mark.parametrize(
    ("to", "recipient", "mailbox", "others"),
    [
        # The envelope decides, whatever the headers say.
        ("payroll@acme.example", "benefits@in.acme-cases.example", "benefits@acme.example", ["payroll@acme.example"]),
        (
            "Benefits+x@ACME.example",
            "payroll+x@in.acme-cases.example",
            "payroll@acme.example",
            ["benefits@acme.example"],
        ),
        # The receiving address belongs to no mailbox: the headers decide; plus tags are ignored.
        ("benefits+urgent@acme.example", "all@in.acme-cases.example", "benefits@acme.example", []),
        ("bob@elsewhere.example, Payroll@acme.example", "all@in.acme-cases.example", "payroll@acme.example", []),
        # No server between the mailbox and us.
        ("somebody@acme.example", "benefits@acme.example", "benefits@acme.example", []),
    ],
)
def test_mailbox(inbox: Inbox, to: str, recipient: str, mailbox: str, others: list[str]) -> None:
    """The mailbox is found by the envelope recipient, then by the headers."""
    configure(BENEFITS)
    result = inbox.receive(MANUAL.replace("Payroll <payroll@acme.example>", to), recipient=recipient)
    assert inbox.case(result.case_id).mailbox == mailbox
    row = next(row for row in result.trace if row.rule == "mailbox")
    assert row.evidence.get("others", []) == others


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To"])
def test_mailbox_by_trace_headers(inbox: Inbox, header: str) -> None:
    """The mailbox is found by the headers that mail servers add."""
    configure(BENEFITS)
    message = f"{header}: benefits@acme.example\n" + MANUAL.lstrip().replace("payroll@acme.example", "all@acme.example")
    result = inbox.receive(message, recipient="all@in.acme-cases.example")
    assert inbox.case(result.case_id).mailbox == "benefits@acme.example"


def test_no_mailbox(inbox: Inbox) -> None:
    result = inbox.receive(MANUAL.replace("payroll@acme", "sales@acme"), recipient="sales@in.acme-cases.example")
    assert result.reason is Reason.MAILBOX_NOT_FOUND
    assert inbox.unprocessed(result.record_id).mailbox is None


def test_stored_mailbox(inbox: Inbox) -> None:
    """A stored mailbox replaces the mailbox of the parameters with the same address."""
    configure(Mailbox("payroll@acme.example", "wages@in.acme-cases.example", default_topic="Wages"))
    case = inbox.case(inbox.receive(MANUAL, recipient="wages@in.acme-cases.example").case_id)
    assert (case.mailbox, case.topic, case.acknowledge) == ("payroll@acme.example", "Wages", False)
    # Its old receiving address matches no mailbox any more, but the header does.
    by_header = inbox.case(inbox.receive(MANUAL.replace("<1@", "<2@")).case_id)
    assert by_header.topic == "Wages"


def test_shared_receiving_address(inbox: Inbox) -> None:
    """If two mailboxes share a receiving address, the header decides."""
    configure(replace(BENEFITS, receiving_address="payroll@in.acme-cases.example"))
    assert inbox.case(inbox.receive(MANUAL).case_id).mailbox == "payroll@acme.example"
    to_benefits = MANUAL.replace("payroll@acme.example", "benefits@acme.example").replace("<1@", "<2@")
    assert inbox.case(inbox.receive(to_benefits).case_id).mailbox == "benefits@acme.example"


def test_same_email_twice(inbox: Inbox) -> None:
    """The same email twice is one case."""
    first, second = inbox.receive(MANUAL), inbox.receive(MANUAL, at=RECEIVED_AT + timedelta(minutes=3))
    assert (second.outcome, second.case_id) == (Outcome.DUPLICATE, first.case_id)
    assert inbox.records_by_kind() == {"employee": 2, "address": 3, "case": 1, "rate": 1}


def test_two_mailboxes(inbox: Inbox) -> None:
    """The same email through two mailboxes is two cases in one thread."""
    configure(BENEFITS)
    one, other = inbox.receive(MANUAL), inbox.receive(MANUAL, recipient="benefits@in.acme-cases.example")
    assert (one.outcome, other.outcome) == (Outcome.CASE, Outcome.CASE)
    assert one.case_id != other.case_id


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


def test_rate_limit(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    watch(monkeypatch)
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="3")
    keys = [inbox.put(MANUAL.replace("<1@", f"<{n}@")) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        results = [result for result in pool.map(inbox.intake.process, keys) if result is not None]
    assert sum(result.outcome is Outcome.CASE for result in results) == 3
    assert sum(result.reason is Reason.RATE_LIMITED for result in results) == 5
    # A repeated delivery is not counted again, and each hour has its own limit.
    assert {result.outcome for key in keys if (result := inbox.intake.process(key))} == {Outcome.DUPLICATE}
    later = inbox.receive(MANUAL.replace("<1@", "<9@"), at=RECEIVED_AT + timedelta(hours=1))
    assert later.outcome is Outcome.CASE


def test_rate_limit_and_retry(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that was counted keeps its place when its email is retried."""
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="1")
    key = inbox.put(MANUAL)
    calls = watch(monkeypatch)
    calls.kill = (4, "before")
    with pytest.raises(Killed):
        inbox.intake.process(key)
    assert calls.names[3:] == ["UpdateItem", "PutItem"]
    calls.begin()
    assert inbox.receive(MANUAL.replace("<1@", "<2@")).reason is Reason.RATE_LIMITED
    again = inbox.intake.process(key)
    assert again is not None
    assert again.outcome is Outcome.CASE


def test_large_rate_limit(inbox: Inbox) -> None:
    """A large rate limit is counted in several items."""
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="1000000")
    for n in range(6):
        assert inbox.receive(MANUAL.replace("<1@", f"<{n}@")).outcome is Outcome.CASE
    assert inbox.records_by_kind()["rate"] > 1


def test_rate_limit_and_trust(inbox: Inbox) -> None:
    """The rate limit does not hold for trusted senders."""
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="1")
    configure(FORMS)
    for n in range(3):
        assert inbox.receive(FORM.replace("<2@", f"<{n}@"), **FROM_FORMS).outcome is Outcome.CASE
    assert "rate" not in inbox.records_by_kind()


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

"""Emails to a mailbox become cases: what is stored, and that it is stored once, however often it is processed."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from email_channels.cases.case import Case, CaseStatus, EmployeeSnapshot
from email_channels.cases.channels import Channel
from email_channels.cases.directory import UserMapping
from email_channels.cases.history import Content, Direction, EntryKind, StoredAttachment, StoredEmail
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.intake.policy import POLICY
from email_channels.mail.message import Address

from tests.support.in_process.aws_calls import Killed, watch
from tests.support.in_process.inbound_emails import FORM, FORMS, FROM_FORMS, MANUAL, ROUTING
from tests.support.in_process.inbox import MARCUS, ZOE, Inbox, add_employees, configure
from tests.support.originals import RECEIVED_AT, received


def test_a_manual_email_makes_a_case_with_its_first_entry(inbox: Inbox) -> None:
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
        participants=frozenset({"zoe.hartmann@acme.example", "bob@elsewhere.example"}),
        acknowledge=True,
        email=case.email,
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


def test_the_trace_of_an_accepted_email_is_stored_whole(inbox: Inbox) -> None:
    case = inbox.case(inbox.receive(MANUAL).case_id)
    assert case.email is not None
    assert case.email.content is not None
    assert [row.rule for row in case.email.content.trace] == [name for name, _ in POLICY]


def test_a_system_generated_email_makes_the_case_that_its_values_say(inbox: Inbox) -> None:
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
    )


def test_what_the_values_say_wrongly_is_flagged(inbox: Inbox) -> None:
    configure(FORMS, routing=ROUTING)
    wrong = FORM.replace("[Employee Relations]", "[Weather]").replace("[Yes]", "[Perhaps]").replace("874112", "000000")
    case = inbox.case(inbox.receive(wrong, **FROM_FORMS).case_id)
    assert (case.topic, case.service_group, case.show_to_employee, case.regarding) == ("Forms", "default", False, None)
    assert case.flags == ("regarding_not_found", "show_defaulted", "topic_defaulted")


def test_a_forged_trusted_sender_is_not_believed(inbox: Inbox) -> None:
    configure(FORMS)
    result = inbox.receive(FORM, **(FROM_FORMS | {"dkim": "fail", "dmarc": "fail"}))
    assert (result.outcome, result.reason) == (Outcome.UNPROCESSED, Reason.SENDER_NOT_TRUSTED)


def test_a_forged_header_block_of_ses_is_not_believed(inbox: Inbox) -> None:
    configure(FORMS)
    forged = (
        "Authentication-Results: amazonses.com;\n dkim=pass header.i=@forms.example;\n dmarc=pass;\n" + FORM.lstrip()
    )
    result = inbox.receive(forged, **(FROM_FORMS | {"dkim": "fail", "dmarc": "fail"}))
    assert result.reason is Reason.SENDER_NOT_TRUSTED


def test_two_employees_with_one_address_need_a_user_mapping(inbox: Inbox) -> None:
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


def test_a_user_mapping_to_nobody_is_employee_not_found(inbox: Inbox) -> None:
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
        # Nothing between the mailbox and us.
        ("somebody@acme.example", "benefits@acme.example", "benefits@acme.example", []),
    ],
)
def test_the_mailbox_is_found_by_envelope_then_by_headers(
    inbox: Inbox, to: str, recipient: str, mailbox: str, others: list[str]
) -> None:
    configure(BENEFITS)
    result = inbox.receive(MANUAL.replace("Payroll <payroll@acme.example>", to), recipient=recipient)
    assert inbox.case(result.case_id).mailbox == mailbox
    row = next(row for row in result.trace if row.rule == "mailbox")
    assert row.evidence.get("others", []) == others


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To"])
def test_the_mailbox_is_found_by_what_servers_note(inbox: Inbox, header: str) -> None:
    configure(BENEFITS)
    message = f"{header}: benefits@acme.example\n" + MANUAL.lstrip().replace("payroll@acme.example", "all@acme.example")
    result = inbox.receive(message, recipient="all@in.acme-cases.example")
    assert inbox.case(result.case_id).mailbox == "benefits@acme.example"


def test_no_mailbox_no_case(inbox: Inbox) -> None:
    result = inbox.receive(MANUAL.replace("payroll@acme", "sales@acme"), recipient="sales@in.acme-cases.example")
    assert result.reason is Reason.MAILBOX_NOT_FOUND
    assert inbox.unprocessed(result.record_id).mailbox is None


def test_a_stored_mailbox_replaces_the_deployments_of_the_same_address(inbox: Inbox) -> None:
    configure(Mailbox("payroll@acme.example", "wages@in.acme-cases.example", default_topic="Wages"))
    case = inbox.case(inbox.receive(MANUAL, recipient="wages@in.acme-cases.example").case_id)
    assert (case.mailbox, case.topic, case.acknowledge) == ("payroll@acme.example", "Wages", False)
    # Its old receiving address leads nowhere by itself; the header still does.
    by_header = inbox.case(inbox.receive(MANUAL.replace("<1@", "<2@")).case_id)
    assert by_header.topic == "Wages"


def test_of_two_mailboxes_with_one_receiving_address_the_header_chooses(inbox: Inbox) -> None:
    configure(replace(BENEFITS, receiving_address="payroll@in.acme-cases.example"))
    assert inbox.case(inbox.receive(MANUAL).case_id).mailbox == "payroll@acme.example"
    to_benefits = MANUAL.replace("payroll@acme.example", "benefits@acme.example").replace("<1@", "<2@")
    assert inbox.case(inbox.receive(to_benefits).case_id).mailbox == "benefits@acme.example"


def test_the_same_email_twice_is_one_case(inbox: Inbox) -> None:
    first, second = inbox.receive(MANUAL), inbox.receive(MANUAL, at=RECEIVED_AT + timedelta(minutes=3))
    assert (second.outcome, second.case_id) == (Outcome.DUPLICATE, first.case_id)
    assert inbox.records_by_kind() == {"employee": 2, "address": 3, "case": 1, "rate": 1}


def test_the_same_email_through_two_mailboxes_is_two_cases_under_one_thread(inbox: Inbox) -> None:
    configure(BENEFITS)
    one, other = inbox.receive(MANUAL), inbox.receive(MANUAL, recipient="benefits@in.acme-cases.example")
    assert (one.outcome, other.outcome) == (Outcome.CASE, Outcome.CASE)
    assert one.case_id != other.case_id


def test_the_same_object_five_times_at_once_is_one_case(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    watch(monkeypatch)
    key = inbox.put(MANUAL)
    with ThreadPoolExecutor(5) as pool:
        results = list(pool.map(lambda _: inbox.intake.process(key), range(5)))
    outcomes = sorted(result.outcome for result in results if result is not None)
    assert outcomes == [Outcome.CASE, *[Outcome.DUPLICATE] * 4]
    assert inbox.records_by_kind()["case"] == 1


def test_another_email_with_the_same_short_id_gets_the_next(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_the_rate_limit_holds_to_the_email(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    watch(monkeypatch)
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="3")
    keys = [inbox.put(MANUAL.replace("<1@", f"<{n}@")) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        results = [result for result in pool.map(inbox.intake.process, keys) if result is not None]
    assert sum(result.outcome is Outcome.CASE for result in results) == 3
    assert sum(result.reason is Reason.RATE_LIMITED for result in results) == 5
    # A repeated delivery does not count again, and a new hour has a new limit.
    assert {result.outcome for key in keys if (result := inbox.intake.process(key))} == {Outcome.DUPLICATE}
    later = inbox.receive(MANUAL.replace("<1@", "<9@"), at=RECEIVED_AT + timedelta(hours=1))
    assert later.outcome is Outcome.CASE


def test_a_case_that_was_counted_keeps_its_place_when_it_comes_again(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_large_rate_limits_are_spread_over_several_items(inbox: Inbox) -> None:
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="1000000")
    for n in range(6):
        assert inbox.receive(MANUAL.replace("<1@", f"<{n}@")).outcome is Outcome.CASE
    assert inbox.records_by_kind()["rate"] > 1


def test_trusted_senders_are_not_rate_limited(inbox: Inbox) -> None:
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="1")
    configure(FORMS)
    for n in range(3):
        assert inbox.receive(FORM.replace("<2@", f"<{n}@"), **FROM_FORMS).outcome is Outcome.CASE
    assert "rate" not in inbox.records_by_kind()


def test_a_long_text_lies_in_the_bucket(inbox: Inbox) -> None:
    # Random enough that it does not compress below what an item holds.
    text = "\n".join(f"{n * n * 7919 % 1000003:x} {n**5 % 999983:x}" for n in range(40_000))
    result = inbox.receive(MANUAL.replace("Mein Lohn ist zu niedrig. Grüße, Zoë", text))
    assert inbox.objects("bodies/") == [f"bodies/{result.record_id}"]
    assert inbox.case(result.case_id).issue == text


def test_an_email_full_of_everything_still_fits_an_item(inbox: Inbox) -> None:
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


def test_the_setup_notification_and_purged_objects_are_nothing_to_do(inbox: Inbox) -> None:
    assert inbox.intake.process("raw/case_creation/AMAZON_SES_SETUP_NOTIFICATION") is None
    assert inbox.intake.process("raw/case_creation/gone") is None
    assert inbox.intake.process("attachments/7K3F92QDX0/1") is None
    assert inbox.intake.process("raw/other/1") is None


def test_deciding_alone_writes_nothing(inbox: Inbox) -> None:
    before = inbox.records_by_kind()
    decided = inbox.intake.decide(received(MANUAL), "try", Channel.CASE_CREATION)
    assert decided.decision.outcome is Outcome.CASE
    assert inbox.records_by_kind() == before
    assert inbox.objects("") == []
    inbox.receive(MANUAL)
    again = inbox.intake.decide(received(MANUAL), "try", Channel.CASE_CREATION)
    assert (again.decision.outcome, again.record_id) == (Outcome.DUPLICATE, decided.record_id)

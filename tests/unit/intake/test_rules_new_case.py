"""The rules for new cases: mailbox, employee, trusted senders, and the values of forms."""

from dataclasses import replace
from typing import Any

import pytest
from email_channels.cases.case import CaseFlag, EmployeeSnapshot
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.matches import MatchMethod
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.referenced import ReferencedEntry
from email_channels.intake.decision import Decision, NewCase
from email_channels.intake.facts import CaseReference, Facts
from email_channels.intake.rules import (
    automatic_sender,
    employee,
    mailbox,
    new_case,
    rate_limit,
    regarding,
    routing,
    sender_trust,
    show,
    topic,
)
from email_channels.intake.rulings import noted, passed
from email_channels.settings import IdentifySender

from tests.support.rule_facts import FORMS, MARCUS, PAYROLL, ZOE, facts_of

MANUAL = """
From: Zoe Hartmann <Zoe.Hartmann@ACME.example>
To: payroll@acme.example
Subject: Wrong salary

My salary is wrong.

Zoe
"""
FORM = """
From: HR forms <hr@forms.example>
To: forms@acme.example
Subject: Complaint
Auto-Submitted: auto-generated

[543457]
[Employee Relations]
[Yes]
[874112]
The heating does not work.
"""
EMPLOYEES = {"543457": ZOE, "874112": MARCUS}


def rejected_for(reason: Reason) -> Decision:
    return Decision(Outcome.UNPROCESSED, reason)


def form_from(sender: str) -> str:
    """The same form from another sender."""
    return FORM.replace("hr@forms.example", sender)


def form(message: str = FORM, mailbox: Mailbox = FORMS, **known: Any) -> Facts:
    """A system-generated email, authenticated unless said otherwise."""
    envelope = {"sender": "hr@forms.example", "signer": "forms.example"}
    defaults: dict[str, Any] = {"sender_employees": (), "employees": EMPLOYEES, "envelope": envelope}
    return facts_of(message, mailbox=mailbox, **(defaults | known))


def test_an_email_to_no_mailbox_makes_no_case() -> None:
    ruling = mailbox.rule(facts_of(MANUAL, mailbox=None))
    assert ruling.decision == rejected_for(Reason.MAILBOX_NOT_FOUND)
    assert ruling.evidence == {"recipient": "payroll@in.acme-cases.example"}


def test_other_mailboxes_that_it_names_are_noted() -> None:
    ruling = mailbox.rule(facts_of(MANUAL, other_mailboxes=("benefits@acme.example",)))
    assert ruling == noted(
        "It also names other mailboxes.", mailbox="payroll@acme.example", others=["benefits@acme.example"]
    )


def test_values_are_believed_from_trusted_senders_that_are_who_they_say() -> None:
    assert sender_trust.rule(form()) == passed("The sender is trusted.", listed=True, authenticated=True)


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        # Somebody else, properly signed.
        (
            {
                "message": form_from("eve@elsewhere.example"),
                "envelope": {"signer": "elsewhere.example"},
            },
            {"listed": False, "authenticated": True},
        ),
        # The trusted one's name, but nothing proves it.
        ({"envelope": {"dkim": "fail", "dmarc": "fail"}}, {"listed": True, "authenticated": False}),
        ({"envelope": {"dkim": "none", "dmarc": "none"}}, {"listed": True, "authenticated": False}),
        # Signed, but by another domain.
        ({"envelope": {"signer": "evil.example", "dmarc": "none"}}, {"listed": True, "authenticated": False}),
        # A From that SES reads as another's than we do.
        (
            {
                "message": form_from("hr@forms.example> <x@evil.example"),
                "envelope": {"signer": "evil.example"},
            },
            {"listed": True, "authenticated": False},
        ),
        # A subdomain of a trusted domain is another domain.
        (
            {
                "message": FORM.replace("hr@forms.example", "a@mail.system.example"),
                "envelope": {"signer": "mail.system.example"},
            },
            {"listed": False, "authenticated": True},
        ),
    ],
)
def test_from_anybody_else_they_are_not(changes: dict[str, Any], seen: dict[str, bool]) -> None:
    ruling = sender_trust.rule(form(**changes))
    assert ruling.decision == rejected_for(Reason.SENDER_NOT_TRUSTED)
    assert ruling.evidence == seen


@pytest.mark.parametrize("entry", ["HR@Forms.example", "forms.example", "@forms.example"])
def test_trusted_senders_are_addresses_or_domains_in_any_case(entry: str) -> None:
    assert form(mailbox=replace(FORMS, trusted_senders=(entry,))).trusted


def test_a_mailbox_may_waive_the_authentication() -> None:
    waived = replace(FORMS, trust_without_authentication=True)
    unsigned = {"dkim": "none", "dmarc": "none"}
    assert sender_trust.rule(form(mailbox=waived, envelope=unsigned)).decision is None
    stranger = form(form_from("eve@elsewhere.example"), mailbox=waived, envelope=unsigned)
    assert sender_trust.rule(stranger).decision == rejected_for(Reason.SENDER_NOT_TRUSTED)


def test_in_a_mailbox_that_identifies_by_from_the_lines_are_text() -> None:
    facts = facts_of(FORM.replace("hr@forms.example", "zoe.hartmann@acme.example"))
    assert sender_trust.rule(facts) == noted(
        "The sender is not trusted, so the values on the first lines are only text.", listed=False, authenticated=True
    )
    assert not facts.form_believed


def test_programs_open_cases_only_if_they_are_trusted() -> None:
    by_itself = MANUAL.replace("To: ", "Auto-Submitted: auto-generated\nTo: ")
    assert automatic_sender.rule(facts_of(by_itself)).decision == rejected_for(Reason.AUTOMATIC_REPLY)
    assert automatic_sender.rule(form()) == passed()
    forged = form(envelope={"sender": "hr@forms.example", "signer": None})
    assert automatic_sender.rule(forged).decision == rejected_for(Reason.AUTOMATIC_REPLY)
    assert automatic_sender.rule(facts_of(MANUAL.replace("To: ", "Auto-Submitted: no\nTo: "))) == passed()
    assert automatic_sender.rule(facts_of(MANUAL)) == passed()


ZOES_TWIN = Employee("111111", "Zoe Hartmann", ("zoe.hartmann@acme.example",))
BLOCKED = replace(ZOES_TWIN, blocked=True)


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        ({"sender_employees": (ZOE,)}, ZOE),
        ({"sender_employees": (BLOCKED, ZOE)}, ZOE),
        ({"sender_employees": ()}, Reason.SENDER_NOT_FOUND),
        ({"sender_employees": (ZOE, ZOES_TWIN)}, Reason.SENDER_MISMATCH),
        ({"sender_employees": (BLOCKED,)}, Reason.SENDER_BLOCKED),
    ],
)
def test_the_from_address_identifies_exactly_one_unblocked_employee(
    known: dict[str, Any], outcome: Employee | Reason
) -> None:
    facts = facts_of(MANUAL, **known)
    assert employee.employee_of(facts) == (outcome, "From address")
    decision = employee.rule(facts).decision
    assert decision == (rejected_for(outcome) if isinstance(outcome, Reason) else None)


@pytest.mark.parametrize(
    ("employees", "outcome"),
    [
        ({"874112": MARCUS}, MARCUS),
        ({}, Reason.EMPLOYEE_NOT_FOUND),
        ({"874112": replace(MARCUS, blocked=True)}, Reason.SENDER_BLOCKED),
    ],
)
def test_a_user_mapping_wins_over_the_directory(employees: dict[str, Employee], outcome: Employee | Reason) -> None:
    mapping = UserMapping("m1", "payroll@acme.example", None, "874112")
    facts = facts_of(MANUAL, mapping=mapping, employees=employees, sender_employees=(ZOE, ZOES_TWIN))
    assert employee.employee_of(facts) == (outcome, "user mapping")


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("[543457]", ZOE),
        ("[999999]", Reason.EMPLOYEE_NOT_FOUND),
        ("[]", Reason.EMPLOYEE_NOT_FOUND),
        ("", Reason.EMPLOYEE_NOT_FOUND),
    ],
)
def test_line_one_identifies_the_employee_where_the_mailbox_says_so(line: str, outcome: Employee | Reason) -> None:
    # The sender is an employee, too: that does not matter here.
    facts = form(FORM.replace("[543457]", line), sender_employees=(MARCUS,))
    assert employee.employee_of(facts) == (outcome, "line 1")


def test_without_the_four_lines_there_is_no_employee() -> None:
    text = FORM.partition("[543457]")[0] + "Nobody filled in the form.\n"
    assert employee.employee_of(form(text)) == (Reason.EMPLOYEE_NOT_FOUND, "line 1")


@pytest.mark.parametrize(
    ("line", "variable", "expected"),
    [
        ("[Employee Relations]", True, ("Employee Relations", None)),
        ("[employee  RELATIONS]", True, ("Employee Relations", None)),
        ("[Weather]", True, ("General", CaseFlag.TOPIC_DEFAULTED)),
        # The mailbox's own topic is known, even if nobody configured it.
        ("[general]", True, ("General", None)),
        ("", True, ("General", None)),
        ("[Employee Relations]", False, ("General", None)),
    ],
)
def test_line_two_is_the_topic_where_the_mailbox_lets_it_be(
    line: str, variable: bool, expected: tuple[str, CaseFlag | None]
) -> None:
    facts = form(FORM.replace("[Employee Relations]", line), mailbox=replace(FORMS, variable_topic=variable))
    ruling = topic.rule(facts)
    assert (topic.topic_of(facts)[0], ruling.flag) == expected
    assert ruling.decision is None


@pytest.mark.parametrize(
    ("line", "variable", "expected"),
    [
        ("[Yes]", True, (True, None)),
        ("[yes]", True, (True, None)),
        ("[NO]", True, (False, None)),
        ("[Perhaps]", True, (False, CaseFlag.SHOW_DEFAULTED)),
        ("", True, (False, None)),
        ("[Yes]", False, (False, None)),
    ],
)
def test_line_three_says_whether_to_show_the_case(
    line: str, variable: bool, expected: tuple[bool, CaseFlag | None]
) -> None:
    facts = form(FORM.replace("[Yes]", line), mailbox=replace(FORMS, variable_show=variable))
    ruling = show.rule(facts)
    assert (show.show_of(facts)[0], ruling.flag) == expected
    assert ruling.decision is None


def test_the_default_show_is_the_mailboxs() -> None:
    assert show.show_of(facts_of(MANUAL, mailbox=replace(PAYROLL, default_show=True))) == (True, False)
    assert show.show_of(facts_of(MANUAL)) == (False, False)


def test_line_four_names_whom_the_case_is_regarding() -> None:
    assert regarding.rule(form()) == passed(user_id="874112")
    unknown = regarding.rule(form(employees={"543457": ZOE}))
    assert (unknown.flag, unknown.decision) == (CaseFlag.REGARDING_NOT_FOUND, None)
    assert regarding.rule(form(FORM.replace("[874112]", ""))) == passed()
    assert regarding.rule(facts_of(MANUAL)) == passed()


def test_a_sender_opens_only_so_many_cases_within_an_hour() -> None:
    settings = {"max_cases_per_sender_per_hour": "3"}
    full = facts_of(MANUAL, settings=settings, opened_this_hour=3)
    assert rate_limit.rule(full).decision == rejected_for(Reason.RATE_LIMITED)
    assert rate_limit.rule(facts_of(MANUAL, settings=settings, opened_this_hour=2)).decision is None
    trusted = form(settings=settings, opened_this_hour=3)
    assert rate_limit.rule(trusted).decision is None


@pytest.mark.parametrize(
    ("known", "group"),
    [
        ({"employees": {"543457": replace(ZOE, population="UK")}}, "relations-uk"),
        ({"employees": {"543457": ZOE}}, "relations"),
        ({"message": FORM.replace("[Employee Relations]", "[Payroll]")}, "default"),
        ({"message": FORM.replace("[Employee Relations]", "")}, "default"),
    ],
)
def test_topic_and_population_decide_the_service_group(known: dict[str, Any], group: str) -> None:
    assert routing.rule(form(**known)).evidence == {"service_group": group}


def test_a_manual_email_makes_a_case() -> None:
    assert new_case.rule(facts_of(MANUAL)).decision == Decision(
        Outcome.CASE,
        case=NewCase(
            subject="Wrong salary",
            issue="My salary is wrong.\n\nZoe",
            topic="General",
            service_group="default",
            employee=EmployeeSnapshot("543457", "Zoë Hartmann", "zoe.hartmann@acme.example"),
            regarding=None,
            show_to_employee=False,
            acknowledge=True,
        ),
    )


def test_blank_parts_become_the_default_subject() -> None:
    blank = "From: zoe.hartmann@acme.example\nTo: payroll@acme.example\nSubject:  \n\n  \n"
    decision = new_case.rule(facts_of(blank, mailbox=replace(PAYROLL, default_subject="A question"))).decision
    assert decision is not None
    assert decision.case is not None
    assert (decision.case.subject, decision.case.issue) == ("A question", "A question")


def test_a_system_generated_email_makes_a_case() -> None:
    assert new_case.rule(form(mailbox=replace(FORMS, acknowledge_sender=True))).decision == Decision(
        Outcome.CASE,
        case=NewCase(
            subject="Complaint",
            issue="The heating does not work.",
            topic="Employee Relations",
            service_group="relations",
            employee=EmployeeSnapshot("543457", "Zoë Hartmann", "zoe.hartmann@acme.example"),
            regarding=EmployeeSnapshot("874112", "Marcus Webb", "marcus.webb@acme.example"),
            show_to_employee=True,
            acknowledge=False,  # programs read no acknowledgements
        ),
    )


def test_trusted_lines_in_a_mailbox_that_identifies_by_from_say_all_but_the_employee() -> None:
    by_from = replace(FORMS, identify_sender=IdentifySender.FROM_ADDRESS)
    decision = new_case.rule(form(mailbox=by_from, sender_employees=(MARCUS,))).decision
    assert decision is not None
    assert decision.case is not None
    assert (decision.case.employee.user_id, decision.case.topic, decision.case.issue) == (
        "874112",
        "Employee Relations",
        "The heating does not work.",
    )


@pytest.mark.parametrize(
    "facts",
    [
        facts_of(MANUAL, mailbox=replace(PAYROLL, acknowledge_sender=False)),
        facts_of(MANUAL, envelope={"sender": ""}),
        facts_of(MANUAL.replace("To: ", "Precedence: bulk\nTo: ")),
        facts_of(MANUAL.replace("Zoe.Hartmann@ACME.example", "Payroll@acme.example")),
        facts_of(MANUAL.replace("Zoe.Hartmann@ACME.example", "payroll@in.acme-cases.example")),
        # An answer to an acknowledgement that an auto-responder did not mark.
        facts_of(MANUAL, sent=(ReferencedEntry("7K3F92QDX0", None),)),
        facts_of(MANUAL, references=(CaseReference(MatchMethod.CASE_REFERENCE, "7K3F92QDX0", genuine=True),)),
    ],
    ids=["not wanted", "null sender", "bulk", "the mailbox itself", "receiving address", "answer", "signed answer"],
)
def test_nobody_is_acknowledged_whose_answer_could_come_back(facts: Facts) -> None:
    decision = new_case.rule(facts).decision
    assert decision is not None
    assert decision.case is not None
    assert not decision.case.acknowledge

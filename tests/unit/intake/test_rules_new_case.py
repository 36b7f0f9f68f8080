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
from email_channels.cases.trace import RuleVerdict
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

from tests.support.messages import FORM
from tests.support.rule_facts import FORMS, MARCUS, PAYROLL, ZOE, facts_of

MANUAL = """
From: Zoe Hartmann <Zoe.Hartmann@ACME.example>
To: payroll@acme.example
Subject: Wrong salary

My salary is wrong.

Zoe
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


def test_mailbox_not_found() -> None:
    """An email to no mailbox does not become a case."""
    ruling = mailbox.rule(facts_of(MANUAL, mailbox=None))
    assert ruling.decision == rejected_for(Reason.MAILBOX_NOT_FOUND)
    assert ruling.evidence == {"recipient": "payroll@in.acme-cases.example"}


def test_other_mailboxes() -> None:
    """Other mailboxes that the email names are noted."""
    ruling = mailbox.rule(facts_of(MANUAL, other_mailboxes=("benefits@acme.example",)))
    assert ruling == noted(
        "It also names other mailboxes.", mailbox="payroll@acme.example", others=["benefits@acme.example"]
    )


def test_trusted_sender() -> None:
    """Form lines are believed from trusted senders that are authenticated."""
    assert sender_trust.rule(form()) == passed("The sender is trusted.", listed=True, authenticated=True)


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        # Another sender, with a valid signature.
        (
            {
                "message": form_from("eve@elsewhere.example"),
                "envelope": {"signer": "elsewhere.example"},
            },
            {"listed": False, "authenticated": True},
        ),
        # The address of the trusted sender, but no proof.
        ({"envelope": {"dkim": "fail", "dmarc": "fail"}}, {"listed": True, "authenticated": False}),
        ({"envelope": {"dkim": "none", "dmarc": "none"}}, {"listed": True, "authenticated": False}),
        # Signed by another domain.
        ({"envelope": {"signer": "evil.example", "dmarc": "none"}}, {"listed": True, "authenticated": False}),
        # SES reads another address in the From header than we do.
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
def test_untrusted_sender(changes: dict[str, Any], seen: dict[str, bool]) -> None:
    """Form lines of all other senders are refused."""
    ruling = sender_trust.rule(form(**changes))
    assert ruling.decision == rejected_for(Reason.SENDER_NOT_TRUSTED)
    assert ruling.evidence == seen


@pytest.mark.parametrize("entry", ["HR@Forms.example", "forms.example", "@forms.example"])
def test_trusted_sender_entry(entry: str) -> None:
    """An entry is an address or a domain; case does not matter."""
    assert form(mailbox=replace(FORMS, trusted_senders=(entry,))).trusted


def test_waived_authentication() -> None:
    """A mailbox may waive the authentication."""
    waived = replace(FORMS, trust_without_authentication=True)
    unsigned = {"dkim": "none", "dmarc": "none"}
    assert sender_trust.rule(form(mailbox=waived, envelope=unsigned)).decision is None
    stranger = form(form_from("eve@elsewhere.example"), mailbox=waived, envelope=unsigned)
    assert sender_trust.rule(stranger).decision == rejected_for(Reason.SENDER_NOT_TRUSTED)


def test_untrusted_lines_are_text() -> None:
    """If the mailbox identifies by From, the lines of an untrusted sender are text."""
    facts = facts_of(FORM.replace("hr@forms.example", "zoe.hartmann@acme.example"))
    assert sender_trust.rule(facts) == noted(
        "The sender is not trusted, so the values on the first lines are only text.",
        CaseFlag.VALUES_NOT_BELIEVED,
        listed=False,
        authenticated=True,
    )
    assert not facts.form_believed


def test_values_below_a_banner() -> None:
    """Values below a gateway's banner are believed, and the trace says so."""
    facts = form(FORM.replace("[543457]", "CAUTION: External email. Do not click links.\n\n[543457]"))
    assert sender_trust.rule(facts) == noted(
        "The sender is trusted. A gateway put a banner above the four lines.",
        listed=True,
        authenticated=True,
        below_banner=True,
    )
    assert facts.form.user_id == "543457"


@pytest.mark.parametrize("sender", ["hr@forms.example", "zoe.hartmann@acme.example"])
def test_values_elsewhere(sender: str) -> None:
    """Values that are not the first four lines are text, whoever sends them, and a flag says so."""
    text = FORM.replace("[543457]", "Dear HR,\n\n[543457]").replace("hr@forms.example", sender)
    facts = facts_of(text, mailbox=replace(FORMS, identify_sender=IdentifySender.FROM_ADDRESS))
    ruling = sender_trust.rule(facts)
    assert (ruling.flag, ruling.decision) == (CaseFlag.VALUES_NOT_BELIEVED, None)
    assert ruling.evidence["lines"] == list(facts.arrival.form_lines.elsewhere) != []
    assert not facts.form_believed


def test_no_values() -> None:
    """An email without values in brackets has no such flag."""
    assert sender_trust.rule(facts_of(MANUAL)) == passed()
    assert sender_trust.rule(form(FORM.partition("[543457]")[0] + "Nobody filled it in [see below].\n")).flag is None


def test_automatic_sender() -> None:
    """Programs open cases only if they are trusted."""
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
def test_employee_by_from(known: dict[str, Any], outcome: Employee | Reason) -> None:
    """The From address must belong to exactly one employee, who is not blocked."""
    facts = facts_of(MANUAL, **known)
    assert employee.employee_of(facts) == (outcome, "From address")
    decision = employee.rule(facts).decision
    assert decision == (rejected_for(outcome) if isinstance(outcome, Reason) else None)


def test_mismatch_names_employees() -> None:
    """The trace names the employees who have the address and are not blocked, at most ten."""
    two = employee.rule(facts_of(MANUAL, sender_employees=(ZOE, BLOCKED, MARCUS)))
    assert two.evidence == {
        "by": "From address",
        "employees": [{"user_id": "543457", "name": "Zoë Hartmann"}, {"user_id": "874112", "name": "Marcus Webb"}],
        "count": 2,
    }
    many = tuple(replace(ZOE, user_id=f"{n:03}") for n in range(400))
    evidence: Any = employee.rule(facts_of(MANUAL, sender_employees=many)).evidence
    assert (len(evidence["employees"]), evidence["count"]) == (employee.MAX_NAMED, 400)


@pytest.mark.parametrize(
    ("employees", "outcome"),
    [
        ({"874112": MARCUS}, MARCUS),
        ({}, Reason.EMPLOYEE_NOT_FOUND),
        ({"874112": replace(MARCUS, blocked=True)}, Reason.SENDER_BLOCKED),
    ],
)
def test_user_mapping(employees: dict[str, Employee], outcome: Employee | Reason) -> None:
    """A user mapping wins over the directory."""
    mapping = UserMapping("m1", "payroll@acme.example", None, "874112")
    facts = facts_of(MANUAL, mapping=mapping, employees=employees, sender_employees=(ZOE, ZOES_TWIN))
    assert employee.employee_of(facts) == (outcome, "user mapping")
    if outcome is Reason.EMPLOYEE_NOT_FOUND:
        assert employee.rule(facts).detail == "The user mapping names an employee who is not in the directory."


@pytest.mark.parametrize(
    ("line", "outcome", "detail"),
    [
        ("[543457]", ZOE, "The employee is in the directory."),
        ("[999999]", Reason.EMPLOYEE_NOT_FOUND, "No employee in the directory has the user id on line 1."),
        ("[]", Reason.EMPLOYEE_NOT_FOUND, "Line 1 has no user id."),
        ("", Reason.EMPLOYEE_NOT_FOUND, "Line 1 has no user id."),
    ],
)
def test_employee_by_line_one(line: str, outcome: Employee | Reason, detail: str) -> None:
    """Line 1 names the employee if the mailbox says so."""
    # The sender is also an employee, which does not matter here.
    facts = form(FORM.replace("[543457]", line), sender_employees=(MARCUS,))
    assert employee.employee_of(facts) == (outcome, "line 1")
    assert employee.rule(facts).detail == detail


def test_no_form_lines() -> None:
    """A form without the four lines names no employee."""
    text = FORM.partition("[543457]")[0] + "Nobody filled in the form.\n"
    assert employee.employee_of(form(text)) == (Reason.EMPLOYEE_NOT_FOUND, "line 1")


@pytest.mark.parametrize(
    ("line", "variable", "expected"),
    [
        ("[Employee Relations]", True, ("Employee Relations", None)),
        ("[employee  RELATIONS]", True, ("Employee Relations", None)),
        ("[Weather]", True, ("General", CaseFlag.TOPIC_DEFAULTED)),
        # The topic of the mailbox is known, even if it is not configured.
        ("[general]", True, ("General", None)),
        ("", True, ("General", None)),
        ("[Employee Relations]", False, ("General", None)),
    ],
)
def test_topic(line: str, variable: bool, expected: tuple[str, CaseFlag | None]) -> None:
    """Line 2 names the topic if the mailbox allows it."""
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
def test_show(line: str, variable: bool, expected: tuple[bool, CaseFlag | None]) -> None:
    """Line 3 says whether the employee sees the case."""
    facts = form(FORM.replace("[Yes]", line), mailbox=replace(FORMS, variable_show=variable))
    ruling = show.rule(facts)
    assert (show.show_of(facts)[0], ruling.flag) == expected
    assert ruling.decision is None


def test_default_show() -> None:
    """Without line 3 the default of the mailbox counts."""
    assert show.show_of(facts_of(MANUAL, mailbox=replace(PAYROLL, default_show=True))) == (True, False)
    assert show.show_of(facts_of(MANUAL)) == (False, False)


def test_regarding() -> None:
    """Line 4 names the employee whom the case is regarding."""
    assert regarding.rule(form()) == passed(user_id="874112")
    unknown = regarding.rule(form(employees={"543457": ZOE}))
    assert (unknown.flag, unknown.decision) == (CaseFlag.REGARDING_NOT_FOUND, None)
    assert regarding.rule(form(FORM.replace("[874112]", ""))) == passed()
    assert regarding.rule(facts_of(MANUAL)) == passed()


def test_rate_limit() -> None:
    """The number of cases that a sender may open in an hour is limited."""
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
def test_service_group(known: dict[str, Any], group: str) -> None:
    """Topic and population decide the service group."""
    assert routing.rule(form(**known)).evidence == {"service_group": group}


def test_manual_case() -> None:
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


def test_blank_parts() -> None:
    """A blank subject or text becomes the default subject."""
    blank = "From: zoe.hartmann@acme.example\nTo: payroll@acme.example\nSubject:  \n\n  \n"
    decision = new_case.rule(facts_of(blank, mailbox=replace(PAYROLL, default_subject="A question"))).decision
    assert decision is not None
    assert decision.case is not None
    assert (decision.case.subject, decision.case.issue) == ("A question", "A question")


@pytest.mark.parametrize("subject", ["Re:", "AW: WG:", "[EXTERNAL] Fwd: ", "回复：", "\u200b", "Re: \u202e"])
def test_subject_of_nothing_but_prefixes(subject: str) -> None:
    """It counts as blank; so does a subject that people cannot see."""
    email = f"From: zoe.hartmann@acme.example\nTo: payroll@acme.example\nSubject: {subject}\n\nHello\n"
    decision = new_case.rule(facts_of(email, mailbox=replace(PAYROLL, default_subject="A question"))).decision
    assert decision is not None
    assert decision.case is not None
    assert (decision.case.subject, decision.case.issue) == ("A question", "Hello")


def test_form_case() -> None:
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
            acknowledge=False,  # programs do not read acknowledgements
        ),
    )


def test_trusted_lines_with_from() -> None:
    """A mailbox that identifies by From takes everything but the employee from trusted lines."""
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
        # An unmarked automatic answer to an acknowledgement.
        facts_of(MANUAL, sent=(ReferencedEntry("7K3F92QDX0", None),)),
        facts_of(MANUAL, references=(CaseReference(MatchMethod.CASE_REFERENCE, "7K3F92QDX0", genuine=True),)),
        facts_of(MANUAL.replace("Zoe.Hartmann@ACME.example", "no-reply@acme.example")),
        facts_of(MANUAL.replace("Zoe.Hartmann@ACME.example", '"zoe hartmann"@acme.example')),
        # Not proven, and not the employee's address in the directory: a user mapping names the employee.
        facts_of(MANUAL.replace("Zoe.Hartmann@ACME.example", "zoe@home.example"), envelope={"dkim": "none"}),
        facts_of(MANUAL, envelope={"dkim": "fail"}),
        facts_of(MANUAL, envelope={"dkim": "none", "dmarc": "fail"}),
        facts_of(MANUAL, envelope={"dkim": "none", "spam": "FAIL"}),
        facts_of(MANUAL, envelope={"dkim": "none", "virus": "FAIL"}),
    ],
    ids=[
        "not wanted",
        "null sender",
        "bulk",
        "the mailbox itself",
        "receiving address",
        "answer",
        "signed answer",
        "no-reply address",
        "unwritable address",
        "unproven, not in the directory",
        "DKIM failed",
        "DMARC failed",
        "unproven spam",
        "unproven virus",
    ],
)
def test_no_acknowledgement(facts: Facts) -> None:
    """No acknowledgement goes to a sender whose answer could come back."""
    decision = new_case.rule(facts).decision
    assert decision is not None
    assert decision.case is not None
    assert not decision.case.acknowledge


@pytest.mark.parametrize(
    ("envelope", "neutral"),
    [({}, False), ({"dmarc": "none"}, False), ({"dkim": "none"}, True), ({"dkim": "none", "spf": "fail"}, True)],
)
def test_acknowledgement(envelope: dict[str, str], neutral: bool) -> None:
    """To the employee's own address: a full one if it is proven, else a neutral one. A redirect breaks SPF."""
    decision = new_case.rule(facts_of(MANUAL, envelope=envelope)).decision
    assert decision is not None
    assert decision.case is not None
    assert (decision.case.acknowledge, decision.case.neutral) == (True, neutral)


QUIET_FORMS = replace(FORMS, variable_topic=False, variable_show=False)


@pytest.mark.parametrize(
    ("rule", "line", "value", "mailbox", "words"),
    [
        (topic, "[Employee Relations]", "[Nothing]", FORMS, "line 2 is not known"),
        (topic, "[Employee Relations]", "[Payroll]", QUIET_FORMS, "line 2 is ignored"),
        (topic, "[Employee Relations]", "[]", FORMS, "Line 2 is blank"),
        (show, "[Yes]", "[Perhaps]", FORMS, "neither Yes nor No"),
        (show, "[Yes]", "[No]", QUIET_FORMS, "line 3 is ignored"),
        (show, "[Yes]", "[]", FORMS, "Line 3 is blank"),
        (regarding, "[874112]", "[999999]", FORMS, "line 4"),
    ],
)
def test_notes(rule: Any, line: str, value: str, mailbox: Mailbox, words: str) -> None:
    """The trace says what became of each value that was not taken; a value that was taken needs no note."""
    changed = rule.rule(form(FORM.replace(line, value), mailbox=mailbox))
    assert changed.verdict is RuleVerdict.NOTE
    assert words in changed.detail
    taken = rule.rule(form())
    assert (taken.verdict, taken.detail) == (RuleVerdict.PASS, "")

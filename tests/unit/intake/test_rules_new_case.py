"""The rules for new cases: mailbox, rate limit, service group, and what the case holds."""

from dataclasses import replace
from typing import Any

import pytest
from email_channels.cases.case import EmployeeSnapshot
from email_channels.cases.matches import MatchMethod
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.referenced import ReferencedEntry
from email_channels.intake.decision import Decision, NewCase
from email_channels.intake.facts import CaseReference, Facts
from email_channels.intake.rules import mailbox, new_case, rate_limit, routing
from email_channels.intake.rulings import noted
from email_channels.settings import IdentifySender

from tests.support.messages import FORM
from tests.support.rule_facts import FORMS, MANUAL, MARCUS, PAYROLL, ZOE, facts_of, form, rejected_for


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
        facts_of(MANUAL.replace("Zoe.Hartmann@ACME.example", "payroll+x@acme.example")),
        facts_of(MANUAL.replace("Zoe.Hartmann@ACME.example", '"payroll"@acme.example')),
        facts_of(
            MANUAL.replace("Zoe.Hartmann@ACME.example", "any@Bücher.example"),
            settings={"case_creation_recipients": "payroll@in.acme-cases.example,bücher.example"},
            envelope={"signer": "xn--bcher-kva.example"},
        ),
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
        "the mailbox with a tag",
        "the mailbox in quotes",
        "receiving domain",
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

"""The rules about the sender of a new case: trust, automatic emails, and the employee."""

from dataclasses import replace
from typing import Any

import pytest
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.reasons import Reason
from email_channels.intake.rules import automatic_sender, employee, sender_trust
from email_channels.intake.rulings import passed

from tests.support.messages import FORM
from tests.support.rule_facts import FORMS, MANUAL, MARCUS, ZOE, facts_of, form, form_from, rejected_for


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

"""Each warning, from the email that SES receives to the API, and through a move to another case.

A bounced email of an agent (`delivery_failed`) has tests of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from email_channels.cases.references import SigningKeys, case_reference
from email_channels.cases.warnings import EmailWarning

from tests.support.in_process.aws import SIGNING_KEYS
from tests.support.reliability.mails import EVE, MARCUS, ZOE, message
from tests.support.reliability.simulation import Simulation, open_simulation
from tests.support.reliability.starting_states import a_case

KEYS = SigningKeys(str(SIGNING_KEYS["current"]))
TAG = "{tag}"
ANSWER: dict[str, Any] = {"sender": ZOE, "subject": f"Re: Wrong salary {TAG}", "To": "answers@acme.example"}
FLAGGED = {"SPAM_ACTION": "flag", "VIRUS_ACTION": "flag", "AUTHENTICATION_ACTION": "flag"}
# The answer, and how SES received it.
WARNED: dict[EmailWarning, tuple[dict[str, Any], dict[str, str]]] = {
    EmailWarning.AUTHENTICATION_FAILED: ({}, {"signer": "evil.example", "dmarc": "fail"}),
    EmailWarning.SPAM: ({}, {"spam": "FAIL"}),
    EmailWarning.VIRUS: ({}, {"virus": "FAIL"}),
    EmailWarning.NEW_SENDER: ({"sender": EVE}, {"signer": "elsewhere.example"}),
    EmailWarning.OTHER_EMPLOYEE: ({"sender": MARCUS}, {}),
    EmailWarning.SUBJECT_CHANGED: ({"subject": f"My holidays {TAG}"}, {}),
    EmailWarning.REPLY_TO_DIFFERS: ({"Reply_To": "zoe@home.example"}, {}),
    EmailWarning.ENCRYPTED: ({"body": "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----"}, {}),
}
BESIDE = {EmailWarning.OTHER_EMPLOYEE: {"new_sender"}}
"""What else such an email is warned of."""


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Simulation, bytes]]:
    with open_simulation(**FLAGGED) as simulation:
        a_case(simulation)
        yield simulation, simulation.save()


@pytest.fixture
def simulation(made: tuple[Simulation, bytes]) -> Simulation:
    made[0].restore(made[1])
    return made[0]


def inbound(simulation: Simulation, case_id: str) -> list[dict[str, Any]]:
    """The emails that a case got, newest first, without its acknowledgement."""
    items = simulation.get(f"/cases/{case_id}/emails")["items"]
    return [item for item in items if item["direction"] == "inbound"]


def test_each_warning_is_here() -> None:
    assert {*WARNED} == {*EmailWarning} - {name for name in EmailWarning if name.value == "delivery_failed"}


@pytest.mark.parametrize("warning", WARNED)
def test_answer(simulation: Simulation, warning: EmailWarning) -> None:
    """The entry says so, in the list and alone, and still does in another case. The answer without it says nothing."""
    (case,) = simulation.get("/cases")["items"]
    changes, envelope = WARNED[warning]
    tag = case_reference(case["case_id"], KEYS)
    plain, warned = ({**ANSWER, **more} for more in ({}, changes))
    for n, (email, verdicts) in enumerate(((plain, {}), (warned, envelope)), start=1):
        text = message(n, **{**email, "subject": email["subject"].format(tag=tag)})
        simulation.arrive(text, "ad_hoc", sender=email["sender"], **verdicts)
        simulation.settle()
        simulation.tick(0.01)
    entries = f"/cases/{case['case_id']}/emails"
    newest, other, _ = inbound(simulation, case["case_id"])
    expected = {warning.value} | BESIDE.get(warning, set())
    assert (other["warnings"], set(newest["warnings"])) == ([], expected)
    assert set(simulation.get(f"{entries}/{newest['email_id']}")["warnings"]) == expected

    simulation.arrive(message(9, subject="Another matter"))
    simulation.settle()
    target = next(one["case_id"] for one in simulation.get("/cases")["items"] if one["subject"] == "Another matter")
    path = f"{entries}/{newest['email_id']}/move"
    assert simulation.request("agent", "POST", path, {"case_id": target}).status == 200
    simulation.settle()
    moved = simulation.get(f"/cases/{target}/emails/{newest['email_id']}")
    assert set(moved["warnings"]) == expected


OF_THE_CASE = {EmailWarning.NEW_SENDER, EmailWarning.OTHER_EMPLOYEE, EmailWarning.SUBJECT_CHANGED}
"""Warnings that an email has only in a case that it answers."""


@pytest.mark.parametrize("warning", [one for one in WARNED if one not in OF_THE_CASE])
def test_unprocessed(simulation: Simulation, warning: EmailWarning) -> None:
    """An unprocessed email keeps its warnings until a person assigns it."""
    (case,) = simulation.get("/cases")["items"]
    changes, envelope = WARNED[warning]
    email = {**ANSWER, **changes, "sender": EVE, "subject": "Hello"}
    simulation.arrive(message(1, **email), "ad_hoc", sender=EVE, **({"signer": "elsewhere.example"} | envelope))
    simulation.settle()
    (item,) = simulation.get("/unprocessed")["items"]
    answer = simulation.request("admin", "POST", f"/unprocessed/{item['id']}/assign", {"case_id": case["case_id"]})
    assert answer.status == 200
    simulation.settle()
    newest, _ = inbound(simulation, case["case_id"])
    assert warning.value in newest["warnings"]


@pytest.mark.parametrize("warning", [one for one in WARNED if one not in OF_THE_CASE])
def test_first_email(simulation: Simulation, warning: EmailWarning) -> None:
    """A new case has the warnings of its first email."""
    changes, envelope = WARNED[warning]
    email = {"sender": ZOE, "subject": "Something new", **{name: changes[name] for name in changes if name != "To"}}
    simulation.arrive(message(1, **email), **envelope)
    simulation.settle()
    case = next(one for one in simulation.get("/cases")["items"] if one["subject"] == "Something new")
    (first,) = inbound(simulation, case["case_id"])
    assert first["warnings"] == [warning.value]

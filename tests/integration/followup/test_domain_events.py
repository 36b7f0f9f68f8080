"""What other systems are told of everything that happens, as the functions cause it, and that it names nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from email_channels.cases.mailboxes import mailbox_id

from tests.support.reliability.actions import (
    MONTH,
    answers,
    bounce_arrives,
    case_of,
    send,
    send_with_result,
    write_note,
)
from tests.support.reliability.mails import BOB, EVE, MARCUS, ZOE, message
from tests.support.reliability.meanwhile.merging import cases_to_merge, merge
from tests.support.reliability.simulation import Simulation, open_simulation
from tests.support.reliability.starting_states import (
    a_case,
    a_closed_case,
    a_directory,
    a_person_to_erase,
    a_sent_email,
    an_email_to_discard,
    an_email_to_move,
    an_email_to_retry,
    an_unprocessed,
    an_unread_answer,
)
from tests.support.system.domain_events import problems

PAYROLL = mailbox_id("payroll@acme.example")
Action = Callable[[Simulation], object]


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Simulation, bytes]]:
    quiet = {"ACKNOWLEDGE_SENDER": "false", "DEFAULT_SERVICE_GROUP_ADDRESS": ""}
    with open_simulation(EVENT_BUS_NAME="default", **quiet) as simulation:
        yield simulation, simulation.save()


@pytest.fixture
def simulation(made: tuple[Simulation, bytes]) -> Simulation:
    made[0].restore(made[1])
    return made[0]


def told(simulation: Simulation, act: Action) -> list[tuple[str, dict[str, Any]]]:
    """The events of what `act` causes: type and detail, without id and time, and without what says nothing."""
    simulation.settle()
    before = len(simulation.published)
    act(simulation)
    simulation.settle()
    found = []
    for entry in simulation.published[before:]:
        event = {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": entry["Detail"]}
        assert problems(event) == []
        detail = {name: value for name, value in entry["Detail"].items() if value is not None}
        found.append((entry["DetailType"], {name: detail[name] for name in detail if name not in {"id", "at"}}))
    assert not simulation.dead
    return found


def of_case(case_id: str, **more: str) -> dict[str, str]:
    return {"case_id": case_id, **more, "mailbox_id": PAYROLL, "topic": "General", "service_group": "default"}


def emails_of(
    simulation: Simulation, case_id: str, wanted: Callable[[dict[str, Any]], bool] = lambda _: True
) -> list[str]:
    """The ids of those emails of a case that are wanted."""
    return [one["email_id"] for one in simulation.get(f"/cases/{case_id}/emails")["items"] if wanted(one)]


def requested(method: str, path: str, body: object = None) -> Action:
    """A request by an admin. In `path` and in the texts of `body`, `{name}` stands for the simulation's note."""

    def act(simulation: Simulation) -> None:
        filled = body
        if isinstance(body, dict):
            filled = {
                key: one.format_map(simulation.notes) if isinstance(one, str) else one for key, one in body.items()
            }
        headers = {"if-match": "*"} if method in {"PATCH", "DELETE"} else None
        answer = simulation.request("admin", method, path.format_map(simulation.notes), filled, headers)
        assert answer.status < 300, answer

    return act


def test_new_case(simulation: Simulation) -> None:
    """A case with its email. Nothing more is told when the group was alerted, or when the same email comes again."""
    a_directory(simulation)
    events = told(simulation, lambda one: one.arrive(message(100, subject="Wrong salary")))
    case_id = case_of(simulation)
    (first,) = simulation.get(f"/cases/{case_id}/emails")["items"]
    about = of_case(case_id, email_id=first["email_id"])
    assert events == [("case.created", about), ("email.received", about | {"outcome": "case"})]
    assert told(simulation, lambda one: one.arrive(message(100, subject="Wrong salary"))) == []


def test_case_by_a_person(simulation: Simulation) -> None:
    a_directory(simulation)
    body = {"user_id": "543457", "subject": "Payslip", "issue": "She called.", "topic": "Tax"}
    ((type_, detail),) = told(simulation, requested("POST", "/cases", body))
    assert type_ == "case.created"
    assert detail == {"case_id": case_of(simulation, "Payslip"), "topic": "Tax", "service_group": "tax"}


def test_sent_email(simulation: Simulation) -> None:
    """An agent's email: the case waits on the employee, SES takes the email, and it is delivered."""
    a_case(simulation)
    events = told(simulation, send)
    case_id = case_of(simulation)
    email_id = simulation.get(f"/cases/{case_id}/emails")["items"][0]["email_id"]
    assert sorted(events, key=lambda event: event[0]) == [
        ("case.changed", of_case(case_id)),
        ("email.sent", of_case(case_id, email_id=email_id, state="sent")),
        ("email.state_changed", of_case(case_id, email_id=email_id, state="delivered")),
    ]


@pytest.mark.parametrize(
    ("fate", "state"), [("bounce", "bounced"), ("complaint", "complained"), ("suppressionlist", "suppressed")]
)
def test_failed_email(simulation: Simulation, fate: str, state: str) -> None:
    a_case(simulation)
    events = told(simulation, send_with_result(fate))
    states = [detail["state"] for type_, detail in events if type_ == "email.state_changed"]
    assert state in states
    assert len(states) == len(set(states))


def test_states_of_several_recipients(simulation: Simulation) -> None:
    """Each state that a recipient reaches is told once for each write, whoever reached it."""
    a_case(simulation)
    simulation.fates[EVE] = "bounce"
    body = {"to": [BOB], "cc": [EVE], "bcc": [MARCUS], "subject": "Hello", "text": "Hello"}
    path = f"/cases/{case_of(simulation)}/emails"
    events = told(simulation, lambda one: one.request("agent", "POST", path, body, {"idempotency-key": "k"}))
    states = {detail["state"] for type_, detail in events if type_ == "email.state_changed"}
    assert states == {"delivered", "bounced"}
    assert sum(type_ == "email.sent" for type_, _ in events) == 1


def test_answer(simulation: Simulation) -> None:
    """An answer: the case is unread, and waits on the agent."""
    a_sent_email(simulation)
    events = told(simulation, answers)
    case_id = case_of(simulation)
    (email_id,) = emails_of(simulation, case_id, lambda one: one["subject"].startswith("Re: "))
    assert events == [
        ("email.received", of_case(case_id, email_id=email_id, outcome="entry")),
        ("case.changed", of_case(case_id)),
    ]


def test_automatic_answer(simulation: Simulation) -> None:
    """An automatic reply changes nothing on the case."""
    a_sent_email(simulation)
    ((type_, detail),) = told(simulation, partial(answers, how="automatic"))
    assert (type_, detail["outcome"]) == ("email.received", "entry")


def test_delivery_report(simulation: Simulation) -> None:
    a_sent_email(simulation)
    events = told(simulation, bounce_arrives)
    assert ("email.received", "delivery_report") in [(type_, detail.get("outcome")) for type_, detail in events]
    assert ("email.state_changed", "bounced") in [(type_, detail.get("state")) for type_, detail in events]


@pytest.mark.parametrize(
    "body",
    [
        {"status": "closed"},
        {"topic": "Tax"},
        {"subject": "Another"},
        {"employee": "874112"},
        {"regarding": "874112"},
        {"show_to_employee": True},
        {"assignee": "me"},
    ],
    ids=lambda body: next(iter(body)),
)
def test_changed_case(simulation: Simulation, body: dict[str, object]) -> None:
    """Each change by an agent is told once. The follow-up of the change, and a change to what is there, are not."""
    a_case(simulation)
    path = f"/cases/{case_of(simulation)}"
    (event,) = told(simulation, requested("PATCH", path, body))
    about = of_case(path.rpartition("/")[2])
    assert event == ("case.changed", about | ({"topic": "Tax"} if "topic" in body else {}))
    assert told(simulation, requested("PATCH", path, body)) == []


def test_handover(simulation: Simulation) -> None:
    """The event carries the new group, so its rule gets the case."""
    a_case(simulation)
    events = told(simulation, requested("PATCH", f"/cases/{case_of(simulation)}", {"service_group": "tax"}))
    assert [(type_, detail["service_group"]) for type_, detail in events] == [("case.changed", "tax")]


def test_reopened_case(simulation: Simulation) -> None:
    a_closed_case(simulation)
    simulation.tick(1)
    events = told(simulation, answers)
    assert [type_ for type_, _ in events] == ["email.received", "case.changed"]
    assert simulation.get(f"/cases/{case_of(simulation)}")["status"] == "open"


def test_read_case(simulation: Simulation) -> None:
    """Reading is a change only if something was unread."""
    an_unread_answer(simulation)
    simulation.notes["case"] = case_of(simulation)
    assert told(simulation, requested("POST", "/cases/{case}/read", {})) == [
        ("case.changed", of_case(simulation.notes["case"]))
    ]
    assert told(simulation, requested("POST", "/cases/{case}/read", {})) == []


def test_note(simulation: Simulation) -> None:
    """A note is a change of the case's history."""
    an_email_to_move(simulation)
    ((type_, detail),) = told(simulation, write_note)
    (note,) = emails_of(simulation, simulation.notes["case"], lambda one: one["kind"] == "note")
    assert (type_, detail) == ("case.changed", of_case(simulation.notes["case"], email_id=note))


@pytest.mark.parametrize("moved", ["answer", "sent", "first"])
def test_moved_email(simulation: Simulation, moved: str) -> None:
    """A moved email changes both cases. It was not received or sent once more."""
    an_email_to_move(simulation)
    notes = simulation.notes
    events = told(simulation, requested("POST", f"/cases/{{case}}/emails/{{{moved}}}/move", {"case_id": "{other}"}))
    assert {type_ for type_, _ in events} == {"case.changed"}
    named = {(detail["case_id"], detail.get("email_id")) for _, detail in events}
    assert named >= {(notes["case"], notes[moved]), (notes["other"], notes[moved])}
    assert {case_id for case_id, _ in named} == {notes["case"], notes["other"]}


def test_split_case(simulation: Simulation) -> None:
    an_email_to_move(simulation)
    split = requested("POST", "/cases/{case}/emails/{answer}/split", {"subject": "Badge", "topic": "Tax"})
    events = told(simulation, split)
    case_id, email_id = case_of(simulation, "Badge"), simulation.notes["answer"]
    seen = {(type_, detail["case_id"], detail.get("email_id")) for type_, detail in events}
    assert {("case.created", case_id, None), ("case.changed", case_id, email_id)} <= seen
    assert ("case.changed", simulation.notes["case"], email_id) in seen
    assert {type_ for type_, _, _ in seen} == {"case.created", "case.changed"}


def test_merged_case(simulation: Simulation) -> None:
    """Both cases change; each email leaves one and comes to the other."""
    cases_to_merge(simulation)
    notes = simulation.notes
    emails = set(emails_of(simulation, notes["case"]))
    events = told(simulation, merge)
    assert {type_ for type_, _ in events} == {"case.changed"}
    for case_id in (notes["case"], notes["twin"]):
        assert {detail.get("email_id") for _, detail in events if detail["case_id"] == case_id} - {None} == emails


def test_unprocessed_email(simulation: Simulation) -> None:
    """An email that makes no case, with its reason; nothing more when the admins were notified of it."""
    a_case(simulation)
    events = told(simulation, lambda one: one.arrive(message(1, sender=EVE)))
    (item,) = simulation.get("/unprocessed")["items"]
    about = {"email_id": item["id"], "outcome": "unprocessed", "reason": "sender_not_found", "mailbox_id": PAYROLL}
    assert events == [("email.unprocessed", about)]
    hold, release = (f"/unprocessed/{item['id']}/{verb}" for verb in ("hold", "release"))
    assert told(simulation, requested("POST", hold, {"why": "a claim"})) == []
    assert told(simulation, requested("POST", release)) == []


def test_retried_email(simulation: Simulation) -> None:
    """An unprocessed email that becomes a case keeps its id: the end of its email id."""
    an_email_to_retry()(simulation)
    events = told(simulation, requested("POST", "/unprocessed/{unprocessed}/retry"))
    record_id = simulation.notes["unprocessed"]
    assert [(type_, detail["case_id"], detail["email_id"][-10:]) for type_, detail in events] == [
        ("case.created", record_id, record_id),
        ("email.received", record_id, record_id),
    ]


def test_another_reason(simulation: Simulation) -> None:
    an_email_to_retry(blocked=True)(simulation)
    ((type_, detail),) = told(simulation, requested("POST", "/unprocessed/{unprocessed}/retry"))
    assert (type_, detail["reason"]) == ("email.unprocessed", "sender_blocked")


def test_assigned_email(simulation: Simulation) -> None:
    """An unprocessed email that a person adds to a case was received now. It is not purged."""
    an_unprocessed(simulation)
    events = told(simulation, requested("POST", "/unprocessed/{unprocessed}/assign", {"case_id": "{case}"}))
    (received,) = [detail for type_, detail in events if type_ == "email.received"]
    assert (received["case_id"], received["outcome"]) == (simulation.notes["case"], "entry")
    assert received["email_id"].endswith(simulation.notes["unprocessed"])
    assert {type_ for type_, _ in events} == {"email.received", "case.changed"}


def test_purged_email(simulation: Simulation) -> None:
    an_unprocessed(simulation)
    events = told(simulation, lambda one: one.tick(MONTH))
    about = {"email_id": simulation.notes["unprocessed"], "outcome": "unprocessed", "reason": "sender_not_found"}
    assert events == [("email.purged", about | {"mailbox_id": PAYROLL})]


def test_discarded_email(simulation: Simulation) -> None:
    an_email_to_discard(simulation)
    ((type_, detail),) = told(simulation, requested("DELETE", "/unprocessed/{unprocessed}"))
    assert (type_, detail["email_id"]) == ("email.purged", simulation.notes["unprocessed"])


def test_erased_case(simulation: Simulation) -> None:
    """One event says that the case is gone; its emails cause none."""
    an_email_to_move(simulation)
    assert told(simulation, requested("DELETE", "/cases/{case}")) == [
        ("case.erased", of_case(simulation.notes["case"]))
    ]


@pytest.mark.parametrize(("cases", "gone"), [("erase", "case.erased"), ("anonymise", "case.changed")])
def test_erased_person(simulation: Simulation, cases: str, gone: str) -> None:
    """The person's cases are erased, or look different, and their unprocessed emails are purged."""
    a_person_to_erase(simulation)
    (item,) = simulation.get("/unprocessed")["items"]
    events = told(simulation, requested("POST", "/employees/543457/erasure", {"cases": cases}))
    assert (gone, simulation.notes["case"]) in {(type_, detail.get("case_id")) for type_, detail in events}
    assert ("email.purged", item["id"]) in {(type_, detail.get("email_id")) for type_, detail in events}
    assert {type_ for type_, _ in events} <= {gone, "email.purged", "case.changed"}


def test_other_changes(simulation: Simulation) -> None:
    """What admins configure, presence and signatures are no events."""
    an_email_to_move(simulation)
    for method, path, body in (
        ("PUT", "/employees/543457", {"name": "Zoe Webb", "emails": [ZOE]}),
        ("PUT", "/topics/Tax", {"service_group": "default"}),
        ("PUT", "/cases/{case}/presence", {"doing": "answering"}),
        ("PUT", "/me/signature", {"text": "Ada"}),
        ("PUT", "/templates/answer", {"name": "Answer", "text": "Hello"}),
    ):
        assert told(simulation, requested(method, path, body)) == [], path


def test_repeated_delivery(simulation: Simulation) -> None:
    """A batch that is delivered again publishes the same events again: same ids, same details."""
    a_directory(simulation)
    simulation.arrive(message(100))
    for one in simulation.pending():
        simulation.deliver(one)
    (batch,) = [one for one in simulation.pending() if one.function == "events"]
    simulation.repeat(batch)
    simulation.settle()
    details = [json.dumps(entry["Detail"]) for entry in simulation.published]
    assert len(details) == 4
    assert details[:2] == details[2:]


def test_nobody_is_named(simulation: Simulation) -> None:
    """No event holds a word of the emails, or an address, name or user id of a person."""
    a_person_to_erase(simulation)
    write_note(simulation)
    requested("PATCH", "/cases/{case}", {"assignee": "me"})(simulation)
    requested("POST", "/employees/543457/erasure", {"cases": "anonymise"})(simulation)
    simulation.settle()
    everything = json.dumps(simulation.published).casefold()
    assert len(simulation.published) > 10
    for text in ("@", "zoe", "hartmann", "bob", "marcus", "543457", "874112", "wrong salary", "when was that"):
        assert text not in everything

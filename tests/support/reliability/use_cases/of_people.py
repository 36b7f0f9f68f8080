"""Use cases that people cause by requests, and the jobs that they start."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.reliability.actions import (
    EMPLOYEES,
    import_employees,
    request_until_answered,
    write_note,
)
from tests.support.reliability.meanwhile.merging import (
    cases_to_merge,
)
from tests.support.reliability.simulation import Simulation
from tests.support.reliability.starting_states import (
    a_directory,
    a_failed_email_to_retry,
    a_form_of_nobody,
    a_held_email,
    a_person_to_erase,
    a_template,
    an_answer_to_retry,
    an_email_to_discard,
    an_email_to_move,
    an_email_to_retry,
    an_infected_answer,
    an_unprocessed,
    an_unread_answer,
)
from tests.support.reliability.use_cases.form import QUIET, UseCase, by_hand


def _start_job(kind: str) -> Callable[[Simulation], None]:
    """An admin retries or discards all emails of unknown senders."""

    def act(simulation: Simulation) -> None:
        started = simulation.request("admin", "POST", f"/unprocessed/{kind}", {"reason": "sender_not_found"})
        assert started.status == 202, started

    return act


def _try_job(simulation: Simulation) -> None:
    body = {"mailbox": "payroll@acme.example", "last": 5}
    assert simulation.request("admin", "POST", "/try/jobs", body).status == 202


def _erase_person(simulation: Simulation) -> None:
    path = "/employees/543457/erasure"
    assert request_until_answered(simulation, "admin", "POST", path, {"cases": "erase"}).status == 202


def _erase_long_case(simulation: Simulation) -> None:
    """As if the request had no time for more than the tombstone."""
    path = f"/cases/{simulation.notes['case']}"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("functions.agent_api.work.cases.ERASING_SECONDS", 0)
        answer = request_until_answered(simulation, "admin", "DELETE", path)
    assert answer.status in {202, 404}


PRESENCE = "/cases/{case}/presence"
ASSIGN, MOVE = "/unprocessed/{unprocessed}/assign", "/cases/{case}/emails/"
RETRY = "/unprocessed/{unprocessed}/retry"
SECOND = "/mailboxes/second@acme.example"
MAPPING = {"mailbox": "second@acme.example", "user_id": "543457"}
BY_HAND = (
    by_hand("an unprocessed email to a case", an_unprocessed, "POST", ASSIGN, {"case_id": "{case}"}, faulted=True),
    by_hand("a case of an unprocessed email", an_unprocessed, "POST", ASSIGN, {"user_id": "543457"}),
    by_hand("a case of an unprocessed form", a_form_of_nobody, "POST", ASSIGN, {"user_id": "543457"}, faulted=True),
    UseCase("by hand: a note is written", "agent_api", write_note, an_email_to_move, QUIET, vital=True),
    by_hand("a case is assigned", an_email_to_move, "PATCH", "/cases/{case}", {"assignee": "me"}, faulted=True),
    by_hand("a case is open on a screen", an_email_to_move, "PUT", PRESENCE, {"doing": "answering"}),
    by_hand("a signature is written", a_directory, "PUT", "/me/signature", {"text": "Ada"}),
    by_hand("an answer to another case", an_email_to_move, "POST", MOVE + "{answer}/move", {"case_id": "{other}"}),
    by_hand("an agent's email to another case", an_email_to_move, "POST", MOVE + "{sent}/move", {"case_id": "{other}"}),
    by_hand("the first email to another case", an_email_to_move, "POST", MOVE + "{first}/move", {"case_id": "{other}"}),
    by_hand("the original of an agent's email is read", an_email_to_move, "GET", MOVE + "{sent}/original"),
    by_hand(
        "an infected attachment is read",
        an_infected_answer,
        "GET",
        MOVE + "{infected}/attachments/1?accept_risk=true",
        environment={"VIRUS_ACTION": "flag"},
    ),
    by_hand(
        "an answer becomes a case",
        an_email_to_move,
        "POST",
        MOVE + "{answer}/split",
        {"subject": "Badge", "topic": "Tax"},
        faulted=True,
    ),
    by_hand("the first email becomes a case", an_email_to_move, "POST", MOVE + "{first}/split", {"subject": "Badge"}),
    by_hand("a case into another one", cases_to_merge, "POST", "/cases/{case}/merge", {"into": "{twin}"}, vital=True),
    by_hand("the employee of a case", cases_to_merge, "PATCH", "/cases/{case}", {"employee": "874112"}),
    by_hand("an email is discarded", an_email_to_discard, "DELETE", "/unprocessed/{unprocessed}"),
    by_hand("an email is held", an_unprocessed, "POST", "/unprocessed/{unprocessed}/hold", {"why": "a claim"}),
    by_hand("a template is written", a_directory, "PUT", "/templates/answer", {"name": "Answer", "text": "Hello"}),
    by_hand("a template is deleted", a_template, "DELETE", "/templates/answer"),
    by_hand("a held email is released", a_held_email, "POST", "/unprocessed/{unprocessed}/release"),
    by_hand("an employee gets another name", a_directory, "PUT", "/employees/543457", {"name": "Zoe Webb"}),
    by_hand("an employee is deleted", a_directory, "DELETE", "/employees/874112"),
    by_hand("a mailbox gets another address", a_directory, "PUT", SECOND, {"receiving_address": "third@in.example"}),
    by_hand("a mailbox is deleted", a_directory, "DELETE", SECOND),
    by_hand("a user mapping is written", a_directory, "PUT", "/user-mappings/one", MAPPING),
    by_hand("a topic routes elsewhere", a_directory, "PUT", "/topics/Tax", {"service_group": "default"}),
    by_hand("a topic is deleted", a_directory, "DELETE", "/topics/Tax"),
    by_hand("a case is read", an_unread_answer, "POST", "/cases/{case}/read", {}, vital=True),
    by_hand("a case is handed over", an_unread_answer, "PATCH", "/cases/{case}", {"service_group": "tax"}),
    by_hand("a case is erased", an_email_to_move, "DELETE", "/cases/{case}", vital=True),
    by_hand("an unprocessed email is retried, and makes a case", an_email_to_retry(), "POST", RETRY, vital=True),
    by_hand("an unprocessed email is retried, for another reason", an_email_to_retry(blocked=True), "POST", RETRY),
    by_hand("an email that failed is retried", a_failed_email_to_retry, "POST", RETRY),
    by_hand(
        "an unprocessed answer is retried",
        an_answer_to_retry,
        "POST",
        RETRY,
        environment={"ACCEPT_EMAILS_FOR_CLOSED_CASES": "false"},
    ),
)
JOBS = (
    UseCase("jobs: emails are retried", "jobs", _start_job("retry"), an_email_to_retry(), QUIET, vital=True),
    UseCase("jobs: emails are discarded", "jobs", _start_job("discard"), an_email_to_discard, QUIET, vital=True),
    UseCase("jobs: emails are tried", "jobs", _try_job, an_email_to_retry(), QUIET, faulted=True),
    UseCase("jobs: a person is erased", "jobs", _erase_person, a_person_to_erase, QUIET, faulted=True),
    UseCase("jobs: a long case is erased", "jobs", _erase_long_case, an_email_to_move, QUIET, faulted=True),
    UseCase("jobs: employees are imported", "jobs", import_employees, a_directory, QUIET, faulted=True),
    by_hand("an import is started", a_directory, "POST", "/employees/imports", EMPLOYEES),
)

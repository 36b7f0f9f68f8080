"""All use cases of the product, each in a form that a test can kill at its calls to AWS.

`test_crashes.py` and `make crash-report` try all use cases in this list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.support.messages import BOUNCE, LONG
from tests.support.reliability.actions import (
    EMPLOYEES,
    MONTH,
    answers,
    answers_to_many,
    answers_with_attachments,
    arrives,
    arrives_in_two_mailboxes,
    arrives_twice,
    bounce_arrives,
    case_of,
    form_arrives,
    gets_another_subject,
    import_employees,
    minutes_pass,
    notification_bounces,
    probe_returns,
    request_until_answered,
    send,
    send_and_only_ses_knows,
    send_by_template,
    send_images,
    send_upload,
    send_with_result,
    time_passes,
    write_note,
)
from tests.support.reliability.deliveries import Function
from tests.support.reliability.mails import BOB, EVE, STRANGER, message, with_attachments
from tests.support.reliability.meanwhile.merging import (
    a_stuck_merge,
    answers_while_merged,
    cases_to_merge,
    send_again,
    send_then_merge,
    sent_and_merged,
)
from tests.support.reliability.simulation import Simulation
from tests.support.reliability.starting_states import (
    a_case,
    a_case_and_a_template,
    a_closed_case,
    a_directory,
    a_failed_email_to_retry,
    a_failed_send_not_noticed,
    a_form_of_nobody,
    a_german_mailbox,
    a_half_done_answer,
    a_held_email,
    a_lost_duplicate,
    a_lost_original,
    a_person_to_erase,
    a_redirect_that_works_again,
    a_sent_email,
    a_stuck_send,
    a_template,
    an_answer_not_notified,
    an_answer_to_retry,
    an_assigned_email_not_notified,
    an_email_to_discard,
    an_email_to_move,
    an_email_to_retry,
    an_image,
    an_infected_answer,
    an_unprocessed,
    an_unprocessed_answer,
    an_unprocessed_email_that_is_mended,
    an_unread_answer,
    an_upload,
    emails_not_notified,
    redirects_that_are_probed,
)


def _nothing(_: Simulation) -> None:
    return


@dataclass(frozen=True)
class UseCase:
    """`act` adds pending deliveries, or calls the API. From then on, the calls of `function` are counted and can be
    killed.

    `setup` runs before that, without crashes, and all its deliveries are made. The simulation retries deliveries that
    were killed. `act` retries requests, as their senders do. `vital`: every run of the tests tries some pairs of
    crashes, and some faults of AWS. `faulted`: some faults only. `broken` holds replacements for names of the product,
    such as a function that always raises.
    """

    name: str
    function: Function
    act: Callable[[Simulation], None]
    setup: Callable[[Simulation], None] = _nothing
    environment: Mapping[str, str] = field(default_factory=dict)
    vital: bool = False
    faulted: bool = False
    broken: Mapping[str, object] = field(default_factory=dict)


def by_hand(
    name: str,
    setup: Callable[[Simulation], None],
    method: str,
    path: str,
    body: Mapping[str, str] | str | None = None,
    **more: Any,
) -> UseCase:
    """A request by an admin. In `path` and `body`, `{name}` stands for the simulation's note of this name."""

    def act(simulation: Simulation) -> None:
        filled: object = body
        if isinstance(body, Mapping):
            filled = {key: value.format_map(simulation.notes) for key, value in body.items()}
        answer = request_until_answered(simulation, "admin", method, path.format_map(simulation.notes), filled)
        # A repeated request may find it done.
        assert answer.status in {200, 201, 202, 204, 404, 409}, answer

    environment = QUIET | more.pop("environment", {})
    return UseCase(f"by hand: {name}", "agent_api", act, setup, environment, **more)


def _retry(simulation: Simulation) -> None:
    path = f"/unprocessed/{simulation.notes['unprocessed']}/retry"
    assert simulation.request("admin", "POST", path).status == 200


def _answer_later(simulation: Simulation) -> None:
    simulation.now += timedelta(minutes=1)
    answers(simulation)


def _hand_over(simulation: Simulation) -> None:
    """An agent hands the only case over to another group, which has an address."""
    path = f"/cases/{case_of(simulation)}"
    assert request_until_answered(simulation, "admin", "PATCH", path, {"service_group": "tax"}).status == 200


def _make_case(simulation: Simulation) -> None:
    wanted = {"user_id": "543457", "subject": "On the phone", "issue": "She called."}
    assert request_until_answered(simulation, "agent", "POST", "/cases", wanted).status == 201


def _start_job(kind: str) -> Callable[[Simulation], None]:
    """An admin retries or discards all emails of unknown senders."""

    def act(simulation: Simulation) -> None:
        started = simulation.request("admin", "POST", f"/unprocessed/{kind}", {"reason": "sender_not_found"})
        assert started.status == 202, started

    return act


def _try_job(simulation: Simulation) -> None:
    body = {"mailbox": "payroll@acme.example", "last": 5}
    assert simulation.request("admin", "POST", "/try/jobs", body).status == 202


def intake(
    name: str, act: Callable[[Simulation], None], setup: Callable[[Simulation], None] = a_directory, **more: Any
) -> UseCase:
    """A use case of the function `inbound`."""
    environment = QUIET | more.pop("environment", {})
    return UseCase(f"intake: {name}", "inbound", act, setup, environment, **more)


def _reason(name: str, text: str, channel: str = "case_creation", **envelope: Any) -> UseCase:
    return intake(f"unprocessed, {name}", arrives(text, channel, **envelope))


def _fail(*_: object) -> None:
    raise RuntimeError("a mistake of ours")


PROBED = {"PROBE_MINUTES": "60"}
PLUS = {"PLUS_ADDRESSING": "true"}
QUIET = {"ACKNOWLEDGE_SENDER": "false", "DEFAULT_SERVICE_GROUP_ADDRESS": ""}
INTAKE = (
    intake("new case", arrives(message()), vital=True),
    intake("new case with attachments", arrives(with_attachments()), vital=True),
    intake("new case with a long text", arrives(message(body=LONG))),
    intake("new case of a form, for another group", form_arrives),
    intake("new cases in two mailboxes", arrives_in_two_mailboxes),
    intake("the same email twice", arrives_twice),
    intake(
        "a further copy of an unprocessed email, which makes a case",
        arrives(with_attachments(102, sender=EVE), sender=EVE),
        an_unprocessed_email_that_is_mended,
        vital=True,
    ),
    intake(
        "a further copy of an unprocessed email, which is an answer",
        answers,
        an_unprocessed_answer,
        environment={"ACCEPT_EMAILS_FOR_CLOSED_CASES": "false"},
    ),
    intake("answer by tag", answers, a_sent_email, vital=True),
    intake("answer by plus address", partial(answers, how="plus"), a_sent_email, environment=PLUS),
    intake("answer by References", partial(answers, how="references"), a_sent_email),
    intake("answer with attachments", answers_with_attachments, a_sent_email),
    intake("answer to a closed case", answers, a_closed_case),
    intake("automatic answer, logged", partial(answers, how="automatic"), a_sent_email),
    intake("a probe returns", probe_returns, redirects_that_are_probed, environment=PROBED, faulted=True),
    intake("report on an agent's email", bounce_arrives, a_sent_email),
    _reason("sender not found", STRANGER),
    _reason("with attachments", with_attachments(sender=EVE)),
    _reason("bounce of nothing", BOUNCE % "unknown@elsewhere.example", "ad_hoc", sender=""),
    _reason("automatic reply", message(Auto_Submitted="auto-replied")),
    _reason("virus", message(), virus="FAIL"),
    _reason("spam", message(), spam="FAIL"),
    _reason("mailbox not found", message().replace("To: payroll@", "To: nobody@"), recipient="nobody@in.example"),
    _reason("no case reference", message(sender=BOB), "ad_hoc", sender=BOB),
    _reason("forged case reference", message(sender=BOB, subject="Re: [#7K3F92QDX0-000000]"), "ad_hoc", sender=BOB),
    _reason("mail loop", message(X_Email_Channels="notification 7K3F92QDX0 000000")),
    intake("unprocessed, rate limited", arrives(message()), a_case, environment={"MAX_CASES_PER_SENDER_PER_HOUR": "1"}),
    intake("unprocessed, closed case", answers, a_closed_case, environment={"ACCEPT_EMAILS_FOR_CLOSED_CASES": "false"}),
    intake(
        "unprocessed, cannot be processed",
        arrives(with_attachments()),
        broken={"email_channels.intake.processing.FactGathering": _fail},
        vital=True,
    ),
    intake(
        "answer with attachments, whose entry cannot be written but by the last try",
        answers_with_attachments,
        a_sent_email,
        broken={"email_channels.intake.outcome_writing.OutcomeWriter._add_entry": _fail},
    ),
)
SENDING = (
    UseCase("sending: an agent's email", "adhoc_send", send, a_case, QUIET, vital=True),
    UseCase(
        "sending: an agent's email by a template",
        "adhoc_send",
        send_by_template,
        a_case_and_a_template,
        QUIET,
        faulted=True,
    ),
    UseCase("sending: an agent's email with an upload", "adhoc_send", send_upload, an_upload, QUIET),
    UseCase("sending: an agent's email with images", "adhoc_send", send_images, an_image, QUIET, faulted=True),
)
NOTIFYING = (
    UseCase("notifying: a new case, alert and acknowledgement", "notify", arrives(message()), a_directory, vital=True),
    UseCase(
        "notifying: a new case, with an admin's texts in German",
        "notify",
        arrives(message()),
        a_german_mailbox,
        faulted=True,
    ),
    UseCase(
        "notifying: a digest",
        "notify",
        minutes_pass,
        emails_not_notified(message(200, EVE), message(201, EVE)),
        QUIET,
    ),
    UseCase("notifying: siblings", "notify", arrives_in_two_mailboxes, a_directory),
    UseCase("notifying: a case for another group", "notify", form_arrives, a_directory, QUIET),
    UseCase("notifying: an unprocessed email", "notify", arrives(STRANGER), a_directory, vital=True),
    UseCase("notifying: an answer arrived", "notify", answers, a_sent_email, QUIET),
    UseCase("notifying: an answer with people who are new in the case", "notify", answers_to_many, a_sent_email, QUIET),
    UseCase("notifying: a case gets another subject", "notify", gets_another_subject, a_sent_email, QUIET, vital=True),
    UseCase(
        "notifying: an answer to a closed case, alert and reopening", "notify", _answer_later, a_closed_case, vital=True
    ),
    UseCase("notifying: an agent's email bounced", "notify", send_with_result("bounce"), a_case, vital=True),
    UseCase("notifying: a case is handed over", "notify", _hand_over, a_case, faulted=True),
    UseCase(
        "notifying: a case that a person made",
        "notify",
        _make_case,
        a_directory,
        broken={"functions.agent_api.work.new_cases.random_id": lambda: "0123456789"},
    ),
    UseCase(
        "notifying: an email that is unprocessed for another reason", "notify", _retry, an_email_to_retry(blocked=True)
    ),
)
TOLD = {"EVENT_BUS_NAME": "default"}
EVENTS = (
    UseCase("events: a new case", "events", arrives(message()), a_directory, QUIET | TOLD, vital=True),
    UseCase("events: an answer", "events", answers, a_sent_email, QUIET | TOLD, vital=True),
    UseCase("events: an unprocessed email", "events", arrives(STRANGER), a_directory, TOLD),
    UseCase("events: an agent's email bounced", "events", send_with_result("bounce"), a_case, QUIET | TOLD, vital=True),
    UseCase("events: purging what is due", "events", partial(time_passes, hours=MONTH), an_unprocessed, QUIET | TOLD),
)
DELIVERY = (
    UseCase("delivery: delivered", "delivery", send, a_case, QUIET, vital=True),
    UseCase("delivery: delivered, and only SES knows", "delivery", send_and_only_ses_knows, a_case, QUIET),
    UseCase("delivery: bounced", "delivery", send_with_result("bounce"), a_case, QUIET),
    UseCase("delivery: complaint", "delivery", send_with_result("complaint"), a_case, QUIET),
    UseCase("delivery: suppressed", "delivery", send_with_result("suppressionlist"), a_case, QUIET),
    UseCase("delivery: a notification that reached nobody", "delivery", notification_bounces, a_directory, QUIET),
)
PURGING = (
    UseCase("purging: what is due", "purge", partial(time_passes, hours=MONTH), an_unprocessed, QUIET, vital=True),
    UseCase("purging: what is held stays", "purge", partial(time_passes, hours=MONTH), a_held_email, QUIET),
)
RECONCILE = (
    UseCase("reconcile: a late notification", "reconcile", time_passes, emails_not_notified(message(200, EVE)), QUIET),
    UseCase(
        "reconcile: a digest",
        "reconcile",
        time_passes,
        emails_not_notified(message(200, EVE), message(201, EVE)),
        QUIET,
        vital=True,
    ),
    UseCase("reconcile: a send that got stuck", "reconcile", time_passes, a_stuck_send, QUIET),
    UseCase(
        "reconcile: a failed send that its case has not noticed", "reconcile", time_passes, a_failed_send_not_noticed
    ),
    UseCase("reconcile: an original that was lost", "reconcile", time_passes, a_lost_original, QUIET, vital=True),
    UseCase("reconcile: a duplicate that was lost", "reconcile", time_passes, a_lost_duplicate, QUIET),
    UseCase("reconcile: a pointer without its entry", "reconcile", time_passes, a_half_done_answer, QUIET),
    UseCase(
        "reconcile: an assigned email that nobody was told of",
        "reconcile",
        time_passes,
        an_assigned_email_not_notified({"user_id": "543457"}),
    ),
    UseCase(
        "reconcile: an email assigned to a case that nobody was told of",
        "reconcile",
        time_passes,
        an_assigned_email_not_notified({"case_id": "{case}"}),
        QUIET,
    ),
    UseCase(
        "reconcile: redirects are silent, and probed again",
        "reconcile",
        time_passes,
        redirects_that_are_probed,
        QUIET | PROBED,
    ),
    UseCase(
        "reconcile: a redirect works again",
        "reconcile",
        time_passes,
        a_redirect_that_works_again,
        QUIET | PROBED,
    ),
    UseCase("reconcile: a merge that got stuck", "reconcile", time_passes, a_stuck_merge, QUIET),
    UseCase("reconcile: a case that nobody was told of", "reconcile", time_passes, emails_not_notified(message())),
    UseCase("reconcile: an answer that nobody was told of", "reconcile", time_passes, an_answer_not_notified, QUIET),
)


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
MERGED_MEANWHILE = (
    UseCase(
        "notifying: an answer whose case was merged meanwhile", "notify", answers_while_merged, cases_to_merge, QUIET
    ),
    UseCase("delivery: an email whose case was merged meanwhile", "delivery", send_then_merge, cases_to_merge, QUIET),
    UseCase("sending: a repeat after the case was merged", "adhoc_send", send_again, sent_and_merged, QUIET),
)
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
BY_HAND_AND_TOLD = tuple(
    replace(one, name=f"events of: {one.name}", function="events", environment={**one.environment, **TOLD}, vital=False)
    for one in (*BY_HAND, *JOBS)
    if one.name
    in {
        "by hand: an answer to another case",
        "by hand: the first email becomes a case",
        "by hand: a case into another one",
        "by hand: a case is erased",
        "by hand: an unprocessed email is retried, for another reason",
        "jobs: a person is erased",
    }
)
USE_CASES = (
    *INTAKE,
    *SENDING,
    *DELIVERY,
    *NOTIFYING,
    *EVENTS,
    *BY_HAND_AND_TOLD,
    *PURGING,
    *RECONCILE,
    *MERGED_MEANWHILE,
    *BY_HAND,
    *JOBS,
)

"""Use cases that emails, events of SES, the stream of the table and schedules cause, and sends."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from tests.support.messages import BOUNCE, LONG
from tests.support.reliability.actions import (
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
)
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
    a_failed_send_not_noticed,
    a_german_mailbox,
    a_half_done_answer,
    a_held_email,
    a_lost_duplicate,
    a_lost_original,
    a_redirect_that_works_again,
    a_sent_email,
    a_stuck_send,
    an_answer_not_notified,
    an_assigned_email_not_notified,
    an_email_to_retry,
    an_image,
    an_unprocessed,
    an_unprocessed_answer,
    an_unprocessed_email_that_is_mended,
    an_upload,
    emails_not_notified,
    redirects_that_are_probed,
)
from tests.support.reliability.use_cases.form import QUIET, UseCase, intake


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


def _reason(name: str, text: str, channel: str = "case_creation", **envelope: Any) -> UseCase:
    return intake(f"unprocessed, {name}", arrives(text, channel, **envelope))


def _fail(*_: object) -> None:
    raise RuntimeError("a mistake of ours")


PROBED = {"PROBE_MINUTES": "60"}
PLUS = {"PLUS_ADDRESSING": "true"}
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


MERGED_MEANWHILE = (
    UseCase(
        "notifying: an answer whose case was merged meanwhile", "notify", answers_while_merged, cases_to_merge, QUIET
    ),
    UseCase("delivery: an email whose case was merged meanwhile", "delivery", send_then_merge, cases_to_merge, QUIET),
    UseCase("sending: a repeat after the case was merged", "adhoc_send", send_again, sent_and_merged, QUIET),
)

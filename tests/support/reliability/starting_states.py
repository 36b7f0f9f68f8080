"""The states in which trials start. Each function brings a simulation into one, and settles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from email_channels.aws.ses_client import SesClient
from email_channels.cases.references import case_reference
from email_channels.intake.outcome_writing import OutcomeWriter

from tests.support.in_process.aws_calls import Killed
from tests.support.originals import received
from tests.support.reliability.actions import (
    KEYS,
    answers,
    case_of,
    probe_returns,
    send,
    send_and_get_no_answer,
    settle_except,
)
from tests.support.reliability.mails import BOB, EVE, FORM, MARCUS, ZOE, message, with_attachments
from tests.support.reliability.simulation import Simulation
from tests.support.system.images import png


def a_directory(simulation: Simulation) -> None:
    """Zoë and Marcus are in the directory; there is a topic of another group, and a mailbox of forms."""
    _put(simulation, "/employees/543457", name="Zoe Hartmann", emails=[ZOE], population="Germany")
    _put(simulation, "/employees/874112", name="Marcus Webb", emails=[MARCUS], population="UK")
    _put(simulation, "/service-groups/tax", name="Tax", address="tax@acme.example")
    _put(simulation, "/topics/Tax", service_group="tax")
    forms: dict[str, Any] = {"identify_sender": "user_id_in_body", "variable_topic": True, "variable_show": True}
    _put(
        simulation,
        "/mailboxes/forms@acme.example",
        receiving_address="forms@in.example",
        trusted_senders=["forms.example"],
        **forms,
    )
    _put(simulation, "/mailboxes/second@acme.example", receiving_address="second@in.example")


def _put(simulation: Simulation, path: str, **body: Any) -> None:
    answer = simulation.request("admin", "PUT", path, body)
    assert answer.status in {200, 201}, answer


def a_template(simulation: Simulation) -> None:
    """A template that nobody uses."""
    _put(simulation, "/templates/answer", name="Answer", subject="{{ case.subject }}", text="Dear {{ employee.name }}")


def a_case_and_a_template(simulation: Simulation) -> None:
    """A case, and a template for its emails."""
    a_case(simulation)
    a_template(simulation)


def a_german_mailbox(simulation: Simulation) -> None:
    """The directory, and the first mailbox in German, with texts of an admin."""
    a_directory(simulation)
    _put(
        simulation,
        "/mailboxes/payroll@acme.example",
        receiving_address="payroll@in.example",
        acknowledge_sender=True,
        language="de",
    )
    _put(simulation, "/templates/system.acknowledgement.de", name="Danke", text="Danke, {{ employee.name }}")
    _put(simulation, "/templates/system.group_alert", name="Neu", html="<p>{{ case.subject }}</p>")


def a_case(simulation: Simulation) -> None:
    """As above, and Zoë has a case."""
    a_directory(simulation)
    simulation.arrive(message(100, subject="Wrong salary"))
    simulation.settle()


def an_unprocessed(simulation: Simulation) -> None:
    """As above, and an unprocessed email of a stranger, with an attachment."""
    a_case(simulation)
    simulation.arrive(with_attachments(102, sender=EVE))
    simulation.settle()
    simulation.notes |= {
        "case": case_of(simulation),
        "unprocessed": str(simulation.get("/unprocessed")["items"][0]["id"]),
    }


def a_form_of_nobody(simulation: Simulation) -> None:
    """A form with an unknown user id is unprocessed."""
    a_directory(simulation)
    text = FORM.replace("[543457]", "[999999]")
    simulation.arrive(text, recipient="forms@in.example", sender="hr@forms.example", signer="forms.example")
    simulation.settle()
    simulation.notes["unprocessed"] = str(simulation.get("/unprocessed")["items"][0]["id"])


def an_unprocessed_email_that_is_mended(simulation: Simulation) -> None:
    """A stranger's email is unprocessed. Then an admin adds the stranger to the directory."""
    a_directory(simulation)
    simulation.arrive(with_attachments(102, sender=EVE))
    simulation.settle()
    _put(simulation, "/employees/1", name="Eve", emails=[EVE], population="UK")


def an_email_to_retry(**changes: object) -> Callable[[Simulation], None]:
    """A stranger's email is unprocessed. Then an admin adds the stranger to the directory, with these changes."""

    def setup(simulation: Simulation) -> None:
        an_unprocessed_email_that_is_mended(simulation)
        if changes:
            _put(simulation, "/employees/1", **{"name": "Eve", "emails": [EVE], "population": "UK"} | changes)
        simulation.notes["unprocessed"] = str(simulation.get("/unprocessed")["items"][0]["id"])

    return setup


def a_failed_email_to_retry(simulation: Simulation) -> None:
    """An email with attachments could not be processed, because of a mistake of ours that is corrected now."""

    def fail(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    a_directory(simulation)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("email_channels.intake.processing.FactGathering", fail)
        simulation.arrive(with_attachments())
        simulation.settle()
    simulation.notes["unprocessed"] = str(simulation.get("/unprocessed?reason=processing_failed")["items"][0]["id"])


def an_answer_to_retry(simulation: Simulation) -> None:
    an_unprocessed_answer(simulation)
    simulation.notes["unprocessed"] = str(simulation.get("/unprocessed")["items"][0]["id"])


def an_unprocessed_answer(simulation: Simulation) -> None:
    """An answer to an agent's email came in while closed cases took none. Then an agent has reopened the case."""
    a_sent_email(simulation)
    patch_case(simulation, "closed")
    answers(simulation)
    simulation.settle()
    patch_case(simulation, "open")


def an_unread_answer(simulation: Simulation) -> None:
    """An agent has read the case; then Bob's answer came."""
    a_sent_email(simulation)
    read_case(simulation)
    simulation.now += timedelta(minutes=1)
    answers(simulation)
    simulation.settle()
    simulation.notes["case"] = case_of(simulation)


def a_failed_send_not_noticed(simulation: Simulation) -> None:
    """An agent's email bounced after its case was closed, and the stream has given up."""
    a_case(simulation)
    simulation.fates[BOB] = "bounce"
    send(simulation)
    patch_case(simulation, "closed")
    simulation.now += timedelta(minutes=1)
    settle_except("notify", simulation)
    simulation.lose("notify")


def read_case(simulation: Simulation) -> None:
    """An agent reads all emails of the only case."""
    answer = simulation.request("agent", "POST", f"/cases/{case_of(simulation)}/read", {})
    assert answer.status == 204, answer


def patch_case(simulation: Simulation, status: str) -> None:
    """An agent opens or closes the only case."""
    path = f"/cases/{case_of(simulation)}"
    answer = simulation.request("agent", "PATCH", path, {"status": status}, {"if-match": "*"})
    assert answer.status == 200, answer


def a_held_email(simulation: Simulation) -> None:
    an_unprocessed(simulation)
    hold = simulation.request(
        "admin", "POST", f"/unprocessed/{simulation.notes['unprocessed']}/hold", {"why": "a claim"}
    )
    assert hold.status == 200, hold


def an_email_to_discard(simulation: Simulation) -> None:
    an_unprocessed(simulation)
    simulation.notes["discarded"] = simulation.notes["unprocessed"]


def an_email_to_move(simulation: Simulation) -> None:
    """An agent has written to Bob, Bob has answered, and Marcus has the case to which the answer belongs."""
    a_sent_email(simulation)
    answers(simulation)
    simulation.arrive(message(101, sender=MARCUS, subject="Leave"))
    simulation.settle()
    case = case_of(simulation)
    history = simulation.get(f"/cases/{case}/emails")["items"]
    inbound = [one["email_id"] for one in history if one["direction"] == "inbound"]
    simulation.notes |= {
        "case": case,
        "other": case_of(simulation, "Leave"),
        "first": min(inbound),
        "answer": max(inbound),
    }
    (simulation.notes["sent"],) = (one["email_id"] for one in history if one.get("author"))


def a_sent_email(simulation: Simulation) -> None:
    """Zoë has a case, from which an agent has written to Bob."""
    a_case(simulation)
    send(simulation)
    simulation.settle()


def a_closed_case(simulation: Simulation) -> None:
    """As above, and the case is closed."""
    a_sent_email(simulation)
    patch_case(simulation, "closed")


def a_person_to_erase(simulation: Simulation) -> None:
    """Zoe has a case with a history, and has written an email that is spam. Marcus has a case, too."""
    an_email_to_move(simulation)
    simulation.arrive(with_attachments(103), spam="FAIL")
    simulation.settle()


def an_upload(simulation: Simulation) -> None:
    a_case(simulation)
    simulation.notes["upload"] = simulation.upload("hours.pdf", b"hours")


def an_image(simulation: Simulation) -> None:
    a_case(simulation)
    simulation.notes["image"] = simulation.upload("screen.png", png())


def an_infected_answer(simulation: Simulation) -> None:
    """Bob's answer has a virus and two attachments."""
    a_sent_email(simulation)
    tag = case_reference(case_of(simulation), KEYS)
    text = with_attachments(2, sender=BOB, subject=f"Re: {tag}", to="answers@acme.example")
    simulation.arrive(text, "ad_hoc", sender=BOB, virus="FAIL")
    simulation.settle()
    simulation.notes["case"] = case_of(simulation)
    history = simulation.get(f"/cases/{simulation.notes['case']}/emails")["items"]
    simulation.notes["infected"] = history[0]["email_id"]


def redirects_that_are_probed(simulation: Simulation) -> None:
    """The directory, and a test email is under way to each mailbox."""
    a_directory(simulation)
    simulation.tick(0.25)


def a_silent_redirect(simulation: Simulation) -> None:
    """No test email comes back, and the admins know."""
    redirects_that_are_probed(simulation)
    simulation.settle()
    simulation.tick(1)


def a_redirect_that_works_again(simulation: Simulation) -> None:
    """A mailbox was silent, and its test email has come back."""
    a_silent_redirect(simulation)
    simulation.settle()
    probe_returns(simulation)


def a_stuck_send(simulation: Simulation) -> None:
    """The process ended before SES accepted the email, and the agent did not retry."""
    a_case(simulation)

    def end(*_: object, **__: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SesClient, "send", end)
        send_and_get_no_answer(simulation)


def emails_not_notified(*texts: str) -> Callable[[Simulation], None]:
    """Emails are processed, but the stream never reports them: its batch was given up."""

    def setup(simulation: Simulation) -> None:
        a_directory(simulation)
        for text in texts:
            simulation.arrive(text)
        settle_except("notify", simulation)
        simulation.lose("notify")

    return setup


def an_answer_not_notified(simulation: Simulation) -> None:
    a_sent_email(simulation)
    simulation.tick(1)
    simulation.settle()
    answers(simulation)
    settle_except("notify", simulation)
    simulation.lose("notify")


def an_assigned_email_not_notified(body: Mapping[str, str]) -> Callable[[Simulation], None]:
    """An admin assigns an email ten days after it arrived. The batch of the stream that reports this is given up."""

    def setup(simulation: Simulation) -> None:
        an_unprocessed(simulation)
        simulation.tick(240)
        simulation.settle()
        path = f"/unprocessed/{simulation.notes['unprocessed']}/assign"
        filled = {name: value.format_map(simulation.notes) for name, value in body.items()}
        assert simulation.request("admin", "POST", path, filled).status == 200
        settle_except("notify", simulation)
        simulation.lose("notify")

    return setup


def a_half_done_answer(simulation: Simulation) -> None:
    """The process ended between the pointer of an answer and its entry, and the message is never delivered again."""
    a_sent_email(simulation)
    answers(simulation)

    def end(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(OutcomeWriter, "_add_entry", end)
        for one in simulation.pending():
            simulation.deliver(one)
    simulation.lose("inbound")
    simulation.crashes -= 1  # it is none of those that are tried


def a_lost_duplicate(simulation: Simulation) -> None:
    """A second copy of an email, whose notification is lost."""
    a_directory(simulation)
    simulation.arrive(message())
    simulation.settle()
    raw = received(message(), recipient="payroll@in.example", at=simulation.now)
    simulation.put_original(raw, "case_creation", notified=False)


def a_lost_original(simulation: Simulation) -> None:
    a_directory(simulation)
    raw = received(with_attachments(1), recipient="payroll@in.example", at=simulation.now)
    simulation.put_original(raw, "case_creation", notified=False)

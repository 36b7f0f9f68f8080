"""What senders, agents, SES and the clock do in a simulation. Each action causes deliveries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from email_channels.aws.ses_client import SesClient
from email_channels.cases.probes.mark import PROBE_HEADER
from email_channels.cases.references import SigningKeys, case_reference, plus_address
from email_channels.cases.sent_emails import wire_message_id

from tests.support.in_process.aws import REGION, SIGNING_KEYS
from tests.support.in_process.aws_calls import Killed
from tests.support.messages import BOUNCE
from tests.support.reliability.api_requests import Answer
from tests.support.reliability.deliveries import Function
from tests.support.reliability.mails import BOB, FORM, STRANGER, message, with_attachments
from tests.support.reliability.simulation import Simulation
from tests.support.system.images import data_url, png

KEYS = SigningKeys(str(SIGNING_KEYS["current"]), tuple(SIGNING_KEYS["previous"]))
MONTH = 31 * 24.0


def request_until_answered(
    simulation: Simulation, user: str, method: str, path: str, body: object = None, key: str | None = None
) -> Answer:
    """Repeats a request, up to five times, until it is answered without a server error."""
    headers = {"idempotency-key": key} if key else {"if-match": "*"} if path.startswith("/cases/") else {}
    for _ in range(5):
        if (answer := simulation.request(user, method, path, body, headers)).status < 500:
            break
    return answer


EMPLOYEES = "user_id,name,email,blocked\n543457,Zoe Webb,zoe@home.example,no\n7,Nora,nora@acme.example,no\nx,,,\n"


def import_employees(simulation: Simulation) -> None:
    """An admin imports a new employee, one with another name, and a row that is not taken; Marcus is absent.

    So may be two strangers, if an admin adds them before the import counts.
    """
    path = "/employees/imports?absent=block&max_absent=3"
    answer = simulation.request("admin", "POST", path, EMPLOYEES)
    assert answer.status == 202, answer


def case_of(simulation: Simulation, subject: str = "Wrong salary") -> str:
    """The id of the case with this subject."""
    return next(str(one["case_id"]) for one in simulation.get("/cases")["items"] if one["subject"] == subject)


def settle_except(function: Function, simulation: Simulation) -> None:
    """Delivers everything that is pending, except for this function."""
    while others := [one for one in simulation.pending() if one.function != function]:
        for one in others:
            simulation.deliver(one)


def arrives(text: str, channel: str = "case_creation", **envelope: Any) -> Callable[[Simulation], None]:
    """Returns the action in which this email arrives."""

    def act(simulation: Simulation) -> None:
        simulation.arrive(text, channel, **envelope)

    return act


form_arrives = arrives(FORM, recipient="forms@in.example", sender="hr@forms.example", signer="forms.example")


def arrives_twice(simulation: Simulation) -> None:
    for _ in range(2):
        simulation.arrive(message())


def arrives_in_two_mailboxes(simulation: Simulation) -> None:
    simulation.arrive(message())
    simulation.arrive(message(), recipient="second@in.example")


def answers(simulation: Simulation, how: str = "tag", n: int = 2, **envelope: Any) -> None:
    """Bob's n-th email arrives, an answer. `how` says which kind of reference to the case it carries."""
    tag = f" {case_reference(case_of(simulation), KEYS)}" if how == "tag" else ""
    sent_id = wire_message_id(next(one.message_id for one in simulation.sent if one.kind == "ad_hoc"), REGION)
    headers = {"In_Reply_To": f"<{sent_id}>"} if how == "references" else {}
    if how == "automatic":
        headers = {"In_Reply_To": f"<{sent_id}>", "Auto_Submitted": "auto-replied"}
    text = message(n, sender=BOB, subject=f"Re: Your question{tag}", body="In May.", **headers)
    if how == "plus":
        text = text.replace("payroll@acme.example", plus_address("answers@acme.example", case_of(simulation), KEYS))
    simulation.arrive(text, "ad_hoc", sender=BOB, **envelope)


def answers_to_many(simulation: Simulation) -> None:
    """Bob's answer arrives, with copies to people who are new in the case."""
    text = message(3, sender=BOB, subject=f"Re: {case_reference(case_of(simulation), KEYS)}", body="In May.")
    people = "Jo Lee <jo.lee@partner.example>, =?utf-8?q?Zo=C3=AB?= Kraft <zoe.kraft@third.example>"
    simulation.arrive(text.replace("To: ", f"Cc: {people}\r\nTo: ", 1), "ad_hoc", sender=BOB)


def gets_another_subject(simulation: Simulation) -> None:
    """An agent changes the subject of the case."""
    path = f"/cases/{case_of(simulation)}"
    answer = request_until_answered(simulation, "agent", "PATCH", path, {"subject": "Holiday pay"})
    assert answer.status == 200, answer


def answers_with_attachments(simulation: Simulation) -> None:
    tag = case_reference(case_of(simulation), KEYS)
    simulation.arrive(
        with_attachments(2, sender=BOB, subject=f"Re: {tag}", to="answers@acme.example"), "ad_hoc", sender=BOB
    )


def bounce_arrives(simulation: Simulation) -> None:
    """A bounce from Bob's server arrives."""
    sent_id = wire_message_id(next(one.message_id for one in simulation.sent if one.kind == "ad_hoc"), REGION)
    simulation.fates[BOB] = "bounce"
    simulation.arrive(BOUNCE % sent_id, "ad_hoc", sender="")


def send(simulation: Simulation, *files: str, to: str = BOB, key: str = "key-1") -> None:
    """An agent sends an email from Zoë's case."""
    body: dict[str, Any] = {"to": [to], "subject": "Your question", "text": "When was that?"}
    if files:
        body["attachments"] = list(files)
    path = f"/cases/{case_of(simulation)}/emails"
    assert request_until_answered(simulation, "agent", "POST", path, body, key).status == 202


def write_note(simulation: Simulation) -> None:
    """An agent writes a note into the case that the simulation notes."""
    path = f"/cases/{simulation.notes['case']}/notes"
    body = {"text": "She called, and is in a hurry."}
    assert request_until_answered(simulation, "agent", "POST", path, body, "note-1").status == 201


def send_by_template(simulation: Simulation) -> None:
    """An agent sends an email whose subject and text come from a template."""
    path = f"/cases/{case_of(simulation)}/emails"
    body = {"to": [BOB], "template": "answer"}
    assert request_until_answered(simulation, "agent", "POST", path, body, "key-1").status == 202


def send_upload(simulation: Simulation) -> None:
    send(simulation, simulation.notes["upload"])


def send_images(simulation: Simulation) -> None:
    """An agent sends an email with two images in its text: one was uploaded, one is in the HTML itself."""
    body = {
        "to": [BOB],
        "subject": "Your question",
        "html": f'<p>See <img src="cid:screen"> and <img src="{data_url(png(1))}"></p>',
        "attachments": [{"upload_id": simulation.notes["image"], "content_id": "screen"}],
    }
    path = f"/cases/{case_of(simulation)}/emails"
    assert request_until_answered(simulation, "agent", "POST", path, body, "key-1").status == 202


def send_and_get_no_answer(simulation: Simulation) -> None:
    body = {"to": [BOB], "subject": "Your question", "text": "When was that?"}
    path = f"/cases/{case_of(simulation)}/emails"
    assert simulation.request("agent", "POST", path, body, {"idempotency-key": "key-1"}).status == 502
    simulation.crashes -= 1  # this call is not under test


def send_and_only_ses_knows(simulation: Simulation) -> None:
    """The process ended right after SES accepted the email, and the agent did not retry."""
    send_email = SesClient.send

    def send_and_end(*arguments: Any, **more: Any) -> None:
        send_email(*arguments, **more)
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SesClient, "send", send_and_end)
        send_and_get_no_answer(simulation)


def send_with_result(fate: str) -> Callable[[Simulation], None]:
    def act(simulation: Simulation) -> None:
        simulation.fates[BOB] = fate
        send(simulation)

    return act


def notification_bounces(simulation: Simulation) -> None:
    """The first notification bounces for all admins."""
    simulation.fates["ada@acme.example"] = "bounce"
    simulation.arrive(STRANGER)
    settle_except("delivery", simulation)
    del simulation.fates["ada@acme.example"]


def probe_returns(simulation: Simulation) -> None:
    """A mailbox redirects the last test email that it got."""
    probes = (
        one for one in simulation.sent if one.to == ("payroll@acme.example",) and PROBE_HEADER.encode() in one.raw
    )
    simulation.arrive(list(probes)[-1].raw, sender="cases@acme.example")


def minutes_pass(simulation: Simulation) -> None:
    """Only the schedule of `notify` runs, which sends digests."""
    simulation.now += timedelta(minutes=20)
    simulation.schedule("notify")


def time_passes(simulation: Simulation, hours: float = 1) -> None:
    simulation.tick(hours)

"""Everything that the product does with an email, each as something that can be killed at its calls to AWS.

A use case that is listed here is tried by `test_crashes.py` and by `make crash-report`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from email_channels.aws.ses_client import SesClient
from email_channels.cases.references import SigningKeys, case_reference, plus_address
from email_channels.cases.sent_emails import wire_message_id

from tests.support.in_process.aws import REGION, TAG_KEYS
from tests.support.in_process.aws_calls import Killed
from tests.support.messages import BOUNCE, LONG
from tests.support.originals import received
from tests.support.reliability.deliveries import Function
from tests.support.reliability.mails import BOB, EVE, FORM, MARCUS, ZOE, message, with_attachments
from tests.support.reliability.world import Answer, World

KEYS = SigningKeys(str(TAG_KEYS["current"]), tuple(TAG_KEYS["previous"]))
MONTH = 31 * 24.0


def _nothing(_: World) -> None:
    return


@dataclass(frozen=True)
class UseCase:
    """`act` makes something pending, or asks the API; the calls of `function` are counted from then on and killed.

    `setup` comes before, undisturbed, and everything is delivered that it made pending. What was killed is delivered
    again by the world; requests are repeated by `act`, as their senders do. `vital`: some pairs of crashes are tried in
    every run of the tests. `broken`: what stands in for names of the product, such as a function that always raises.
    """

    name: str
    function: Function
    act: Callable[[World], None]
    setup: Callable[[World], None] = _nothing
    environment: Mapping[str, str] = field(default_factory=dict)
    vital: bool = False
    broken: Mapping[str, object] = field(default_factory=dict)


def ask(world: World, user: str, method: str, path: str, body: object = None, key: str | None = None) -> Answer:
    """A request that is repeated, some times, until it is answered."""
    headers = {"idempotency-key": key} if key else {}
    for _ in range(5):
        if (answer := world.request(user, method, path, body, headers)).status < 500:
            break
    return answer


def people(world: World) -> None:
    """Zoë and Marcus are in the directory; there is a topic of another group, and a mailbox of forms."""
    _put(world, "/employees/543457", name="Zoe Hartmann", emails=[ZOE], population="Germany")
    _put(world, "/employees/874112", name="Marcus Webb", emails=[MARCUS], population="UK")
    _put(world, "/service-groups/tax", name="Tax", address="tax@acme.example")
    _put(world, "/topics/Tax", service_group="tax")
    forms: dict[str, Any] = {"identify_sender": "user_id_in_body", "variable_topic": True, "variable_show": True}
    _put(
        world,
        "/mailboxes/forms@acme.example",
        receiving_address="forms@in.example",
        trusted_senders=["forms.example"],
        **forms,
    )
    _put(world, "/mailboxes/second@acme.example", receiving_address="second@in.example")


def _put(world: World, path: str, **body: Any) -> None:
    answer = world.request("admin", "PUT", path, body)
    assert answer.status in {200, 201}, answer


def a_case(world: World) -> None:
    """Besides, there is a case of Zoë's."""
    people(world)
    world.arrive(message(100, subject="Wrong salary"))
    world.settle()


def an_unprocessed(world: World) -> None:
    """Besides, an email with an attachment from nobody known."""
    a_case(world)
    world.arrive(with_attachments(102, sender=EVE))
    world.settle()
    world.notes |= {"case": case_of(world), "unprocessed": str(world.get("/unprocessed")["items"][0]["id"])}


def _held(world: World) -> None:
    an_unprocessed(world)
    hold = world.request("admin", "POST", f"/unprocessed/{world.notes['unprocessed']}/hold", {"why": "a claim"})
    assert hold.status == 200, hold


def _to_discard(world: World) -> None:
    an_unprocessed(world)
    world.notes["discarded"] = world.notes["unprocessed"]


def _to_move(world: World) -> None:
    """Besides, Bob's answer and a case of Marcus's, where it belongs."""
    a_sent_email(world)
    answers(world)
    world.arrive(message(101, sender=MARCUS, subject="Leave"))
    world.settle()
    case = case_of(world)
    history = world.get(f"/cases/{case}/emails")["items"]
    ids = {one["direction"]: one["email_id"] for one in history}
    inbound = [one["email_id"] for one in history if one["direction"] == "inbound"]
    world.notes |= {"case": case, "other": case_of(world, "Leave"), "first": min(inbound), "answer": max(inbound)}
    world.notes["sent"] = ids["outbound"]


def a_sent_email(world: World) -> None:
    """Besides, an agent has written to Bob from Zoë's case."""
    a_case(world)
    send(world)
    world.settle()


def a_closed_case(world: World) -> None:
    """There was a case of Zoë's."""
    a_sent_email(world)
    answer = world.request("agent", "PATCH", f"/cases/{case_of(world)}", {"status": "closed"}, {"if-match": "*"})
    assert answer.status == 200, answer


def case_of(world: World, subject: str = "Wrong salary") -> str:
    """The id of the case with that subject."""
    return next(str(one["case_id"]) for one in world.get("/cases")["items"] if one["subject"] == subject)


def send(world: World, *files: str, to: str = BOB) -> None:
    """An agent writes from Zoë's case."""
    body: dict[str, Any] = {"to": [to], "subject": "Your question", "text": "When was that?"}
    if files:
        body["attachments"] = list(files)
    assert ask(world, "agent", "POST", f"/cases/{case_of(world)}/emails", body, "key-1").status == 202


def _upload(world: World) -> None:
    a_case(world)
    world.notes["upload"] = world.upload("hours.pdf", b"hours")


def _send_upload(world: World) -> None:
    send(world, world.notes["upload"])


def arrives(text: str, channel: str = "case_creation", **envelope: Any) -> Callable[[World], None]:
    """That email."""

    def act(world: World) -> None:
        world.arrive(text, channel, **envelope)

    return act


def answers(world: World, how: str = "tag", **envelope: Any) -> None:
    """Bob answers, and the answer names the case by `how`."""
    tag = f" {case_reference(case_of(world), KEYS)}" if how == "tag" else ""
    sent_id = wire_message_id(next(one.message_id for one in world.sent if one.kind == "ad_hoc"), REGION)
    headers = {"In_Reply_To": f"<{sent_id}>"} if how == "references" else {}
    if how == "automatic":
        headers = {"In_Reply_To": f"<{sent_id}>", "Auto_Submitted": "auto-replied"}
    text = message(2, sender=BOB, subject=f"Re: Your question{tag}", body="In May.", **headers)
    if how == "plus":
        text = text.replace("payroll@acme.example", plus_address("answers@acme.example", case_of(world), KEYS))
    world.arrive(text, "ad_hoc", sender=BOB, **envelope)


def _answers_with_attachments(world: World) -> None:
    tag = case_reference(case_of(world), KEYS)
    world.arrive(with_attachments(2, sender=BOB, subject=f"Re: {tag}", to="answers@acme.example"), "ad_hoc", sender=BOB)


def _report(world: World) -> None:
    """Bob's server says that it could not deliver."""
    sent_id = wire_message_id(next(one.message_id for one in world.sent if one.kind == "ad_hoc"), REGION)
    world.fates[BOB] = "bounce"
    world.arrive(BOUNCE % sent_id, "ad_hoc", sender="")


_form = arrives(FORM, recipient="forms@in.example", sender="hr@forms.example", signer="forms.example")
PLUS = {"PLUS_ADDRESSING": "true"}
QUIET = {"ACKNOWLEDGE_SENDER": "false", "DEFAULT_SERVICE_GROUP_ADDRESS": ""}


def _twice(world: World) -> None:
    for _ in range(2):
        world.arrive(message())


def _in_two_mailboxes(world: World) -> None:
    world.arrive(message())
    world.arrive(message(), recipient="second@in.example")


def _fail(*_: object) -> None:
    raise RuntimeError("a mistake of ours")


def untold(*texts: str) -> Callable[[World], None]:
    """Emails are taken in, and the stream never tells of them: its batch was given up."""

    def setup(world: World) -> None:
        people(world)
        for text in texts:
            world.arrive(text)
        settle_except("notify", world)
        world.lose("notify")

    return setup


def _untold_answer(world: World) -> None:
    a_sent_email(world)
    world.tick(1)
    world.settle()
    answers(world)
    settle_except("notify", world)
    world.lose("notify")


def _lost_original(world: World) -> None:
    people(world)
    raw = received(with_attachments(1), recipient="payroll@in.example", at=world.now)
    world.put_original(raw, "case_creation", notified=False)


def _later(world: World, hours: float = 1) -> None:
    world.tick(hours)


def _stuck_send(world: World) -> None:
    """The process ended before SES took it, and the agent did not ask again."""
    a_case(world)

    def end(*_: object, **__: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SesClient, "send", end)
        _send_and_get_no_answer(world)


def _send_and_get_no_answer(world: World) -> None:
    body = {"to": [BOB], "subject": "Your question", "text": "When was that?"}
    path = f"/cases/{case_of(world)}/emails"
    assert world.request("agent", "POST", path, body, {"idempotency-key": "key-1"}).status == 502
    world.crashes -= 1  # it is none of those that are tried


def by_hand(
    name: str, setup: Callable[[World], None], method: str, path: str, body: Mapping[str, str] | None = None
) -> UseCase:
    """A request of an admin's; in `path` and `body` stand names of the world's notes in braces."""

    def act(world: World) -> None:
        filled = {key: value.format_map(world.notes) for key, value in (body or {}).items()}
        answer = ask(world, "admin", method, path.format_map(world.notes), filled or None)
        # Asked again, it may be done already.
        assert answer.status in {200, 204, 404, 409}, answer

    return UseCase(f"by hand: {name}", "agent_api", act, setup, QUIET)


def intake(name: str, act: Callable[[World], None], setup: Callable[[World], None] = people, **more: Any) -> UseCase:
    """One of `inbound`."""
    environment = QUIET | more.pop("environment", {})
    return UseCase(f"intake: {name}", "inbound", act, setup, environment, **more)


def _reason(name: str, text: str, channel: str = "case_creation", **envelope: Any) -> UseCase:
    return intake(f"unprocessed, {name}", arrives(text, channel, **envelope))


STRANGER = message(1, sender=EVE)
INTAKE = (
    intake("new case", arrives(message()), vital=True),
    intake("new case with attachments", arrives(with_attachments()), vital=True),
    intake("new case with a long text", arrives(message(body=LONG))),
    intake("new case of a form, for another group", _form),
    intake("new cases in two mailboxes", _in_two_mailboxes),
    intake("the same email twice", _twice),
    intake("answer by tag", answers, a_sent_email, vital=True),
    intake("answer by plus address", partial(answers, how="plus"), a_sent_email, environment=PLUS),
    intake("answer by References", partial(answers, how="references"), a_sent_email),
    intake("answer with attachments", _answers_with_attachments, a_sent_email),
    intake("answer to a closed case", answers, a_closed_case),
    intake("automatic answer, logged", partial(answers, how="automatic"), a_sent_email),
    intake("report on an agent's email", _report, a_sent_email),
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
        _answers_with_attachments,
        a_sent_email,
        broken={"email_channels.intake.outcome_writing.OutcomeWriter._add_entry": _fail},
    ),
)


def settle_except(function: Function, world: World) -> None:
    """Delivers everything but what is for the function."""
    while others := [one for one in world.pending() if one.function != function]:
        for one in others:
            world.deliver(one)


SENDING = (
    UseCase("sending: an agent's email", "adhoc_send", send, a_case, QUIET, vital=True),
    UseCase("sending: an agent's email with an upload", "adhoc_send", _send_upload, _upload, QUIET),
)
NOTIFYING = (
    UseCase("notifying: a new case, alert and acknowledgement", "notify", arrives(message()), people, vital=True),
    UseCase("notifying: siblings", "notify", _in_two_mailboxes, people),
    UseCase("notifying: a case for another group", "notify", _form, people, QUIET),
    UseCase("notifying: an unprocessed email", "notify", arrives(STRANGER), people, vital=True),
    UseCase("notifying: an answer arrived", "notify", answers, a_sent_email, QUIET),
)


def _fate(fate: str) -> Callable[[World], None]:
    def act(world: World) -> None:
        world.fates[BOB] = fate
        send(world)

    return act


def _only_ses_knows(world: World) -> None:
    """The process ended when SES had taken the email, and the agent did not ask again."""
    send_email = SesClient.send

    def send_and_end(*arguments: Any, **more: Any) -> None:
        send_email(*arguments, **more)
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SesClient, "send", send_and_end)
        _send_and_get_no_answer(world)


def _admin_bounces(world: World) -> None:
    """The first notification reaches nobody."""
    world.fates["ada@acme.example"] = "bounce"
    world.arrive(STRANGER)
    settle_except("delivery", world)
    del world.fates["ada@acme.example"]


DELIVERY = (
    UseCase("delivery: delivered", "delivery", send, a_case, QUIET, vital=True),
    UseCase("delivery: delivered, and only SES knows", "delivery", _only_ses_knows, a_case, QUIET),
    UseCase("delivery: bounced", "delivery", _fate("bounce"), a_case, QUIET),
    UseCase("delivery: complaint", "delivery", _fate("complaint"), a_case, QUIET),
    UseCase("delivery: suppressed", "delivery", _fate("suppressionlist"), a_case, QUIET),
    UseCase("delivery: a notification that reached nobody", "delivery", _admin_bounces, people, QUIET),
)
PURGING = (
    UseCase("purging: what is due", "purge", partial(_later, hours=MONTH), an_unprocessed, QUIET, vital=True),
    UseCase("purging: what is held stays", "purge", partial(_later, hours=MONTH), _held, QUIET),
)
RECONCILE = (
    UseCase("reconcile: a late notification", "reconcile", _later, untold(message(200, EVE)), QUIET),
    UseCase(
        "reconcile: a digest", "reconcile", _later, untold(message(200, EVE), message(201, EVE)), QUIET, vital=True
    ),
    UseCase("reconcile: a send that got stuck", "reconcile", _later, _stuck_send, QUIET),
    UseCase("reconcile: an original that was lost", "reconcile", _later, _lost_original, QUIET),
    UseCase("reconcile: a case that nobody was told of", "reconcile", _later, untold(message())),
    UseCase("reconcile: an answer that nobody was told of", "reconcile", _later, _untold_answer, QUIET),
)
ASSIGN, MOVE = "/unprocessed/{unprocessed}/assign", "/cases/{case}/emails/"
BY_HAND = (
    by_hand("an unprocessed email to a case", an_unprocessed, "POST", ASSIGN, {"case_id": "{case}"}),
    by_hand("a case of an unprocessed email", an_unprocessed, "POST", ASSIGN, {"user_id": "543457"}),
    by_hand("an answer to another case", _to_move, "POST", MOVE + "{answer}/move", {"case_id": "{other}"}),
    by_hand("an agent's email to another case", _to_move, "POST", MOVE + "{sent}/move", {"case_id": "{other}"}),
    by_hand("the first email to another case", _to_move, "POST", MOVE + "{first}/move", {"case_id": "{other}"}),
    by_hand("an email is discarded", _to_discard, "DELETE", "/unprocessed/{unprocessed}"),
    by_hand("an email is held", an_unprocessed, "POST", "/unprocessed/{unprocessed}/hold", {"why": "a claim"}),
    by_hand("a held email is released", _held, "POST", "/unprocessed/{unprocessed}/release"),
)
USE_CASES = (*INTAKE, *SENDING, *DELIVERY, *NOTIFYING, *PURGING, *RECONCILE, *BY_HAND)

"""What happens in a disordered run: people and systems send emails and requests, and time passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from email_channels.cases.delivery_states import MAX_FORWARDED
from email_channels.cases.probes.mark import probe_mark
from email_channels.cases.references import case_reference
from email_channels.cases.sent_emails import wire_message_id
from email_channels.mail.message import Address
from email_channels.outbound.probe_emails import probe_email

from tests.support.in_process.aws import REGION
from tests.support.messages import BOUNCE
from tests.support.reliability.actions import (
    KEYS,
    answers,
    arrives,
    case_of,
    import_employees,
    request_until_answered,
    send,
)
from tests.support.reliability.mails import BOB, EVE, MARCUS, message, with_attachments
from tests.support.reliability.simulation import Simulation
from tests.support.reliability.starting_states import (
    a_directory,
)
from tests.support.system.images import data_url, png

Requests = Callable[[Simulation], list[Callable[[], str | None]]]
MALLORY = "mallory@elsewhere.example"
BEA, NOBODY, ANGRY = "bea@elsewhere.example", "nobody@elsewhere.example", "angry@elsewhere.example"
NORA = "nora@acme.example"
ACCEPTED, TRY_AGAIN, FAILED = 202, 503, 500


@dataclass(frozen=True)
class Scenario:
    """`begin` causes deliveries. `request` returns requests to the API, which run concurrently with other work.

    A request returns what is wrong with its answer. `late`: it runs a month later, together with the purge.
    """

    name: str
    begin: Callable[[Simulation], None] = lambda _: None
    request: Requests | None = None
    late: bool = False


def prepare(simulation: Simulation) -> None:
    """Creates two cases of Zoë and one of Marcus, an email from Zoë's case to Bob with his answer, and two emails of
    strangers."""
    a_directory(simulation)
    simulation.arrive(message(100, subject="Wrong salary"))
    simulation.arrive(message(101, sender=MARCUS, subject="Leave"))
    simulation.arrive(message(104, subject="Holidays"))
    simulation.settle()
    send(simulation)
    simulation.settle()
    answers(simulation)
    body = {"to": [BEA], "subject": "Bea", "text": "Are you there?"}
    assert (
        request_until_answered(simulation, "agent", "POST", f"/cases/{case_of(simulation)}/emails", body, "bea").status
        == ACCEPTED
    )
    simulation.arrive(with_attachments(102, sender=EVE))
    simulation.arrive(message(103, sender=MALLORY, subject="Toner"))
    simulation.settle()
    case = case_of(simulation)
    history = simulation.get(f"/cases/{case}/emails")["items"]
    inbound = sorted(one["email_id"] for one in history if one["direction"] == "inbound")
    strangers = {one["subject"]: one["id"] for one in simulation.get("/unprocessed")["items"]}
    simulation.notes |= {
        "case": case,
        "other": case_of(simulation, "Leave"),
        "twin": case_of(simulation, "Holidays"),
        "first": inbound[0],
        "answer": inbound[-1],
        "sent": min(one["email_id"] for one in history if (one["direction"], one["kind"]) == ("outbound", "normal")),
        "stranger": strangers["Payslip"],
        "toner": strangers["Toner"],
    }


def _requests(*wanted: tuple[str, str, str, Mapping[str, Any] | None, Mapping[str, str]]) -> Requests:
    """Concurrent requests as (user, method, path, body, headers); names in braces are notes of the simulation."""

    def make(simulation: Simulation) -> list[Callable[[], str | None]]:
        return [partial(_ask, simulation, *one) for one in wanted]

    return make


def _ask(
    simulation: Simulation,
    user: str,
    method: str,
    path: str,
    body: Mapping[str, Any] | None,
    headers: Mapping[str, str],
) -> str | None:
    filled = {key: _filled(value, simulation) for key, value in (body or {}).items()}
    at = path.format_map(simulation.notes)
    answer = simulation.request(user, method, at, filled or None, headers)
    while answer.status == 503:
        answer = simulation.request(user, method, at, filled or None, headers)
    return f"{method} {at}: {answer}" if answer.status >= FAILED else None


def _filled(value: Any, simulation: Simulation) -> Any:
    if isinstance(value, list):
        return [_filled(one, simulation) for one in value]
    return value.format_map(simulation.notes) if isinstance(value, str) else value


def _patch(path: str, **body: Any) -> tuple[str, str, str, Mapping[str, Any], Mapping[str, str]]:
    return ("agent", "PATCH", path, body, {"if-match": "*"})


def _post(path: str, key: str | None = None, user: str = "admin", **body: Any) -> Any:
    return (user, "POST", path, body, {"idempotency-key": key} if key else {})


def _put(path: str, **parts: str) -> tuple[str, str, str, Mapping[str, Any], Mapping[str, str]]:
    return ("admin", "PUT", path, {"name": "A template", **parts}, {})


def _write(key: str, to: str = BOB) -> Any:
    body = {"to": [to], "subject": "Once more", "text": "When was that?"}
    return _post("/cases/{case}/emails", key, "agent", **body)


def _answer(simulation: Simulation, n: int, **headers: str) -> None:
    """Bob's n-th answer, to Zoë's case."""
    subject = f"Re: Your question {case_reference(simulation.notes['case'], KEYS)}"
    simulation.arrive(message(n, sender=BOB, subject=subject, body="In May.", **headers), "ad_hoc", sender=BOB)


def _report(simulation: Simulation) -> None:
    """Bea's server reports a bounce after SES reported the delivery."""
    sent = next(one for one in simulation.sent if one.to == (BEA,))
    simulation.fates[BEA] = "bounce"
    report = BOUNCE.replace("bob@", "bea@") % wire_message_id(sent.message_id, REGION)
    simulation.arrive(report, "ad_hoc", sender="")


def _report_of_forwarded(simulation: Simulation) -> None:
    """The servers to which Bea's server forwards her emails report bounces: more than an entry keeps."""
    sent = next(one for one in simulation.sent if one.to == (BEA,))
    for n in range(MAX_FORWARDED + 2):
        address = f"bea{n}@private.example"
        simulation.fates[address] = simulation.fates[""] = "bounce"
        report = BOUNCE.replace("bob@elsewhere.example", address).replace("<bounce@", f"<bounce{n}@")
        simulation.arrive(report % wire_message_id(sent.message_id, REGION), "ad_hoc", sender="")


def _strangers(simulation: Simulation) -> None:
    for n in (5, 6, 7):
        simulation.arrive(message(n, sender=f"s{n}@elsewhere.example"))


def _fate(address: str, fate: str, simulation: Simulation) -> None:
    simulation.fates[address] = fate


def _twice(simulation: Simulation) -> None:
    for _ in range(2):
        simulation.arrive(message(1))


def _siblings(simulation: Simulation) -> None:
    simulation.arrive(message(2))
    simulation.arrive(message(2), recipient="second@in.example")


def _strangers_become_known(simulation: Simulation) -> None:
    """An admin adds the strangers to the directory."""
    for user_id, address in (("1", EVE), ("2", MALLORY)):
        body = {"name": "No stranger", "emails": [address]}
        assert simulation.request("admin", "PUT", f"/employees/{user_id}", body).status in {200, 201}


def _may_be_discarded(simulation: Simulation) -> None:
    _strangers_become_known(simulation)
    simulation.notes["discarded"] = simulation.notes["stranger"]


def _question_and_answer(simulation: Simulation) -> None:
    """The answer arrives before SES has reported the delivery of the question."""
    body = {"to": [BOB], "subject": "And then?", "text": "What happened?"}
    assert (
        request_until_answered(
            simulation, "agent", "POST", f"/cases/{simulation.notes['case']}/emails", body, "key-2"
        ).status
        == ACCEPTED
    )
    _answer(simulation, 9)


def _eve_is_known(simulation: Simulation) -> None:
    """An admin adds the sender of an unprocessed email to the directory."""
    answer = simulation.request("admin", "PUT", "/employees/1", {"name": "Eve", "emails": [EVE]})
    assert answer.status in {200, 201}, answer


def _import(simulation: Simulation) -> list[Callable[[], str | None]]:
    """An admin imports Nora twice, at the same time."""

    def ask() -> str | None:
        answer = simulation.request("admin", "POST", "/employees/imports", "user_id,name,email\n7,Nora," + NORA + "\n")
        return f"import: {answer}" if answer.status >= FAILED and answer.status != TRY_AGAIN else None

    return [ask, ask]


def _probe_returns(simulation: Simulation) -> None:
    """A mailbox redirects a test email twice."""
    mark = probe_mark("payroll@acme.example", simulation.now, KEYS)
    raw = probe_email("payroll@acme.example", from_=Address("", "cases@acme.example"), mark=mark)
    for _ in range(2):
        simulation.arrive(raw, sender="cases@acme.example")


HOLD = _post("/unprocessed/{stranger}/hold", why="a claim")
CASE, STRANGER, TONER = "/cases/{case}", "/unprocessed/{stranger}", "/unprocessed/{toner}"
RETRY, RETRY_ALL = _post(STRANGER + "/retry"), _post("/unprocessed/retry", reason="sender_not_found")
ERASE_CASE = ("admin", "DELETE", CASE, None, {"if-match": "*"})
SCENARIOS = (
    Scenario("a new case", arrives(message(1))),
    Scenario("a new case with attachments", arrives(with_attachments(3))),
    Scenario("the same email twice", _twice),
    Scenario("one email to two mailboxes", _siblings),
    Scenario("an email of a stranger", arrives(message(4, sender="ivan@elsewhere.example"))),
    Scenario("more strangers", _strangers),
    Scenario("an answer by tag", partial(_answer, n=8)),
    Scenario(
        "an answer comes while agents read",
        partial(_answer, n=17),
        _requests(*[_post("/cases/{case}/read", user="agent", up_to="{answer}")] * 2, _post("/cases/{case}/read")),
    ),
    Scenario(
        "an answer comes while the case is closed and handed over",
        partial(_answer, n=18),
        _requests(_patch(CASE, status="closed"), _patch(CASE, service_group="tax")),
    ),
    Scenario("an automatic answer", partial(_answer, n=10, Auto_Submitted="auto-replied")),
    Scenario("a report of Bea's server", _report),
    Scenario("reports of servers to which Bea's server forwards", _report_of_forwarded),
    Scenario("a question and its answer", _question_and_answer),
    Scenario(
        "a sender becomes known while an email of his comes",
        arrives(message(12, sender="nora@acme.example")),
        _requests(("admin", "PUT", "/employees/100001", {"name": "Nora", "emails": ["nora@acme.example"]}, {})),
    ),
    Scenario("a probe returns twice", _probe_returns),
    Scenario("employees are imported while an email of one comes", arrives(message(14, sender=NORA)), _import),
    Scenario(
        "an email is retried by two, and assigned",
        _eve_is_known,
        _requests(
            _post(STRANGER + "/retry"), _post(STRANGER + "/retry"), _post(STRANGER + "/assign", case_id="{case}")
        ),
    ),
    Scenario(
        "two jobs retry what a person retries",
        _eve_is_known,
        _requests(_post(STRANGER + "/retry"), *[_post("/unprocessed/retry", reason="sender_not_found")] * 2),
    ),
    Scenario("a retry against the purge", _eve_is_known, _requests(_post(STRANGER + "/retry")), late=True),
    Scenario("an agent writes", request=_requests(_write("k1"))),
    Scenario("two agents write under one key", request=_requests(_write("k2"), _write("k2"), _write("k2"))),
    Scenario(
        "two agents write with an image under one key",
        request=_requests(
            *[_post(CASE + "/emails", "k6", "agent", to=[BOB], html=f'<img src="{data_url(png())}">')] * 2
        ),
    ),
    Scenario(
        "an agent writes to somebody unknown",
        partial(_fate, NOBODY, "bounce"),
        _requests(_write("k3", NOBODY)),
    ),
    Scenario(
        "an agent writes to somebody who complains",
        partial(_fate, ANGRY, "complaint"),
        _requests(_write("k4", ANGRY)),
    ),
    Scenario(
        "a template changes while agents write by it, and while a case is acknowledged",
        arrives(message(13, subject="Bonus")),
        _requests(
            _put("/templates/answer", text="Hello"),
            _post(CASE + "/emails", "t1", "agent", to=[BOB], template="answer"),
            _post(CASE + "/emails", "t1", "agent", to=[BOB], template="answer"),
            _put("/templates/answer", text="Good morning"),
            _put("/templates/system.acknowledgement", text="Thank you"),
            ("admin", "DELETE", "/templates/answer", None, {}),
        ),
    ),
    Scenario(
        "two agents close and reopen", request=_requests(_patch(CASE, status="closed"), _patch(CASE, status="open"))
    ),
    Scenario("a case changes", request=_requests(_patch(CASE, topic="Tax"), _patch(CASE, subject="Salary"))),
    Scenario(
        "two agents note under one key while Bob answers",
        partial(_answer, n=17),
        _requests(*[_post(CASE + "/notes", "n1", "agent", text="She called twice.")] * 2),
    ),
    Scenario(
        "a case is assigned, noted and seen while it is handed over",
        request=_requests(
            _patch(CASE, assignee="me"),
            _patch(CASE, service_group="tax"),
            _post(CASE + "/notes", "n2", text="Over to you."),
            ("admin", "PUT", CASE + "/presence", {"doing": "viewing"}, {}),
        ),
    ),
    Scenario(
        "an answer is moved by two",
        request=_requests(*[_post(CASE + "/emails/{answer}/move", case_id="{other}")] * 2),
    ),
    Scenario(
        "an answer becomes a case while it is moved",
        request=_requests(
            *[_post(CASE + "/emails/{answer}/split", subject="Badge")] * 2,
            _post(CASE + "/emails/{answer}/move", case_id="{other}"),
        ),
    ),
    Scenario(
        "a case is merged while Bob answers",
        partial(_answer, n=16),
        _requests(*[_post(CASE + "/merge", into="{twin}")] * 2, _write("k7")),
    ),
    Scenario(
        "two cases are merged into each other",
        request=_requests(_post(CASE + "/merge", into="{twin}"), _post("/cases/{twin}/merge", into="{case}")),
    ),
    Scenario(
        "a case is merged while it changes",
        request=_requests(
            _post(CASE + "/merge", into="{twin}"),
            _patch(CASE, status="open"),
            _patch("/cases/{twin}", employee="874112"),
            _post(CASE + "/emails/{answer}/move", case_id="{other}"),
        ),
    ),
    Scenario("what was sent is moved", request=_requests(_post(CASE + "/emails/{sent}/move", case_id="{other}"))),
    Scenario("the first email is moved", request=_requests(_post(CASE + "/emails/{first}/move", case_id="{other}"))),
    Scenario(
        "a stranger's email is assigned twice",
        request=_requests(_post(STRANGER + "/assign", case_id="{case}"), _post(STRANGER + "/assign", user_id="543457")),
    ),
    Scenario(
        "a hold against a release",
        request=_requests(HOLD, _post(STRANGER + "/release")),
    ),
    Scenario("a hold against the purge", request=_requests(HOLD), late=True),
    Scenario(
        "an assignment against the purge", request=_requests(_post(TONER + "/assign", case_id="{case}")), late=True
    ),
    Scenario(
        "a case of it against the purge", request=_requests(_post(TONER + "/assign", user_id="543457")), late=True
    ),
    Scenario("nothing but the purge", request=_requests(), late=True),
)
"""What agents and senders do."""

REPAIRS = (
    Scenario(
        "a known stranger's email is retried by two, and assigned",
        _strangers_become_known,
        _requests(RETRY, RETRY, _post(STRANGER + "/assign", case_id="{case}")),
    ),
    Scenario("a retry against a hold", _strangers_become_known, _requests(RETRY, HOLD, _post(STRANGER + "/release"))),
    Scenario(
        "a retry against the purge", _strangers_become_known, _requests(_post(TONER + "/retry"), RETRY), late=True
    ),
    Scenario("a retry against a discard", _may_be_discarded, _requests(RETRY, ("admin", "DELETE", STRANGER, None, {}))),
    Scenario(
        "all are retried by two jobs, and one by hand",
        _strangers_become_known,
        _requests(RETRY_ALL, RETRY, _post("/unprocessed/retry", ids=["{toner}", "{stranger}"])),
    ),
    Scenario(
        "a job that discards against one that retries",
        _may_be_discarded,
        _requests(_post("/unprocessed/discard", ids=["{stranger}"]), RETRY_ALL),
    ),
    Scenario("emails are tried", request=_requests(_post("/try/jobs", mailbox="payroll@acme.example", last=5))),
    Scenario(
        "a case is erased while Bob answers", partial(_answer, n=14), _requests(ERASE_CASE, ERASE_CASE, _write("k5"))
    ),
    Scenario(
        "a case is erased while an original is read",
        request=_requests(ERASE_CASE, *[("agent", "GET", CASE + "/emails/{sent}/original", None, {})] * 2),
    ),
    Scenario(
        "a case is erased while an email is assigned to it",
        request=_requests(ERASE_CASE, _post(STRANGER + "/assign", case_id="{case}")),
    ),
    Scenario(
        "a person is erased while she writes",
        arrives(message(15, subject="Pension")),
        _requests(_post("/employees/543457/erasure", cases="erase"), _post(STRANGER + "/assign", case_id="{case}")),
    ),
    Scenario(
        "a person is anonymised while Bob answers",
        partial(_answer, n=16),
        _requests(_post("/employees/543457/erasure", cases="anonymise")),
    ),
    Scenario("employees are imported", import_employees, _requests(RETRY_ALL)),
)
"""What admins repair, try, erase and import, at the same time as something else about the same emails."""

"""The use cases whose calls and units are counted, with everything that follows from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from email_channels.cases.references import case_reference

from tests.support.messages import PROSE, TYPICAL_EMAIL
from tests.support.reliability.actions import KEYS, settle_except
from tests.support.reliability.mails import BOB, EVE, ZOE, message, with_attachments
from tests.support.reliability.simulation import Simulation

AGENT = "agent of many"

A_LOOK = "the look of reconcile at one original"
A_LOOK_AT_A_REPLY = f"{A_LOOK}, of a reply"


def _nothing(_: Simulation) -> None:
    return


def _no_preparation(_: Simulation, __: int) -> None:
    return


@dataclass(frozen=True)
class UseCase:
    """`act(simulation, n)` does it for the n-th time. What AWS delivers afterwards is a part of it.

    `setup` runs once before that, and `prepare(simulation, n)` each time. Neither is counted. `reads_several`: it reads
    several cases, so the number of cases and groups matters.
    """

    name: str
    act: Callable[[Simulation, int], None]
    setup: Callable[[Simulation], None] = _nothing
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Simulation, int], None] = _no_preparation
    reads_several: bool = False


def arrives(simulation: Simulation, n: int, sender: str = ZOE) -> None:
    text = TYPICAL_EMAIL.replace("Message-ID: <", f"Message-ID: <{n}.").replace(ZOE, sender)
    simulation.arrive(text, sender=sender)


def _arrives_with_attachments(simulation: Simulation, n: int) -> None:
    simulation.arrive(with_attachments(n))


def a_case(simulation: Simulation) -> None:
    arrives(simulation, 100)
    simulation.settle()
    (case,) = simulation.get("/cases?employee=543457")["items"]
    simulation.notes["case"] = case["case_id"]


def _a_sent_email(simulation: Simulation) -> None:
    a_case(simulation)
    _send(simulation, 100)
    simulation.settle()


def _a_history(simulation: Simulation) -> None:
    _a_sent_email(simulation)
    _reply(simulation, 101)
    simulation.settle()
    emails = simulation.get(f"/cases/{simulation.notes['case']}/emails")["items"]
    simulation.notes["email"] = emails[0]["email_id"]


def _reply(simulation: Simulation, n: int, **headers: str) -> None:
    reference = case_reference(simulation.notes["case"], KEYS)
    text = message(n, sender=BOB, subject=f"Re: Your question {reference}", body=PROSE, **headers)
    simulation.arrive(text, "ad_hoc", sender=BOB)


def _send(simulation: Simulation, n: int) -> None:
    body: dict[str, Any] = {"to": [BOB], "subject": "Your question", "text": PROSE}
    path = f"/cases/{simulation.notes['case']}/emails"
    answer = simulation.request(AGENT, "POST", path, body, {"idempotency-key": f"key-{n}"})
    assert answer.status == 202, answer


def _change(simulation: Simulation, n: int) -> None:
    status = "closed" if n % 2 == 0 else "open"
    path = f"/cases/{simulation.notes['case']}"
    answer = simulation.request(AGENT, "PATCH", path, {"status": status}, {"if-match": "*"})
    assert answer.status == 200, answer


def _reply_to_many(simulation: Simulation, n: int) -> None:
    _reply(simulation, n, Cc=f"Jo Lee <jo.lee{n}@partner{n}.example>, Ada Fox <ada.fox{n}@fox{n}.example>")


def _rename(simulation: Simulation, n: int) -> None:
    path = f"/cases/{simulation.notes['case']}"
    answer = simulation.request(AGENT, "PATCH", path, {"subject": f"Another subject {n}"}, {"if-match": "*"})
    assert answer.status == 200, answer


def _employs(path: str, simulation: Simulation, n: int) -> None:
    body = {"name": f"Zoe Webb {n}", "emails": [ZOE], "population": "Germany"}
    answer = simulation.request("admin", "PUT", path.format(n=n), body)
    assert answer.status in {200, 201}, answer


def _send_until_delivered(simulation: Simulation, n: int) -> None:
    """SES has taken an agent's email, and has an event about its delivery."""
    _send(simulation, n)
    settle_except("delivery", simulation)
    simulation.deliver(next(one for one in simulation.pending() if one.function == "delivery"))


def _process(simulation: Simulation, n: int) -> None:
    arrives(simulation, n)
    simulation.settle()


def _process_reply(simulation: Simulation, n: int) -> None:
    _reply(simulation, n)
    simulation.settle()


def _mend(simulation: Simulation, n: int) -> None:
    """A stranger's email is unprocessed. Then an admin adds the stranger to the directory."""
    simulation.request("admin", "DELETE", "/employees/1")
    arrives(simulation, n, EVE)
    simulation.settle()
    (item,) = simulation.get("/unprocessed")["items"]
    simulation.notes["unprocessed"] = item["id"]
    body = {"name": "Eve", "emails": [EVE]}
    assert simulation.request("admin", "PUT", "/employees/1", body).status in {200, 201}


def _retry(simulation: Simulation, _: int) -> None:
    answer = simulation.request("admin", "POST", f"/unprocessed/{simulation.notes['unprocessed']}/retry")
    assert answer.body["after"]["outcome"] == "case", answer


def _two_cases(simulation: Simulation, n: int) -> None:
    """Zoe has a new case, to which Bob has replied, and another one."""
    for email in (2 * n, 2 * n + 1):
        simulation.arrive(message(10_000 + email, subject=f"Case {email}"))
    simulation.settle()
    found = {one["subject"]: one["case_id"] for one in simulation.get("/cases?employee=543457")["items"]}
    simulation.notes |= {"case": found[f"Case {2 * n}"], "into": found[f"Case {2 * n + 1}"]}
    _reply(simulation, 20_000 + n)
    simulation.settle()
    simulation.notes["email"] = simulation.get(f"/cases/{simulation.notes['case']}/emails")["items"][0]["email_id"]


def _merge(simulation: Simulation, _: int) -> None:
    path, body = f"/cases/{simulation.notes['case']}/merge", {"into": simulation.notes["into"]}
    answer = simulation.request(AGENT, "POST", path, body)
    assert answer.status == 200, answer


def _split(simulation: Simulation, _: int) -> None:
    path = f"/cases/{simulation.notes['case']}/emails/{simulation.notes['email']}/split"
    answer = simulation.request(AGENT, "POST", path, {"subject": "Badge"})
    assert answer.status == 201, answer


def _note(simulation: Simulation, n: int) -> None:
    path = f"/cases/{simulation.notes['case']}/notes"
    answer = simulation.request(AGENT, "POST", path, {"text": PROSE[:300]}, {"idempotency-key": str(n)})
    assert answer.status == 201, answer


def _view(simulation: Simulation, _: int) -> None:
    path = f"/cases/{simulation.notes['case']}/presence"
    assert simulation.request(AGENT, "PUT", path, {"doing": "viewing"}).status == 200


def _wait(_: Simulation, __: int) -> None:
    """Only what AWS delivers is counted."""


def _reads(name: str, path: str, user: str = AGENT) -> UseCase:
    """A request; in `path`, `{name}` stands for the simulation's note of this name."""

    def act(simulation: Simulation, _: int) -> None:
        answer = simulation.request(user, "GET", path.format_map(simulation.notes))
        assert answer.status == 200, answer
        assert "items" not in answer.body or answer.body["items"], "nothing was found"

    return UseCase(name, act, _a_history, QUIET, reads_several=path.startswith(("/cases?", "/cases/counts")))


QUIET = {"ACKNOWLEDGE_SENDER": "false", "DEFAULT_SERVICE_GROUP_ADDRESS": ""}
"""Nobody is told of a new case."""
TOLD = QUIET | {"EVENT_BUS_NAME": "default"}
"""Only other systems are told, by domain events."""

USE_CASES = (
    UseCase("a new case", arrives, environment=QUIET),
    UseCase("a new case, alert and acknowledgement", arrives),
    UseCase("a new case with two attachments", _arrives_with_attachments, environment=QUIET),
    UseCase("a new case, domain events", arrives, environment=TOLD),
    UseCase("a reply", _reply, _a_sent_email, QUIET),
    UseCase("a reply, domain events", _reply, _a_sent_email, TOLD),
    UseCase("a reply with somebody new in Cc", _reply_to_many, _a_sent_email, QUIET),
    UseCase("an automatic reply", partial(_reply, Auto_Submitted="auto-replied"), _a_sent_email, QUIET),
    UseCase("an unprocessed email and its notification", partial(arrives, sender=EVE)),
    UseCase("a retry that makes a case", _retry, environment=QUIET, prepare=_mend),
    UseCase("an agent's email, its two events", _send, a_case, QUIET),
    UseCase("a delivery event", _wait, a_case, QUIET, _send_until_delivered),
    UseCase("a change of a case", _change, a_case, QUIET),
    UseCase("a change of a case, domain events", _change, a_case, TOLD),
    UseCase("two cases of three emails are merged", _merge, environment=QUIET, prepare=_two_cases),
    UseCase("an email becomes a case of its own", _split, environment=QUIET, prepare=_two_cases),
    UseCase("a note", _note, a_case, QUIET),
    UseCase("an agent goes on viewing a case", _view, a_case, QUIET, _view),
    UseCase("another subject of a case", _rename, a_case, QUIET),
    UseCase(A_LOOK, _wait, environment=QUIET, prepare=_process),
    UseCase(A_LOOK_AT_A_REPLY, _wait, _a_sent_email, QUIET, _process_reply),
    _reads("read a case", "/cases/{case}"),
    _reads("read its history", "/cases/{case}/emails"),
    _reads("read an entry", "/cases/{case}/emails/{email}"),
    _reads("list 50 cases", "/cases?limit=50"),
    _reads("list 50 cases of all groups", "/cases?limit=50", "admin"),
    _reads("count cases", "/cases/counts"),
    _reads("search for a word", "/cases?q=payslip"),
    _reads("search for words and an address", "/cases?q=question+payslip+zoe.hartmann@acme"),
    _reads("search for an employee", "/cases?employee=543457"),
    _reads("find employees by name", "/employees?q=hart"),
    UseCase("a new employee", partial(_employs, "/employees/new-{n}"), environment=QUIET),
    UseCase("an employee with another name", partial(_employs, "/employees/543457"), environment=QUIET),
)

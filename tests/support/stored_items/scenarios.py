"""What fills the table for the stored items of a release: all kinds of items, with short and with long emails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from email_channels.aws.ses_client import SesClient
from email_channels.aws.stores.cursor_key_store import CursorKeyStore
from email_channels.aws.stores.erasure.record_erasure import RecordErasureStore
from email_channels.aws.stores.jobs.job_store import JobStore
from email_channels.aws.stores.people.person_store import PersonStore
from email_channels.aws.stores.probes.probe_store import ProbeStore
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.aws.stores.searching import word_store
from email_channels.cases.jobs.job import Change, Findings, JobKind, Rejected, Step
from email_channels.cases.mailboxes import mailbox_id
from email_channels.cases.people.person import Person
from email_channels.cases.probes.mark import ProbeMark
from email_channels.cases.probes.probe import Probe
from email_channels.errors import SendRefused
from moto.moto_api._internal import mock_random

from tests.support.in_process.aws_calls import Killed
from tests.support.messages import LONG, PROSE
from tests.support.reliability.actions import (
    MONTH,
    answers,
    arrives,
    arrives_in_two_mailboxes,
    bounce_arrives,
    case_of,
    form_arrives,
    notification_bounces,
    settle_except,
)
from tests.support.reliability.mails import BOB, EVE, FORM, ZOE, message, with_attachments
from tests.support.reliability.meanwhile.merging import cases_to_merge, merge
from tests.support.reliability.simulation import Simulation, open_simulation
from tests.support.reliability.starting_states import (
    a_case,
    a_sent_email,
    a_stuck_send,
    an_email_to_move,
    an_unprocessed,
)

Scenario = Callable[[Simulation], None]
CROWD = ", ".join(f"colleague{n}@elsewhere.example" for n in range(60))


def _ask(simulation: Simulation, method: str, path: str, **body: Any) -> Any:
    """A request of an agent (to send) or an admin. In `path`, `{name}` stands for the note of this name."""
    key = path if path.endswith("/emails") else f"{path} {simulation.now}"
    headers = {"if-match": "*"} if method in {"PATCH", "DELETE"} else {"idempotency-key": key}
    user = "agent" if path.endswith("/emails") else "admin"
    answer = simulation.request(user, method, path.format_map(simulation.notes), body or None, headers)
    assert answer.status < 300, answer
    return answer.body


def probes(simulation: Simulation) -> None:
    """A mailbox that is silent, one that is back, and the place of the next run."""
    at, probe = simulation.now, Probe("silent@acme.example")
    ProbeStore.sent(probe, at)
    ProbeStore.silent(ProbeStore.read([probe.mailbox])[probe.mailbox])
    ProbeStore.sent(Probe("payroll@acme.example"), at)
    ProbeStore.returned(ProbeMark(mailbox_id("payroll@acme.example"), at), at + timedelta(seconds=9))
    ProbeStore.keep_place("payroll@acme.example")


def ordinary(simulation: Simulation) -> None:
    """Short emails in and out, moved, reported on, and assigned; and what admins configure."""
    an_email_to_move(simulation)
    _ask(simulation, "PUT", "/user-mappings/one", mailbox="payroll@acme.example", user_id="543457", **{"from": BOB})
    _ask(simulation, "PUT", "/user-mappings/any", mailbox="second@acme.example", user_id="874112")
    _ask(
        simulation,
        "PUT",
        "/templates/answer",
        name="Answer",
        language="en",
        subject="Leave",
        text="Hi",
        html="<p>Hi</p>",
    )
    PersonStore().meet(Person("agent", "Alex Agent", "alex", frozenset({"default"}), False, simulation.now.date()))
    _ask(simulation, "PUT", "/me/signature", text="Ada Admin", html="<p>Ada Admin</p>")
    _ask(simulation, "PUT", "/templates/system.sender_copy.de", name="Unsere", text="Hallo")
    _ask(
        simulation,
        "PUT",
        "/mailboxes/leave@acme.example",
        receiving_address="leave@in.example",
        language="de",
        contact="Lohnbüro, +49 30 5550",
    )
    _ask(simulation, "PUT", "/topics/Leave", service_group="tax", by_population={"UK": "tax"})
    _ask(simulation, "PATCH", "/cases/{case}", status="closed", regarding="874112", topic="Tax", assignee="me")
    upload = simulation.upload("hours.pdf", b"hours")
    for purpose in ("import", "try"):
        _ask(simulation, "POST", "/attachments", filename="a", content_type="text/csv", size=1, purpose=purpose)
    _ask(
        simulation,
        "POST",
        "/cases/{case}/emails",
        to=[ZOE],
        cc=[BOB],
        bcc=[EVE],
        subject="Your hours",
        text="See the file.",
        html="<p>See the <b>file</b>.</p>",
        attachments=[upload],
    )
    bounce_arrives(simulation)
    simulation.settle()
    _ask(simulation, "POST", "/cases/{case}/emails/{answer}/move", case_id=simulation.notes["other"])
    _ask(simulation, "POST", "/cases/{case}/emails/{first}/move", case_id=simulation.notes["other"])
    _ask(simulation, "PUT", "/cases/{case}/presence", doing="answering")
    _ask(simulation, "POST", "/cases/{case}/notes", text="She called.")
    form_arrives(simulation)
    nobody = FORM.replace("874112", "999999").replace("<3@", "<4@")  # flagged
    arrives(nobody, recipient="forms@in.example", sender="hr@forms.example", signer="forms.example")(simulation)
    arrives_in_two_mailboxes(simulation)
    simulation.arrive(message(41, subject="Not signed"), dkim="none")
    simulation.settle()
    simulation.arrive(message(40, sender="nora@acme.example", subject="From somebody new"))
    simulation.settle()
    _ask(simulation, "PUT", "/employees/100001", name="Nora", emails=["nora@acme.example"])
    simulation.arrive(message(40, sender="nora@acme.example", subject="From somebody new"))  # replaces the first copy
    simulation.settle()
    simulation.arrive(message(200, sender=EVE, subject="Assigned as a case"))
    simulation.arrive(message(201, sender=EVE, subject="Assigned to a case"))
    simulation.settle()
    for body in ({"user_id": "543457"}, {"case_id": simulation.notes["other"]}):
        simulation.notes["unprocessed"] = simulation.get("/unprocessed")["items"][0]["id"]
        _ask(simulation, "POST", "/unprocessed/{unprocessed}/assign", **body)
    simulation.settle()
    _ask(simulation, "POST", "/cases/{other}/read", up_to=simulation.notes["answer"])
    for subject in ("By phone", "Other", "By phone"):
        _ask(simulation, "POST", "/cases", user_id="543457", subject=subject, issue="A call", topic="Tax")
        simulation.tick(1)
        simulation.settle()
    # The page ends at the case between the two, so its cursor is sealed.
    assert _ask(simulation, "GET", "/cases?q=phone&service_group=tax&limit=1")["next_cursor"]


def long(simulation: Simulation) -> None:
    """Emails that do not fit into their items, and a case with many participants."""
    a_case(simulation)
    simulation.arrive(message(10, subject="Long", body=LONG[:20_000]))
    simulation.arrive(message(13, subject="Repeated", body=PROSE * 60))
    simulation.arrive(message(11, subject="Longer", body=f"{PROSE}\n{LONG[:3000]}", Cc=CROWD))
    simulation.arrive(message(12, sender=EVE, body=LONG[:20_000]))
    simulation.settle()
    simulation.notes |= {"case": case_of(simulation), "long": case_of(simulation, "Long")}
    simulation.notes["longer"] = case_of(simulation, "Longer")
    for case in ("case", "longer"):
        to = [f"partner{n}@elsewhere.example" for n in range(30)]
        _ask(simulation, "POST", f"/cases/{{{case}}}/emails", to=to, subject="Long", text=LONG[:20_000])
    simulation.settle()
    simulation.notes["first"] = simulation.get(f"/cases/{simulation.notes['longer']}/emails")["items"][-1]["email_id"]
    _ask(simulation, "POST", "/cases/{longer}/emails/{first}/move", case_id=simulation.notes["long"])
    simulation.settle()


def unprocessed(simulation: Simulation) -> None:
    """Unprocessed emails in all states: not notified, notified alone and in a digest, withdrawn, held, being purged,
    purged; and an automatic reply."""
    an_unprocessed(simulation)
    simulation.tick(MONTH)
    simulation.settle()  # purged
    simulation.arrive(message(20, sender=EVE, Auto_Submitted="auto-replied"))
    simulation.arrive(message(21, sender=EVE, subject="Purging"))
    notification_bounces(simulation)
    simulation.settle()
    for n in (22, 23):
        simulation.arrive(message(n, sender=EVE, subject="In a digest"))
    settle_except("notify", simulation)
    simulation.lose("notify")
    simulation.tick(1)
    simulation.settle()
    simulation.notes["unprocessed"] = next(
        str(one["id"]) for one in simulation.get("/unprocessed")["items"] if one["subject"] == "In a digest"
    )
    _ask(simulation, "POST", "/unprocessed/{unprocessed}/hold", why="a claim")

    def end(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PurgeStore, "delete", end)
        simulation.tick(MONTH)
        simulation.settle()
    simulation.fates["ada@acme.example"] = "bounce"
    simulation.arrive(message(24, sender=EVE, subject="Nobody was told"), sender=EVE, signer=EVE.partition("@")[2])
    simulation.settle()
    simulation.arrive(with_attachments(25, sender=EVE))
    settle_except("notify", simulation)


def unfinished(simulation: Simulation) -> None:
    """A send of which nobody knows whether SES took it, a case whose follow-up is open and that was
    handed over, and the key of cursors."""
    CursorKeyStore().key()
    a_stuck_send(simulation)
    simulation.arrive(message(30, subject="Nobody was told"))
    simulation.settle()
    simulation.notes["renamed"] = case_of(simulation, "Nobody was told")

    def end(*_: object) -> None:
        raise Killed

    # The old words of a case are about to be deleted.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(word_store, "delete_words", end)
        _ask(simulation, "PATCH", "/cases/{renamed}", subject="Somebody was told")
        for one in simulation.pending():
            simulation.deliver(one)
    simulation.lose("notify")
    simulation.arrive(message(31, subject="Nobody was told"))
    settle_except("notify", simulation)
    simulation.notes["told"] = case_of(simulation, "Nobody was told")
    (first,) = simulation.get(f"/cases/{simulation.notes['told']}/emails")["items"]
    _ask(simulation, "POST", "/cases/{told}/read", up_to=first["email_id"])
    _ask(simulation, "PATCH", "/cases/{told}", service_group="tax")


def jobs(simulation: Simulation) -> None:
    """Jobs that wait, run, are done, and have failed."""
    store = JobStore()
    _ask(simulation, "POST", "/unprocessed/discard", reason="spam")
    store.create(JobKind.IMPORT, "admin", "sub", simulation.now, request={"upload_id": "1"}, exclusive=True)
    lines = store.create(JobKind.IMPORT, "admin", "sub", simulation.now, request={"upload_id": "1"})
    begun = store.begin(lines, "worker", simulation.now)
    assert begun is not None
    rejected = (Rejected("The user id is missing.", line=7),)
    store.advance(begun, "worker", Step({"line": 8}, {"created": 5}, rejected, total=9), Findings(), simulation.now)
    ids = store.create(JobKind.TRY, "admin", "sub", simulation.now, request={"last": 1}, selected=("7K3F92QDX0",))
    begun = store.begin(ids, "worker", simulation.now)
    assert begun is not None
    change = Change("7K3F92QDX0", {"outcome": "unprocessed"}, {"outcome": "case"})
    store.advance(begun, "worker", Step(None, {"changed": 1}, changes=(change,)), Findings(), simulation.now)
    store.fail(store.create(JobKind.RETRY, "admin", "sub", simulation.now, request={}), "It failed.", simulation.now)


def merged(simulation: Simulation) -> None:
    """A case that was merged into another one, and a case that an agent made of an email."""
    cases_to_merge(simulation)
    _ask(simulation, "POST", "/cases/{case}/emails/{answer}/split", subject="Badge")
    merge(simulation)
    simulation.settle()


def erased(simulation: Simulation) -> None:
    """A case of which only tombstones are left, also of its answer, and one whose erasure has just begun."""
    an_email_to_move(simulation)
    _ask(simulation, "DELETE", "/cases/{case}")
    assert RecordErasureStore().bury_case(simulation.notes["other"], simulation.now)


def owed(simulation: Simulation) -> None:
    """A reply of which its group was not alerted, because SES took no email."""
    a_sent_email(simulation)

    def refuse(*_: object, **__: object) -> None:
        raise SendRefused("SendingPausedException", "", throttled=True)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SesClient, "_send_once", refuse)
        answers(simulation)
        simulation.settle()


SCENARIOS: tuple[Scenario, ...] = (ordinary, long, unprocessed, unfinished, jobs, erased, merged, probes, owed)


@contextmanager
def played(scenario: Scenario) -> Iterator[Simulation]:
    """A simulation in which a scenario was played. Ids that are random otherwise are the same in each run."""
    chance = Random(1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("email_channels.cases.references.secrets", SimpleNamespace(choice=chance.choice))
        key = SimpleNamespace(token_bytes=chance.randbytes)
        patched.setattr("email_channels.aws.stores.cursor_key_store.secrets", key)
        with open_simulation() as simulation:
            mock_random.seed(1)
            scenario(simulation)
            yield simulation

"""The safeguards against losing or doubling emails, each with a way to remove it and a trial that then fails.

`docs/reliability.md` shows them in a table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from botocore.client import BaseClient
from email_channels.aws.arrivals_queue import ArrivalsQueue
from email_channels.aws.rows import case_rows
from email_channels.aws.ses_client import SesClient
from email_channels.aws.stores import reconcile_store, record_store
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.reconcile_store import OriginalProgress, OriginalState, ReconcileStore
from email_channels.aws.stores.record_store import RecordStore
from email_channels.cases import delivery_states
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.references import encode
from email_channels.followup.arrivals import Arrivals
from email_channels.followup.notifications import Notifier
from email_channels.intake.outcome_writing import OutcomeWriter
from pynamodb.transactions import TransactWrite

from tests.support.in_process.aws_calls import Call, intercept
from tests.support.reliability import actions, starting_states
from tests.support.reliability.crashes import Kill, Killer, finish, prepared, watched
from tests.support.reliability.deliveries import Function
from tests.support.reliability.invariants import violations
from tests.support.reliability.simulation import Simulation
from tests.support.reliability.use_cases import USE_CASES, UseCase


@dataclass(frozen=True)
class Safeguard:
    """`trial` sets up a simulation and returns its violations: none, but `violation` after `take_out`."""

    name: str
    taken_out: str
    violation: str
    trial: Callable[[Simulation], list[str]]
    take_out: Callable[[pytest.MonkeyPatch, Simulation], None]


def of_use_case(name: str, *kills: tuple[str, str]) -> Callable[[Simulation], list[str]]:
    """A use case, killed at the last call of that name (`before` or `after`), or not at all."""
    use_case = next(one for one in USE_CASES if one.name == name)

    def trial(simulation: Simulation) -> list[str]:
        with prepared(use_case, simulation):
            saved = simulation.save()
            plan = [(_number(simulation, use_case, call), moment) for call, moment in kills]
            simulation.restore(saved)
            _run(simulation, use_case, plan)
            return violations(simulation)

    return trial


def _number(simulation: Simulation, use_case: UseCase, call: str) -> int:
    made = _run(simulation, use_case, [])
    return next(number for number, name in enumerate(made) if name == call)


def _run(simulation: Simulation, use_case: UseCase, plan: list[Kill]) -> list[str]:
    killer = Killer(plan)
    with watched(simulation, use_case, killer):
        use_case.act(simulation)
        finish(simulation)
    return killer.made


@contextmanager
def meanwhile(simulation: Simulation, function: Function, call: str, do: Callable[[], None]) -> Iterator[None]:
    """Does something else right before the function's next call of that name."""
    waiting = [do]

    def make(_: BaseClient, name: str, __: Any, make_call: Call) -> Any:
        if waiting and simulation.running == function and name == call:
            waiting.pop()()
        return make_call()

    with pytest.MonkeyPatch.context() as patched:
        intercept(patched, make)
        yield


def _two_workers(simulation: Simulation) -> list[str]:
    """One finds the case closed; before it writes that down, the case is opened, and another takes the answer."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ACCEPT_EMAILS_FOR_CLOSED_CASES", "false")
        simulation.forget()
        starting_states.a_closed_case(simulation)
        actions.answers(simulation)
        [first] = [one for one in simulation.pending() if one.function == "inbound"]
        case = actions.case_of(simulation)

        def other() -> None:
            path = f"/cases/{case}"
            assert simulation.request("agent", "PATCH", path, {"status": "open"}, {"if-match": "*"}).status == 200
            simulation.deliver(first, twice=True)

        with meanwhile(simulation, "inbound", "PutItem", other):
            simulation.deliver(first)
        finish(simulation)
        return violations(simulation)


def _held_meanwhile(simulation: Simulation) -> list[str]:
    """An admin puts an email on hold between the purge's reading it and marking it."""
    starting_states.an_unprocessed(simulation)
    unprocessed = simulation.notes["held"] = simulation.notes["unprocessed"]

    def hold() -> None:
        path = f"/unprocessed/{unprocessed}/hold"
        assert simulation.request("admin", "POST", path, {"why": "a claim"}).status == 200

    simulation.tick(actions.MONTH)
    with meanwhile(simulation, "purge", "TransactWriteItems", hold):
        simulation.settle()
    finish(simulation)
    return violations(simulation)


def _given_in_vain(simulation: Simulation) -> list[str]:
    """An original is given to inbound again, and that message is lost, too."""
    starting_states.a_lost_original(simulation)
    simulation.tick(1)
    for one in simulation.pending():
        simulation.deliver(one)
    simulation.lose("inbound")
    finish(simulation)
    return violations(simulation)


def _assigned(simulation: Simulation) -> list[str]:
    """An admin makes a case of an old email, and the stream's batch that tells so is given up."""
    starting_states.an_assigned_email_not_notified({"user_id": "543457"})(simulation)
    finish(simulation)
    return violations(simulation)


def _once(check: Callable[..., list[str]]) -> Callable[..., list[str]]:
    def checked(arrivals: Arrivals, records: Any) -> list[str]:
        check(arrivals, records)
        return []

    return checked


def _soon(simulation: Simulation) -> list[str]:
    """An email that was notified of an hour before the purge runs."""
    starting_states.an_unprocessed(simulation)
    simulation.tick(8)
    simulation.settle()
    return violations(simulation)


def _backwards(simulation: Simulation) -> list[str]:
    """The events of SES about an email arrive in reverse order."""
    starting_states.a_case(simulation)
    actions.send(simulation)
    actions.settle_except("delivery", simulation)
    for one in reversed(simulation.pending()):
        simulation.deliver(one)
    finish(simulation)
    return violations(simulation)


def _id_of_the_process(patched: pytest.MonkeyPatch, simulation: Simulation) -> None:
    record_id = EmailIdentity.record_id

    def of_process(identity: EmailIdentity, salt: int = 0) -> str:
        if not simulation.crashes or simulation.running is None:
            return record_id(identity, salt)
        return encode(hashlib.sha256(f"{simulation.crashes} {salt} {identity.key}".encode()).digest())

    patched.setattr(EmailIdentity, "record_id", of_process)


def _record_first(patched: pytest.MonkeyPatch, simulation: Simulation) -> None:
    write, create = OutcomeWriter._write_attachments, RecordStore.create
    later: list[tuple[Any, ...]] = []

    def create_first(store: RecordStore, *what: Any) -> None:
        create(store, *what)
        while later:
            write(*later.pop())

    patched.setattr(OutcomeWriter, "_write_attachments", lambda *what: later.append(what))
    patched.setattr(RecordStore, "create", create_first)


def _marked_first(patched: pytest.MonkeyPatch, simulation: Simulation) -> None:
    notify = Notifier._notify_single

    def mark_first(notifier: Notifier, item: Any) -> None:
        notifier._mark_notified(item, "unknown")
        notify(notifier, item)

    patched.setattr(Notifier, "_notify_single", mark_first)


def _sent_first(patched: pytest.MonkeyPatch, simulation: Simulation) -> None:
    create, send = OutboundStore.create, SesClient.send
    later: list[tuple[Any, ...]] = []

    def send_first(ses: SesClient, *what: Any, **more: Any) -> str:
        message_id = send(ses, *what, **more)
        while later:
            create(*later.pop())
        return message_id

    patched.setattr(OutboundStore, "create", lambda *what: later.append(what))
    patched.setattr(SesClient, "send", send_first)


def _without_conditions(patched: pytest.MonkeyPatch, simulation: Simulation) -> None:
    update = TransactWrite.update
    patched.setattr(
        TransactWrite,
        "update",
        lambda self, model, actions, condition=None, **more: update(self, model, actions, **more),
    )


SAFEGUARDS = (
    Safeguard(
        "ids derived from the email",
        "after a crash, the next process derives other ids",
        "is the outcome of no email",
        of_use_case("intake: new case", ("PutItem", "after")),
        _id_of_the_process,
    ),
    Safeguard(
        "the conditional write that decides",
        "the record is written whatever is there",
        "has 2 outcomes",
        _two_workers,
        lambda patched, _: patched.setattr(record_store, "_put_new", lambda row: row.save()),
    ),
    Safeguard(
        "order of writes: the record comes last",
        "attachments are written after the record",
        "which is not there",
        of_use_case("intake: new case with attachments", ("PutItem", "after")),
        _record_first,
    ),
    Safeguard(
        "purge's guard: what is held",
        "the transaction that marks an email has no conditions",
        "was purged, and is held",
        _held_meanwhile,
        _without_conditions,
    ),
    Safeguard(
        "purge's guard: days from the notification",
        "an email is due for purge when it was notified of",
        "was purged at",
        _soon,
        lambda patched, _: patched.setattr(Notifier, "_purge_after", lambda self, at: at),
    ),
    Safeguard(
        "notification mark: after SES took it",
        "the mark is set before SES is asked",
        "nobody was notified of",
        of_use_case("notifying: an unprocessed email", ("SendEmail", "before")),
        _marked_first,
    ),
    Safeguard(
        "notification mark: that it is set",
        "the mark is not set",
        "waits for its notification for ever",
        of_use_case("notifying: an unprocessed email"),
        lambda patched, _: patched.setattr(NotificationStore, "mark_notified", lambda *what: None),
    ),
    Safeguard(
        "a send is reserved before SES is asked",
        "the entry and its idempotency key are written afterwards",
        "was sent 2 times",
        of_use_case("sending: an agent's email", ("SendEmail", "after")),
        _sent_first,
    ),
    Safeguard(
        "an acknowledgement is claimed before SES is asked",
        "everybody gets the claim",
        "('acknowledgement', 'M9MGQC0DNM', None) was sent",
        of_use_case("notifying: a new case, alert and acknowledgement", ("PutItem", "before")),
        lambda patched, _: patched.setattr(FollowUpStore, "claim_acknowledgement", lambda *what: True),
    ),
    Safeguard(
        "states only rise",
        "the last event wins",
        "is shown as sent",
        _backwards,
        lambda patched, _: patched.setattr(delivery_states, "_precedence", lambda row, numbers=count(): next(numbers)),  # noqa: B008 - one counter is meant
    ),
    Safeguard(
        "reconcile: originals",
        "every original counts as finished",
        "has 0 outcomes",
        of_use_case("reconcile: an original that was lost"),
        lambda patched, _: patched.setattr(
            ReconcileStore, "progress", lambda *what: OriginalProgress(OriginalState.FINISHED)
        ),
    ),
    Safeguard(
        "reconcile: originals without an outcome are looked at again",
        "a look is enough",
        "has 0 outcomes",
        _given_in_vain,
        lambda patched, _: patched.setattr(Arrivals, "check", _once(Arrivals.check)),
    ),
    Safeguard(
        "reconcile: pointers without their entries",
        "a pointer counts as finished",
        "points to no entry",
        of_use_case("reconcile: a pointer without its entry"),
        lambda patched, _: patched.setattr(
            reconcile_store, "_of_pointer", lambda row: OriginalProgress(OriginalState.FINISHED)
        ),
    ),
    Safeguard(
        "reconcile: emails that a person assigned",
        "nothing has it look at them",
        "was not followed up",
        _assigned,
        lambda patched, _: patched.setattr(ArrivalsQueue, "send", lambda *what: None),
    ),
    Safeguard(
        "records name their originals",
        "the key of the index is not written",
        "no record is found by",
        of_use_case("intake: new case"),
        lambda patched, _: patched.setattr(case_rows, "original_key", lambda *what: None),
    ),
    Safeguard(
        "reconcile: notifications",
        "it looks for none",
        "nobody was notified of",
        of_use_case("reconcile: a late notification"),
        lambda patched, _: patched.setattr(Notifier, "notify_overdue", lambda *what: 0),
    ),
    Safeguard(
        "reconcile: sends",
        "it looks for none",
        "is shown as queued",
        of_use_case("reconcile: a send that got stuck"),
        lambda patched, _: patched.setattr(OutboundStore, "unconfirmed", lambda *what: iter(())),
    ),
    Safeguard(
        "reconcile: what follows from a case",
        "every case counts as followed up",
        "was not followed up",
        of_use_case("reconcile: a case that nobody was told of"),
        lambda patched, _: patched.setattr(reconcile_store, "_followed_up", lambda row: True),
    ),
)

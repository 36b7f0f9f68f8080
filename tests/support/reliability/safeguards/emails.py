"""The safeguards against losing or doubling emails. For each: how to remove it, and a trial that fails without it.

`docs/reliability.md` shows them in a table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from email_channels.aws.arrivals_queue import ArrivalsQueue
from email_channels.aws.rows import case_rows
from email_channels.aws.ses_client import SesClient
from email_channels.aws.stores import reconcile_store, record_store
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.moving.merge_store import MergeStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.reconcile_store import OriginalProgress, ReconcileStore
from email_channels.aws.stores.record_store import RecordStore
from email_channels.cases import delivery_states
from email_channels.cases.identity import EmailIdentity
from email_channels.cases.references import encode
from email_channels.followup.arrivals import Arrivals
from email_channels.followup.notifications import Notifier
from email_channels.intake.outcome_writing import OutcomeWriter
from pynamodb.transactions import TransactWrite

from tests.support.reliability.safeguards.trials import (
    assigned_and_not_notified,
    held_meanwhile,
    lost_again,
    of_use_case,
    purge_soon,
    reversed_events,
    two_workers,
)
from tests.support.reliability.simulation import Simulation


@dataclass(frozen=True)
class Safeguard:
    """`trial` returns the violations at the end of a simulation: none, or `violation` if `take_out` ran before."""

    name: str
    taken_out: str
    violation: str
    trial: Callable[[Simulation], list[str]]
    take_out: Callable[[pytest.MonkeyPatch, Simulation], None]


def _once(check: Callable[..., list[str]]) -> Callable[..., list[str]]:
    def checked(arrivals: Arrivals, records: Any) -> list[str]:
        check(arrivals, records)
        return []

    return checked


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
        two_workers,
        lambda patched, _: patched.setattr(record_store, "_put_new", lambda row, *_: row.save()),
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
        held_meanwhile,
        _without_conditions,
    ),
    Safeguard(
        "purge's guard: days from the notification",
        "an email is due for purge when it was notified of",
        "was purged at",
        purge_soon,
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
        "('acknowledgement', 'M9MGQC0DNM', '1M84",
        of_use_case("notifying: a new case, alert and acknowledgement", ("TransactWriteItems", "before")),
        lambda patched, _: patched.setattr(FollowUpStore, "claim_acknowledgement", lambda *what, **when: True),
    ),
    Safeguard(
        "states only rise",
        "the last event wins",
        "is shown as sent",
        reversed_events,
        lambda patched, _: patched.setattr(delivery_states, "_precedence", lambda row, numbers=count(): next(numbers)),  # noqa: B008 - one counter is meant
    ),
    Safeguard(
        "reconcile: originals",
        "every original counts as finished",
        "has 0 outcomes",
        of_use_case("reconcile: an original that was lost"),
        lambda patched, _: patched.setattr(
            ReconcileStore, "progress", lambda *what: OriginalProgress(has_outcome=True)
        ),
    ),
    Safeguard(
        "reconcile: originals without an outcome are looked at again",
        "a look is enough",
        "has 0 outcomes",
        lost_again,
        lambda patched, _: patched.setattr(Arrivals, "check", _once(Arrivals.check)),
    ),
    Safeguard(
        "reconcile: pointers without their entries",
        "a pointer counts as finished",
        "points to no entry",
        of_use_case("reconcile: a pointer without its entry"),
        lambda patched, _: patched.setattr(
            ReconcileStore, "progress", lambda *what: OriginalProgress(has_outcome=True)
        ),
    ),
    Safeguard(
        "reconcile: emails that a person assigned",
        "nothing has it look at them",
        "was not followed up",
        assigned_and_not_notified,
        lambda patched, _: patched.setattr(ArrivalsQueue, "follow_up", lambda *what: None),
    ),
    Safeguard(
        "emails name their originals",
        "the key of the index does not name it",
        "no email is found by",
        of_use_case("intake: new case"),
        lambda patched, _: patched.setattr(case_rows, "_activity", lambda case: f"9#{case.case_id}#"),
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
        lambda patched, _: patched.setattr(reconcile_store, "_is_followed_up", lambda row: True),
    ),
    Safeguard(
        "merges: what a crash has left in the merged case is moved",
        "nothing moves it",
        "and still has",
        of_use_case("reconcile: a merge that got stuck"),
        lambda patched, _: patched.setattr(MergeStore, "finish", lambda *what: False),
    ),
)

"""The safeguards of what admins repair, try, erase, import and configure, as those in `emails.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from email_channels.aws.rows.table import Row
from email_channels.aws.stores import assignment_store, mailbox_store, replacement_store
from email_channels.aws.stores.audit.audit_store import AuditStore
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.aws.stores.erasure.record_erasure import RecordErasureStore
from email_channels.aws.stores.jobs.job_store import JobStore
from email_channels.followup.erasing import Erasure
from email_channels.followup.probing import Probing
from email_channels.jobs.employee_import.importing import EmployeeImport

from tests.support.reliability.safeguards.emails import Safeguard
from tests.support.reliability.safeguards.trials import (
    assigned_meanwhile,
    lost_job,
    of_use_case,
    same_end,
)
from tests.support.reliability.simulation import Simulation


def _whatever_it_is(patched: pytest.MonkeyPatch, _: Simulation) -> None:
    for store in (assignment_store, replacement_store):
        patched.setattr(store, "unchanged_unprocessed", lambda _item: Row.pk.exists())


def _written_at_once(patched: pytest.MonkeyPatch, _: Simulation) -> None:
    plan = EmployeeImport._plan

    def plan_and_write(work: EmployeeImport, rows: Sequence[Any]) -> Any:
        planned = plan(work, rows)
        work._write(planned[0])
        return planned

    patched.setattr(EmployeeImport, "_plan", plan_and_write)


def _noted_first(patched: pytest.MonkeyPatch, _: Simulation) -> None:
    tell = Probing._tell

    def note_first(probing: Probing, probes: Sequence[Any], notice: Any, noted: Any) -> bool:
        for probe in probes:
            noted(probe)
        return tell(probing, probes, notice, lambda _probe: True)

    patched.setattr(Probing, "_tell", note_first)


def _recorded_afterwards(patched: pytest.MonkeyPatch, _: Simulation) -> None:
    @contextmanager
    def two_writes(record: Any) -> Iterator[Any]:
        with audited_transaction(None) as transaction:
            yield transaction
        AuditStore.write(record)

    patched.setattr(mailbox_store, "audited_transaction", two_writes)


ADMINISTRATION = (
    Safeguard(
        "an email is decided again only as it was read",
        "a retry replaces the email whatever it is now",
        "has 2 outcomes",
        assigned_meanwhile,
        _whatever_it_is,
    ),
    Safeguard(
        "reconcile: jobs that stand still",
        "it looks for none",
        "job retry is waiting for ever",
        lost_job,
        lambda patched, _: patched.setattr(JobStore, "standing_still", lambda *_what: iter(())),
    ),
    Safeguard(
        "an import writes what the step before has counted",
        "a step writes what it has planned itself",
        "the end is not what it would be: jobs",
        same_end("jobs: employees are imported", ("TransactWriteItems", "after")),
        _written_at_once,
    ),
    Safeguard(
        "erasure: pointers before their entries",
        "pointers stay as they are",
        "points to no entry",
        of_use_case("by hand: a case is erased"),
        lambda patched, _: patched.setattr(RecordErasureStore, "bury_pointers", lambda *_what: None),
    ),
    Safeguard(
        "purge: erasures that a crash left",
        "it finishes none",
        "is being erased for ever",
        of_use_case("by hand: a case is erased", ("TransactWriteItems", "after")),
        lambda patched, _: patched.setattr(Erasure, "finish_all", lambda *_what: 0),
    ),
    Safeguard(
        "probes: admins are told before that is noted",
        "it is noted before SES is asked",
        "nobody was told that",
        of_use_case("reconcile: redirects are silent, and probed again", ("SendEmail", "before")),
        _noted_first,
    ),
    Safeguard(
        "the audit record is in the write of the change",
        "it is written afterwards",
        "the audit says that the mailbox second@acme.example is",
        of_use_case("by hand: a mailbox is deleted", ("TransactWriteItems", "after")),
        _recorded_afterwards,
    ),
)

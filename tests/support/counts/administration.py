"""What admins and schedules do, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket

from tests.support.counts.use_cases import QUIET, UseCase, a_case, arrives
from tests.support.in_process.stored_emails import record_unprocessed
from tests.support.lambda_context import lambda_context
from tests.support.originals import received
from tests.support.reliability.actions import probe_returns
from tests.support.reliability.mails import EVE, ZOE, message
from tests.support.reliability.simulation import Simulation

ROWS = 100
"""The employees of an import: as many as one step of the job compares."""

MANY = 10
"""The emails of a job."""

PURGED = 20
"""The emails of a purge."""

A_PURGE = f"a purge of {PURGED} emails"
A_PURGE_IN_TWO_RUNS = f"{A_PURGE} that runs out of time"
A_QUIET_HOUR = "an hour in which nothing happens"

PROBED = QUIET | {"PROBE_MINUTES": "60"}


def _ask(simulation: Simulation, method: str, path: str, body: object = None, **headers: str) -> Any:
    """The body of the answer to an admin. In `path`, `{name}` stands for the simulation's note of this name."""
    answer = simulation.request("admin", method, path.format_map(simulation.notes), body, headers)
    assert answer.status in {200, 201, 202, 204}, answer
    return answer.body


def _asks(method: str, path: str, body: object = None, **headers: str) -> Callable[[Simulation, int], None]:
    def act(simulation: Simulation, _: int) -> None:
        _ask(simulation, method, path, body, **headers)

    return act


def _settle(simulation: Simulation) -> None:
    """Delivers what is pending, and an hour later the second notifications of originals."""
    simulation.settle()
    simulation.tick(1)
    simulation.settle()


def _stranger_writes(simulation: Simulation, n: int) -> None:
    arrives(simulation, n, EVE)
    _settle(simulation)
    simulation.notes["unprocessed"] = simulation.get("/unprocessed")["items"][0]["id"]


def _strangers_write(simulation: Simulation, n: int) -> None:
    for email in range(MANY):
        arrives(simulation, n * MANY + email, EVE)
    _settle(simulation)


def _strangers_are_employed(simulation: Simulation, n: int) -> None:
    if n > 1:
        _ask(simulation, "DELETE", "/employees/1")
    _strangers_write(simulation, n)
    _ask(simulation, "PUT", "/employees/1", {"name": "Eve", "emails": [EVE]})


def _assigns(simulation: Simulation, _: int) -> None:
    _ask(simulation, "POST", "/unprocessed/{unprocessed}/assign", {"case_id": simulation.notes["case"]})


def _imports(*, new: bool) -> Callable[[Simulation, int], None]:
    """New employees each time, or the same ones, which are unchanged the second time."""

    def act(simulation: Simulation, n: int) -> None:
        first = n * ROWS if new else 0
        rows = (f"i{row},Jo Doe {row},jo{row}@acme.example" for row in range(first, first + ROWS))
        _ask(simulation, "POST", "/employees/imports", "\n".join(["user_id,name,email", *rows]))

    return act


def _zoe_writes(simulation: Simulation, n: int) -> None:
    """Zoe is in the directory, has a case, and has written an email that is unprocessed."""
    _ask(simulation, "PUT", "/employees/543457", {"name": "Zoe Hartmann", "emails": [ZOE], "population": "Germany"})
    arrives(simulation, n)
    simulation.arrive(message(n + 500), spam="FAIL")
    _settle(simulation)
    (case,) = simulation.get("/cases?employee=543457")["items"]
    simulation.notes["case"] = case["case_id"]


def _tries(simulation: Simulation, n: int) -> None:
    raw = received(message(n), recipient="payroll@in.example", at=simulation.now).decode()
    answer = _ask(simulation, "POST", "/try?channel=case_creation", raw, **{"content-type": "message/rfc822"})
    assert answer["outcome"] == "case", answer


def _an_hour_passes(simulation: Simulation, _: int) -> None:
    simulation.tick(1)


def emails_are_due(simulation: Simulation, n: int, count: int = PURGED) -> None:
    """So many unprocessed emails may be purged. Nothing is told of them: they were notified long ago."""
    mail, at = MailBucket(clients.s3(), simulation.aws.bucket_name), simulation.now - timedelta(days=1)
    for email in range(count):
        record_unprocessed(mail, n * count + email, notified_at=at, purge_after=at)
    simulation.storage.take_stream_records()


def purges(simulation: Simulation, _: int) -> None:
    """The daily purge."""
    simulation.schedule("purge")
    simulation.settle()
    assert not simulation.get("/unprocessed")["items"]


def _purges_in_two_runs(simulation: Simulation, n: int) -> None:
    """The first run has time for half of the emails only, the next one purges the others."""
    remaining = iter([900_000, 900_000, 0])  # at the start, before the first batch, before the second
    context = lambda_context(lambda: next(remaining))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("email_channels.aws.stores.purge_store.BATCH", PURGED // 2)
        patched.setattr("tests.support.reliability.simulation.lambda_context", lambda _: context)
        simulation.schedule("purge")
        simulation.settle()
    left = len(simulation.get("/unprocessed")["items"])
    assert left == PURGED // 2, left
    purges(simulation, n)


def _test_email_returns(simulation: Simulation, _: int) -> None:
    simulation.tick(1)
    simulation.settle()
    probe_returns(simulation)


ADMINISTRATION = (
    UseCase("an email is assigned to a case", _assigns, a_case, QUIET, _stranger_writes),
    UseCase(
        "an email is assigned to an employee",
        _asks("POST", "/unprocessed/{unprocessed}/assign", {"user_id": "543457"}),
        environment=QUIET,
        prepare=_stranger_writes,
    ),
    UseCase(
        "an email is discarded",
        _asks("DELETE", "/unprocessed/{unprocessed}"),
        environment=QUIET,
        prepare=_stranger_writes,
    ),
    UseCase(
        f"a job that discards {MANY} emails",
        _asks("POST", "/unprocessed/discard", {"reason": "sender_not_found"}),
        environment=QUIET,
        prepare=_strangers_write,
    ),
    UseCase(
        f"a job that makes {MANY} cases of emails",
        _asks("POST", "/unprocessed/retry", {"reason": "sender_not_found"}),
        environment=QUIET,
        prepare=_strangers_are_employed,
    ),
    UseCase(f"an import of {ROWS} new employees", _imports(new=True), environment=QUIET),
    UseCase(f"an import of {ROWS} unchanged employees", _imports(new=False), environment=QUIET),
    UseCase(
        "a case is erased",
        _asks("DELETE", "/cases/{case}", **{"if-match": "*"}),
        environment=QUIET,
        prepare=_zoe_writes,
    ),
    UseCase(
        "a job that erases a person",
        _asks("POST", "/employees/543457/erasure", {"cases": "erase"}),
        environment=QUIET,
        prepare=_zoe_writes,
    ),
    UseCase("an email is tried", _tries, environment=QUIET),
    UseCase(
        f"a job that tries the last {MANY} emails of a mailbox",
        _asks("POST", "/try/jobs", {"mailbox": "payroll@acme.example", "last": MANY}),
        environment=QUIET,
        prepare=_strangers_write,
    ),
    UseCase(A_PURGE, purges, environment=QUIET, prepare=emails_are_due),
    UseCase(A_PURGE_IN_TWO_RUNS, _purges_in_two_runs, environment=QUIET, prepare=emails_are_due),
    UseCase(A_QUIET_HOUR, _an_hour_passes, environment=QUIET),
    UseCase("a test email through the redirect of a mailbox", _test_email_returns, environment=PROBED),
)
"""The cost of a job has a part for each email or row, and a part for the job itself.

The erasure of a person reads all emails ever kept, so its cost differs between the settings.
"""

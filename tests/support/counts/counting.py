"""Counts each use case in each setting, and compares with the numbers that are written down."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.client import BaseClient
from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.search_rows import case_words_row, made_at
from email_channels.aws.stores.searching.word_batches import write_words
from email_channels.cases.case import EmployeeSnapshot
from email_channels.cases.search.case_words import OF_CASE, CaseWords
from email_channels.times import to_text

from tests.support.counts.administration import ADMINISTRATION
from tests.support.counts.meter import Counts, counted
from tests.support.counts.use_cases import AGENT, USE_CASES, UseCase
from tests.support.in_process.aws_calls import Call, intercept
from tests.support.in_process.stored_emails import record_case
from tests.support.reliability.api_requests import USERS
from tests.support.reliability.deliveries import ARRIVALS_DELAY
from tests.support.reliability.mails import MARCUS, ZOE
from tests.support.reliability.simulation import START, Simulation, open_simulation

COUNTED: Final = (*USE_CASES, *ADMINISTRATION)

WRITTEN_DOWN: Final = Path(__file__).with_name("expected.json")


@dataclass(frozen=True)
class Setting:
    """How many cases are there before, and among how many service groups, which the agent sees all."""

    cases: int
    groups: int

    def __str__(self) -> str:
        return f"{self.cases} cases, {self.groups} {'group' if self.groups == 1 else 'groups'}"


SETTINGS: Final = (*(Setting(0, groups) for groups in (1, 10, 11, 21)), Setting(1000, 1), Setting(1000, 21))

Items = dict[Any, dict[Any, Any]]
"""Items by partition and sort key, as moto holds them."""

Numbers = dict[str, dict[str, Any]]
"""For each use case: for each setting the numbers, or for `all` if they are the same in all."""


def count_at(setting: Setting, use_cases: Sequence[UseCase]) -> dict[str, Counts]:
    """What was counted of each use case in one setting. Between the smallest and the largest setting, only what reads
    several cases is counted: the two ends show whether cases or groups matter for the others."""
    ends = (SETTINGS[0], SETTINGS[-1])
    of_setting = [one for one in use_cases if setting in ends or one.reads_several]
    return {use_case.name: count(use_case, simulation) for use_case, simulation in prepared(setting, of_setting)}


def join(found: Mapping[str, Mapping[str, Counts]]) -> Numbers:
    """The numbers of all settings, sorted by use case. `found` has what `count_at` returned, by setting."""
    numbers: Numbers = {}
    for name in next(iter(found.values())):
        by_setting = {at: counts[name].to_json() for at, counts in found.items() if name in counts}
        first, *others = by_setting.values()
        numbers[name] = {"all": first} if all(other == first for other in others) else by_setting
    return numbers


def read_expected() -> Numbers:
    """The numbers that are written down."""
    numbers: Numbers = json.loads(WRITTEN_DOWN.read_text("utf-8")) if WRITTEN_DOWN.exists() else {}
    return numbers


def write_expected(numbers: Numbers) -> None:
    """Writes the numbers down."""
    WRITTEN_DOWN.write_text(json.dumps(numbers, indent=2) + "\n", "utf-8")


def prepared(
    setting: Setting,
    use_cases: Sequence[UseCase],
    more: Callable[[Simulation, Items], Items] = lambda _, cases: cases,
) -> Iterator[tuple[UseCase, Simulation]]:
    """Each use case with a simulation in which it can be counted. The simulation is the same each time, restored.

    `more` gets the simulation and the items of the cases that are there before, as moto holds them, and returns those
    that should be.
    """
    with open_simulation(PROCESSED_RETENTION_DAYS="0") as simulation, pytest.MonkeyPatch.context() as patched:
        groups = ["default", *(f"group{n}" for n in range(1, setting.groups))]
        # What processes keep is kept, however slow this machine is.
        patched.setattr("email_channels.aws.stores.routing_store.CACHE_SECONDS", 3600)
        # Nor does a job make more steps of its work.
        for kind in ("retrying", "trying"):
            patched.setattr(f"email_channels.jobs.{kind}.STEP_SECONDS", 3600.0)
        patched.setitem(USERS, AGENT, ("agent", *(f"group.{group}" for group in groups)))
        _configure(simulation, groups)
        clean = simulation.save()
        cases = more(simulation, _record_cases(simulation, setting.cases, groups))
        for use_case in use_cases:
            with pytest.MonkeyPatch.context() as of_use_case:
                for name, value in use_case.environment.items():
                    of_use_case.setenv(name, value)
                simulation.restore(clean)
                # No use case changes these items, so they need no copies, which would take seconds.
                simulation.storage.table_items().update({key: dict(items) for key, items in cases.items()})
                yield use_case, simulation


def count(use_case: UseCase, simulation: Simulation) -> Counts:
    """Does it twice. The second time is counted: by then, the processes have read what they keep, such as keys."""
    use_case.setup(simulation)
    _finish(simulation)
    use_case.prepare(simulation, 1)
    use_case.act(simulation, 1)
    _finish(simulation)
    use_case.prepare(simulation, 2)
    with counted(simulation) as counts:
        use_case.act(simulation, 2)
        _finish(simulation)
    assert not simulation.dead, f"{use_case.name}: {[one.function for one in simulation.dead]} failed"
    return counts


def _finish(simulation: Simulation) -> None:
    """Delivers what is pending, then the second notifications of originals. What schedules start does not belong to one
    email, and is left out."""
    simulation.settle()
    simulation.tick((ARRIVALS_DELAY + timedelta(minutes=1)) / timedelta(hours=1))
    for one in simulation.pending():
        if one.arrival:
            simulation.deliver(one)
    simulation.lose("reconcile")
    simulation.lose("purge")
    simulation.settle()


def _configure(simulation: Simulation, groups: Sequence[str]) -> None:
    _put(simulation, "/employees/543457", name="Zoe Hartmann", emails=[ZOE], population="Germany")
    _put(simulation, "/employees/874112", name="Marcus Webb", emails=[MARCUS], population="UK")
    for group in groups[1:]:
        _put(simulation, f"/service-groups/{group}", name=group.capitalize(), address=f"{group}@acme.example")


def _record_cases(simulation: Simulation, count: int, groups: Sequence[str]) -> Items:
    """Stores cases of other employees, evenly among the groups, a minute apart. Returns them as moto holds them."""
    before = set(simulation.storage.table_items())
    at = START

    def make(_: BaseClient, name: str, parameters: Any, call: Call) -> Any:
        """Stores items without moto's requests and responses, which take most of the time."""
        match name:
            case "PutItem":
                items = [parameters["Item"]]
            case "TransactWriteItems":
                items = [member["Put"]["Item"] for member in parameters["TransactItems"]]
            case "BatchWriteItem":
                (requests,) = parameters["RequestItems"].values()
                items = [request["PutRequest"]["Item"] for request in requests]
            case "HeadObject":
                return {"LastModified": at}
            case _:
                return call()
        for item in items:
            simulation.storage.put_item(item)
        return {}

    with pytest.MonkeyPatch.context() as patched:
        intercept(patched, make)
        for n in range(count):
            at = START - timedelta(minutes=count - n)
            case = record_case(
                MailBucket(clients.s3(), simulation.aws.bucket_name),
                1000 + n,
                employee=EmployeeSnapshot(f"{n % 100:06}", "Jo Doe", "jo@elsewhere.example"),
                service_group=groups[n % len(groups)],
                created_at=at,
                updated_at=at,
                subject="Payslip",
            )
            words, made = CaseWords({OF_CASE: ("payslip", "jo@elsewhere.example")}), made_at(to_text(at))
            case_words_row(case.case_id, made, words, 0).save()
            write_words([keys.case_word(word, made, case.case_id) for word in words.all])
    cases = {key: items for key, items in simulation.storage.table_items().items() if key not in before}
    assert len(cases) == count + (2 if count else 0)  # and the partitions of their words
    return cases


def _put(simulation: Simulation, path: str, **body: Any) -> None:
    answer = simulation.request("admin", "PUT", path, body)
    assert answer.status in {200, 201}, answer

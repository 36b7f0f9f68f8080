"""Runs a use case, kills its process at calls to AWS, delivers again as AWS would, and checks the result."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.client import BaseClient

from tests.support.in_process.aws_calls import Call, Killed, intercept
from tests.support.reliability.invariants import End, look
from tests.support.reliability.simulation import Simulation
from tests.support.reliability.use_cases import UseCase

PAIRS_IN_TESTS = 3
"""How many pairs of crashes tests try of each vital use case. `make crash-report` tries all."""

_READS = ("Get", "BatchGet", "Query", "Scan", "List", "Head", "Describe")
"""How the names of calls begin that change nothing."""

Kill = tuple[int, str]
"""The number of a call of the function, from 0, and `before` or `after` it. A second one is counted from the first."""


@dataclass
class Killer:
    """Counts the calls of one function, and kills its process at the calls that `plan` names."""

    plan: list[Kill] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    def call(self, name: str) -> int:
        """Notes that a call begins; returns its number."""
        self.made.append(name)
        return len(self.made) - 1

    def due(self, number: int, moment: str) -> bool:
        """Whether the process must be killed now. If so, calls are counted from here for the next kill of the plan."""
        if not self.plan or self.plan[0] != (number, moment):
            return False
        self.plan.pop(0)
        self.made.clear()
        return True


@dataclass(frozen=True)
class Verdict:
    """The result of a use case: how many calls it makes, how many crashes and pairs were tried, and what went wrong."""

    name: str
    calls: int
    crashes: int
    pairs: int
    wrong: tuple[str, ...]


class Trial:
    """One use case, set up once in a simulation. The reference is its result when nothing crashes."""

    def __init__(self, simulation: Simulation, use_case: UseCase) -> None:
        self._simulation = simulation
        self._use_case = use_case
        self._saved = simulation.save()
        self.reference: End | None = None
        self.calls, self.reference, wrong = self._run([])
        assert not wrong, f"{use_case.name} without any crash: {wrong}"
        assert self.calls, f"{use_case.name} makes no call in {use_case.function}"

    def singles(self) -> Iterator[tuple[Kill, ...]]:
        """One crash before each call, and one after each call."""
        for number in range(len(self.calls)):
            yield ((number, "before"),)
            yield ((number, "after"),)

    def places(self) -> Iterator[tuple[Kill, ...]]:
        """Only crashes whose effects differ, which takes a quarter of the time of `singles`.

        Only calls that change something make a difference: what a process knows is lost with it. So a kill before a
        call, or after a read, equals a kill after the last change before it.
        """
        for place in _places(self.calls):
            yield (place,)

    def pairs(self, most: int | None = None, seed: int = 0) -> Iterator[tuple[Kill, ...]]:
        """All pairs of `places`, or at most `most` of them, drawn by `seed`."""
        firsts = _places(self.calls)
        draw = random.Random(seed)
        if most is not None and most < len(firsts):
            firsts = draw.sample(firsts, most)
        found = []
        for first in firsts:
            rest = self._calls_after(first)
            seconds = _places(rest) if rest else []
            # One of each, as the calls after each first crash have to be found by another run.
            found += [
                (first, second) for second in (seconds if most is None else draw.sample(seconds, min(1, len(seconds))))
            ]
        yield from found

    def wrong_after(self, kills: Sequence[Kill]) -> list[str]:
        """What is wrong at the end."""
        _, _, wrong = self._run(kills)
        where = ", then ".join(f"{moment} call {number}" for number, moment in kills)
        return [f"{self._use_case.name}, killed {where}: {one}" for one in wrong]

    def _calls_after(self, kill: Kill) -> list[str]:
        calls, _, _ = self._run([kill], judged=False)
        return calls

    def _run(self, kills: Sequence[Kill], *, judged: bool = True) -> tuple[list[str], End | None, list[str]]:
        """The calls since the last crash, the end state of the simulation, and what is wrong with it."""
        simulation, use_case = self._simulation, self._use_case
        simulation.restore(self._saved)
        killer = Killer(list(kills))
        with watched(simulation, use_case, killer):
            use_case.act(simulation)
            simulation.settle()
            simulation.tick(1)
            simulation.settle()
        if not judged:
            return killer.made, None, []
        wrong, end = self._judge()
        if wrong:  # what is checked once a day may take a day to be repaired
            simulation.tick(25)
            simulation.settle()
            wrong, end = self._judge()
        if killer.plan:
            wrong.append(f"was never killed at {killer.plan}, after {killer.made}")
        if simulation.crashes != len(kills):
            wrong.append(f"{simulation.crashes} processes were killed, not {len(kills)}")
        return killer.made, end, wrong

    def _judge(self) -> tuple[list[str], End]:
        wrong, end = look(self._simulation)
        if not wrong and self.reference is not None and (difference := end.difference(self.reference)):
            wrong = [f"the end is not what it would be: {difference}"]
        return wrong, end


def _places(calls: Sequence[str]) -> list[Kill]:
    changes = (number for number, name in enumerate(calls) if not name.startswith(_READS))
    return [(0, "before"), *((number, "after") for number in changes)]


def finish(simulation: Simulation) -> None:
    """Delivers until nothing is pending, then lets an hour and a day pass: schedules run, and arrivals come."""
    simulation.settle()
    simulation.tick(1)
    simulation.settle()
    simulation.tick(25)
    simulation.settle()


@contextmanager
def prepared(use_case: UseCase, simulation: Simulation) -> Iterator[None]:
    """Prepares a clean simulation for the use case: its environment, its setup, and what is broken."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in use_case.environment.items():
            patched.setenv(name, value)
        simulation.forget()
        use_case.setup(simulation)
        simulation.settle()
        assert not simulation.dead, f"{use_case.name}: {[one.function for one in simulation.dead]} failed in its setup"
        for broken, instead in use_case.broken.items():
            patched.setattr(broken, instead)
        yield


def judge(use_case: UseCase, simulation: Simulation, *, pairs: int | None = None, both: bool = True) -> Verdict:
    """Tries a crash before and after each call, and pairs of crashes. Leaves the simulation as it was.

    `both` false: what is the same is tried once (`Trial.places`).
    """
    clean = simulation.save()
    with prepared(use_case, simulation):
        trial = Trial(simulation, use_case)
        singles = list(trial.singles() if both else trial.places())
        doubles = list(trial.pairs(pairs)) if pairs != 0 else []
        wrong = [one for kills in (*singles, *doubles) for one in trial.wrong_after(kills)]
        simulation.restore(clean)
        return Verdict(use_case.name, len(trial.calls), len(singles), len(doubles), tuple(wrong))


@contextmanager
def watched(simulation: Simulation, use_case: UseCase, killer: Killer) -> Iterator[None]:
    """Within the block, all calls of the use case's function go through the killer."""

    def make(_: BaseClient, name: str, __: Any, call: Call) -> Any:
        if simulation.running != use_case.function:
            return call()
        number = killer.call(name)
        if killer.due(number, "before"):
            raise Killed
        try:
            return call()
        finally:  # a refusal, such as a failed condition, is an answer, too
            if killer.due(number, "after"):
                raise Killed

    with pytest.MonkeyPatch.context() as patched:
        intercept(patched, make)
        yield

"""Runs with events that are doubled, delayed, reordered and concurrent. A seed decides all of it, so that a failing run
can be repeated.

A run begins some scenarios (`scenarios.py`). The deliveries that follow arrive in any order, up to five times, at
several workers at once. The invariants must hold at the end. If only events were disturbed, the end state must also
equal that of the run without disorder.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.support.reliability.actions import MONTH
from tests.support.reliability.crashes import finish
from tests.support.reliability.deliveries import GIVE_UP_AT, Delivery
from tests.support.reliability.index_lag import LINKED_BY_INDEX, lagging_reads
from tests.support.reliability.invariants import end_of, violations
from tests.support.reliability.scenarios import SCENARIOS, Scenario, prepare
from tests.support.reliability.simulation import Simulation
from tests.support.reliability.threads import Worker, workers_stop_at_calls

MOST_WORKERS = 4
MOST_COPIES = 4
# Probabilities that a delivery is repeated, or repeated at once; that it fails, or is the last; that time passes.
COPIED, AT_ONCE, FAILS, LAST_TRY, RECONCILED = 0.4, 0.5, 0.1, 0.2, 0.3
# The weight of a new worker against the speeds of the running ones. A slow worker waits while others do much.
BEGINS, SPEEDS = 0.4, (1.0, 1.0, 0.02)
# How many writes reads that are not consistent are behind what is stored.
LAGS = (0, 0, 1, 10)
_STEPS = 20_000


@dataclass(frozen=True)
class Run:
    """The result of a seed: what was done, which worker ran when, and what is wrong."""

    seed: int
    scenarios: tuple[str, ...]
    schedule: tuple[str, ...]
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(
            [
                f"SEED={self.seed}: {', '.join(self.scenarios)}",
                *self.wrong,
                "schedule:",
                *(f"  {s}" for s in self.schedule),
            ]
        )


class Disorder:
    """Makes runs, each from its seed, in a simulation that is prepared once."""

    def __init__(self, simulation: Simulation) -> None:
        prepare(simulation)
        self._simulation = simulation
        self._saved = simulation.save()

    def run(self, seed: int, among: Sequence[Scenario] = SCENARIOS) -> Run:
        """Makes the run of this seed, with some of these scenarios."""
        draw = random.Random(seed)
        lag = draw.choice(LAGS)
        if lag:
            among = [one for one in among if one.name not in LINKED_BY_INDEX]
        scenarios = draw.sample(among, draw.randint(1, min(4, len(among))))
        self._simulation.restore(self._saved)
        scheduler = _Scheduler(self._simulation, draw)
        if lag:
            scheduler.schedule.append(f"reads are {lag} writes behind")
        # The lag is inside the stops: only the query itself sees the former items, not the other workers.
        with lagging_reads(self._simulation, lag), workers_stop_at_calls():
            _do(self._simulation, scenarios, scheduler)
        finish(self._simulation)
        wrong = violations(self._simulation) + [f"the API answered {one}" for one in scheduler.failures]
        if not wrong and not scheduler.gave_up and all(scenario.request is None for scenario in scenarios):
            end = end_of(self._simulation)
            self._simulation.restore(self._saved)
            for scenario in scenarios:
                scenario.begin(self._simulation)
            finish(self._simulation)
            if difference := end.difference(end_of(self._simulation)):
                wrong.append(f"the end is not that of the orderly run: {difference}")
        return Run(seed, tuple(scenario.name for scenario in scenarios), tuple(scheduler.schedule), tuple(wrong))


def _do(simulation: Simulation, scenarios: list[Scenario], scheduler: _Scheduler) -> None:
    for scenario in scenarios:
        scenario.begin(simulation)
    requests = [scenario.request for scenario in scenarios if scenario.request is not None and not scenario.late]
    scheduler.go_on([one for make in requests for one in make(simulation)])
    late = [scenario.request for scenario in scenarios if scenario.request is not None and scenario.late]
    if late or scheduler.draw.random() < RECONCILED:
        simulation.tick(MONTH if late else 1)
        scheduler.go_on([one for make in late for one in make(simulation)])


@dataclass
class _Scheduler:
    """Starts workers on pending deliveries, and chooses the worker that continues."""

    simulation: Simulation
    draw: random.Random
    schedule: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    gave_up: bool = False
    """Whether an email may have been taken in as one that keeps failing."""
    _workers: list[Worker] = field(default_factory=list)
    _in_hand: list[Delivery] = field(default_factory=list)
    _copies: Counter[int] = field(default_factory=Counter)
    _waiting: list[Delivery] = field(default_factory=list)

    def go_on(self, requests: list[Callable[[], str | None]]) -> None:
        """Runs until all requests are answered and nothing is pending."""
        requests = list(requests)
        try:
            for _ in range(_STEPS):
                ready = self._ready()
                choices: list[Worker | None] = [*self._workers]
                if (ready or requests) and len(choices) < MOST_WORKERS:
                    choices.append(None)
                if choices:
                    speeds = [BEGINS if one is None else one.speed for one in choices]
                    worker = self.draw.choices(choices, speeds)[0]
                    if worker is None:
                        self._start(ready, requests)
                    else:
                        self._step(worker)
                elif self._waiting:
                    self._waiting.clear()
                else:
                    return
            raise AssertionError("never quiet")
        finally:
            for worker in self._workers:
                while not worker.done:
                    worker.step()

    def _ready(self) -> list[Delivery]:
        """The deliveries that may start. A failed one waits until all workers end, because AWS waits for minutes."""
        busy = {id(one) for one in (*self._in_hand, *self._waiting)}
        everything = self.simulation.in_any_order()
        return [one for one in everything if id(one) not in busy]

    def _start(self, ready: list[Delivery], requests: list[Callable[[], str | None]]) -> None:
        at = self.draw.randrange(len(ready) + len(requests))
        if at >= len(ready):
            request = requests.pop(at - len(ready))
            self._begin("request", lambda: self._answer(request))
            return
        one = ready[at]
        if self._copies[one.number] < MOST_COPIES and self.draw.random() < COPIED:
            self._copies[one.number] += 1
            self.simulation.repeat(one)
            if self.draw.random() < AT_ONCE:
                self._hand_over(self.simulation.in_any_order()[-1])
        self._hand_over(one)

    def _hand_over(self, one: Delivery) -> None:
        self._in_hand.append(one)
        if one.function == "inbound" and self.draw.random() < LAST_TRY:
            one.tries = GIVE_UP_AT - 1  # as if an earlier attempt had failed
        fails_at = self.draw.randrange(12) if self.draw.random() < FAILS else None
        if fails_at is not None and one.function == "inbound" and one.tries == GIVE_UP_AT - 1:
            self.gave_up = True
        self._begin(f"{one.function} {one.number}", lambda: self._deliver(one), fails_at)

    def _begin(self, what: str, work: Callable[[], object], fails_at: int | None = None) -> None:
        name = f"{what}, worker {len(self.schedule)}"
        self._workers.append(Worker(name, work, fails_at, self.draw.choice(SPEEDS)))
        self.schedule.append(f"{self._workers[-1].name} begins" + (f", fails at {fails_at}" if fails_at else ""))

    def _deliver(self, one: Delivery) -> None:
        self.simulation.deliver(one)
        self._in_hand.remove(one)
        self._waiting.append(one)

    def _answer(self, request: Callable[[], str | None]) -> None:
        if (failure := request()) is not None:
            self.failures.append(failure)

    def _step(self, worker: Worker) -> None:
        worker.step()
        self.schedule.append(f"{worker.name} {worker.at}")
        if worker.done:
            self._workers.remove(worker)

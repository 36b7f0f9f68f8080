"""Indexes lag behind the items, and schedules run twice: nobody is told twice, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.reliability.crashes import finish, prepared
from tests.support.reliability.index_lag import LINKED_BY_INDEX, lagging_indexes
from tests.support.reliability.invariants import violations
from tests.support.reliability.simulation import Simulation, open_simulation
from tests.support.reliability.use_cases import USE_CASES, UseCase

OF_EVENTS = {"inbound", "notify", "delivery", "purge", "reconcile"}
TRIED = [one for one in USE_CASES if one.function in OF_EVENTS and one.name not in LINKED_BY_INDEX]


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Simulation, bytes]]:
    with open_simulation() as simulation:
        yield simulation, simulation.save()


@pytest.fixture
def simulation(made: tuple[Simulation, bytes]) -> Simulation:
    made[0].restore(made[1])
    return made[0]


@pytest.mark.parametrize("use_case", TRIED, ids=lambda one: one.name)
def test_lag(simulation: Simulation, use_case: UseCase) -> None:
    with prepared(use_case, simulation):
        saved = simulation.save()
        use_case.act(simulation)
        finish(simulation)
        expected = _sent(simulation)
        for writes in (1, 100):
            simulation.restore(saved)
            with lagging_indexes(simulation, writes):
                _twice(simulation, use_case)
                finish(simulation)
            assert violations(simulation) == []
            assert _sent(simulation) == expected, f"{writes} writes behind"


def _twice(simulation: Simulation, use_case: UseCase) -> None:
    """The schedules run twice at the same moment. For the second run, the index still names what the first has done."""
    use_case.act(simulation)
    for one in simulation.pending():
        if one.function in {"reconcile", "purge"}:
            simulation.repeat(one)


def _sent(simulation: Simulation) -> Counter[tuple[str, ...]]:
    """How often each email was sent to whom."""
    return Counter((*sorted(one.tags.values()), *one.to) for one in simulation.sent)

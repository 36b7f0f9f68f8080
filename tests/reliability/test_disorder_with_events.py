"""Disorder with an event bus: the stream has two readers.

Only one simulation can be open in a process, so this has a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.reliability.disorder import Disorder
from tests.support.reliability.scenarios import REPAIRS, SCENARIOS
from tests.support.reliability.simulation import open_simulation

SEEDS = range(12)


@pytest.fixture(scope="module")
def telling() -> Iterator[Disorder]:
    with open_simulation(EVENT_BUS_NAME="default") as simulation:
        yield Disorder(simulation)


@pytest.mark.parametrize("seed", SEEDS)
def test_disordered_run_with_events(telling: Disorder, seed: int) -> None:
    """Whatever happens was published, in a form that the schemas allow, and each id stands for one event."""
    run = telling.run(seed, (*SCENARIOS, *REPAIRS))
    assert not run.wrong, str(run)

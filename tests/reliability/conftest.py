"""One simulation for all tests of a file: restoring it is much faster than making a new one."""

from collections.abc import Iterator

import pytest

from tests.support.reliability.simulation import Simulation, open_simulation


@pytest.fixture(scope="module")
def shared_simulation() -> Iterator[Simulation]:
    with open_simulation() as made:
        yield made


@pytest.fixture
def simulation(shared_simulation: Simulation) -> Iterator[Simulation]:
    """A simulation in which nothing has happened yet."""
    empty = shared_simulation.save()
    yield shared_simulation
    shared_simulation.restore(empty)

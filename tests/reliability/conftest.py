"""One world for all tests of a file: putting it back is much quicker than making it."""

from collections.abc import Iterator

import pytest

from tests.support.reliability.world import World, open_world


@pytest.fixture(scope="module")
def shared_world() -> Iterator[World]:
    with open_world() as made:
        yield made


@pytest.fixture
def world(shared_world: World) -> Iterator[World]:
    """A world in which nothing has happened yet."""
    empty = shared_world.save()
    yield shared_world
    shared_world.restore(empty)

"""Each safeguard is needed: without it, a crash or an unlucky order loses or doubles something, and a check says so."""

import pytest

from tests.support.reliability.safeguards import SAFEGUARDS, Safeguard
from tests.support.reliability.world import World


@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=lambda one: one.name)
def test_without_it_something_is_lost_or_doubled(
    world: World, monkeypatch: pytest.MonkeyPatch, safeguard: Safeguard
) -> None:
    empty = world.save()
    assert safeguard.trial(world) == []
    world.restore(empty)
    with monkeypatch.context() as patched:
        safeguard.take_out(patched, world)
        wrong = safeguard.trial(world)
    assert any(safeguard.violation in one for one in wrong), f"only {wrong}"

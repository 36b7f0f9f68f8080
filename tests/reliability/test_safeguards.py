"""Each safeguard is needed: without it, a crash or an unlucky order loses or doubles an email."""

import pytest

from tests.support.reliability.safeguards.administration import ADMINISTRATION
from tests.support.reliability.safeguards.emails import SAFEGUARDS, Safeguard
from tests.support.reliability.simulation import Simulation


@pytest.mark.parametrize("safeguard", [*SAFEGUARDS, *ADMINISTRATION], ids=lambda one: one.name)
def test_without_safeguard(simulation: Simulation, monkeypatch: pytest.MonkeyPatch, safeguard: Safeguard) -> None:
    empty = simulation.save()
    assert safeguard.trial(simulation) == []
    simulation.restore(empty)
    with monkeypatch.context() as patched:
        safeguard.take_out(patched, simulation)
        wrong = safeguard.trial(simulation)
    assert any(safeguard.violation in one for one in wrong), f"only {wrong}"

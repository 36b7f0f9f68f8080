"""Every use case but intake has the same outcome when it is killed at any call to AWS."""

import pytest

from tests.support.reliability.crashes import PAIRS_IN_TESTS, judge
from tests.support.reliability.simulation import Simulation
from tests.support.reliability.use_cases import INTAKE, USE_CASES, UseCase

# A person's erasure makes some hundred calls, each of which is the last one once.
pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("use_case", [one for one in USE_CASES if one not in INTAKE], ids=lambda one: one.name)
def test_killed_at_every_call(simulation: Simulation, use_case: UseCase) -> None:
    verdict = judge(use_case, simulation, pairs=PAIRS_IN_TESTS if use_case.vital else 0, both=False)
    assert not verdict.wrong, "\n".join(verdict.wrong)
    assert 0 < verdict.crashes <= verdict.calls + 1

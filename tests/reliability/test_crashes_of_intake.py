"""Intake has the same outcome when it is killed at any call to AWS, for each kind of email."""

import pytest

from tests.support.reliability.crashes import PAIRS_IN_TESTS, judge
from tests.support.reliability.simulation import Simulation
from tests.support.reliability.use_cases import INTAKE, UseCase


@pytest.mark.parametrize("use_case", INTAKE, ids=lambda one: one.name)
def test_killed_at_every_call(simulation: Simulation, use_case: UseCase) -> None:
    verdict = judge(use_case, simulation, pairs=PAIRS_IN_TESTS if use_case.vital else 0, both=False)
    assert not verdict.wrong, "\n".join(verdict.wrong)
    assert 0 < verdict.crashes <= verdict.calls + 1

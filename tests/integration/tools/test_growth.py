"""What a use case costs in one setting (`bench.growth`)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bench import growth
from tests.support.counts.counting import Setting

CASE = "a new case"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "_PROCESSES", 2)
    monkeypatch.setattr(growth, "_WARM_UP", 1)
    monkeypatch.setattr(growth, "_TIMES", 10)


def test_measures_in_several_processes() -> None:
    once = growth.measure(growth.LEAST, [CASE], 100)[CASE]
    assert (len(once.cpu), len(once.ratios)) == (20, 20)
    assert once.computed > 10_000
    assert min(once.cpu) > 0


def test_cases_that_are_there_need_no_more() -> None:
    """The copies of cases are there, and a setting between the ends is measured in one process."""
    alone, among_many = (growth.measure(Setting(cases, 1), [CASE], 10)[CASE] for cases in (0, 30))
    assert (among_many.calls, among_many.units, len(among_many.cpu)) == (alone.calls, alone.units, 10)
    assert among_many.computed == pytest.approx(alone.computed, rel=0.01)


def test_nothing_else_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of a sender stops all cases but twenty in an hour."""
    monkeypatch.setattr(growth, "_BETWEEN", timedelta(seconds=1))
    with pytest.raises(RuntimeError, match=r"a new case: some were not measured, but \['rate_limited'\]"):
        growth.measure(growth.LEAST, [CASE], 100)

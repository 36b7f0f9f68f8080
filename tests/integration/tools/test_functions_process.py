"""The process in which the bench runs the functions (`bench.functions_process`)."""

from __future__ import annotations

from contextlib import closing

import pytest

from bench.functions_process import FunctionsProcess, Spent
from tests.support.reliability.simulation import open_simulation


def test_runs_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The functions run there, on the AWS of this process. Counted again, the same work is the same number, but for
    answers that come in more pieces: so the least of several times counts."""
    with open_simulation() as simulation, closing(FunctionsProcess(simulation)) as functions:
        monkeypatch.setattr("tests.support.reliability.simulation.handler", functions.handler)
        functions.forget()
        simulation.arrive("From: a@elsewhere.example\nSubject: Hello\n\nHello.\n")
        simulation.settle()
        assert [one["reason"] for one in simulation.get("/unprocessed")["items"]] == ["sender_not_found"]
        assert functions.spent.seconds > 0
        assert functions.floor() > 0
        counted = []
        for _ in range(10):
            functions.counting, functions.spent = True, Spent()
            simulation.get("/unprocessed")
            counted.append(functions.spent.calls)
        assert min(counted[:5]) == min(counted[5:]) > 1000


def test_a_failure_is_raised_here() -> None:
    with open_simulation() as simulation, closing(FunctionsProcess(simulation)) as functions:
        with pytest.raises(RuntimeError, match="unheard_of: ModuleNotFoundError"):
            functions.handler("unheard_of")({}, None)
        assert functions.floor() > 0

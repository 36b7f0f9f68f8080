"""The figures of the bench: their table, and those that are known without measuring."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.dynamodb.models.dynamo_type import DynamoType, Item

from bench import __main__ as command
from bench import cold_starts, deployed, growth, housekeeping, large, open_pages
from bench.counted import figures
from bench.deadline import Deadline
from bench.figures import Figure, table
from bench.growth import multiply
from bench.page import PAGE, RESULTS, merged, up_to_date, written
from bench.running import LATENCY, WHOLE_WAIT, cpu_milliseconds
from bench.worker_times import cpu_seconds, started_at
from tests.support.counts.administration import A_QUIET_HOUR
from tests.support.counts.counting import SETTINGS, read_expected
from tools.check_build import ROOT

MET = Figure("inbound", "CPU of inbound for an email", 12.345, "ms")
MISSED = Figure("cold starts", "CPU of inbound against its clients", 1.5, "times", 1.35, 210.0, "ms", "It is slow.")


def test_table() -> None:
    """Each figure has a line with its target and its floor; one that misses its target says so."""
    _, _, first, second, _, _, why = table([MET, MISSED]).splitlines()
    assert first.split() == ["inbound", "CPU", "of", "inbound", "for", "an", "email", "12.35", "ms"]
    assert second.split()[-6:] == ["1.5", "times", "1.35", "210", "ms", "missed"]
    assert why == "CPU of inbound against its clients: It is slow."


def test_json() -> None:
    assert MISSED.to_json() == {
        "part": "cold starts",
        "name": "CPU of inbound against its clients",
        "value": 1.5,
        "unit": "times",
        "wanted": 1.35,
        "floor": 210.0,
        "floor_unit": "ms",
        "why": "It is slow.",
        "met": False,
    }


def test_counts() -> None:
    """The counts come from the numbers that the tests check. Nothing grows with cases or groups."""
    found = {figure.name: figure for figure in figures()}
    assert found["worst growth with 1,000 cases or 21 groups"].met
    assert found["calls: read a case"].value == 1
    assert [name for name, figure in found.items() if not figure.met and not figure.why] == []
    for kind in ("calls of inbound: ", "calls: read", "calls: search"):
        assert all(figure.met for name, figure in found.items() if name.startswith(kind)), kind


def test_housekeeping() -> None:
    """What schedules do has rows of its own, and none grows with what is kept. A purge resumes after a timeout."""
    found = {figure.name: figure for figure in figures() if figure.name.startswith(housekeeping.PREFIX)}
    growing = [figure for name, figure in found.items() if "growth of" in name]
    assert [(figure.value, figure.wanted) for figure in growing] == [(0, 0)] * 4
    assert all(figure.met for figure in found.values())
    assert found["housekeeping: calls of a quiet hour"].value == 4
    expected = read_expected()
    (few,) = expected[A_QUIET_HOUR].values()
    expected[A_QUIET_HOUR] = {"0 cases, 1 group": few, "1000 cases, 21 groups": {**few, "read_units": 20.0}}
    worse = [figure for figure in housekeeping.figures(expected, "counts") if not figure.met]
    assert [figure.name for figure in worse] == [
        "housekeeping: growth of a quiet hour, 0 cases, 1 group to 1000 cases, 21 groups"
    ]
    assert worse[0].value == 900


def test_arguments_of_the_bench_do_not_reach_the_build() -> None:
    """`make bench ARGS=cost` hands its variables on to each make that it starts."""
    environment = os.environ | {"MAKEFLAGS": " -- ARGS=cost"}
    command = [*deployed.BUILD, "--dry-run"]
    shown = subprocess.check_output(command, cwd=ROOT, env=environment, text=True)
    assert " build" in shown
    assert " build cost" not in shown


def test_counts_of_cases() -> None:
    """The counts beside the navigation may make two queries for each group, and those that read the items."""
    found = {figure.name: figure for figure in figures() if figure.name.startswith("calls: count cases")}
    assert len(found) == len(SETTINGS)
    assert all(figure.met for figure in found.values())
    assert found["calls: count cases, 0 cases, 21 groups"].wanted == 43
    assert found["calls: count cases, 1000 cases, 1 group"].wanted == 13


def test_written_down() -> None:
    """`results.json` and docs/performance.md have the counts and the bill of today, and a reason for each miss.
    `make bench-page` writes them again."""
    results = json.loads(RESULTS.read_text("utf-8"))
    assert up_to_date(results) == results
    text = PAGE.read_text("utf-8")
    assert "\n".join(written(results)) in text
    assert "nobody knows why yet" not in text


def test_deadline() -> None:
    """Rounds end when the time of the part is up. What an earlier part has left is used. One round is always made."""
    now = iter(range(1000))
    deadline = Deadline(100, lambda: next(now))
    deadline.give(0.1)
    assert list(deadline.rounds("turns", 20)) == list(range(9))
    deadline.give(0.3)
    assert list(deadline.rounds("looks", 10)) == list(range(10))
    deadline.give(0.2)
    assert list(deadline.rounds("waits", 30, least=2)) == [0, 1]
    assert list(deadline.rounds("others", 1)) == [0]
    assert deadline.shortened == ["turns: 9 of 20", "waits: 2 of 30"]


def test_bound(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`make bench ARGS="--minutes ..."` ends in time, whatever its parts have to do, and says what was left out."""

    def endless(deadline: Deadline) -> Iterator[Figure]:
        made = 0
        for _ in deadline.rounds("sleeps", 10_000):
            time.sleep(0.01)
            made += 1
        yield Figure("cold", "sleeps", made, "rounds")

    monkeypatch.setattr(command, "PARTS", {"cold": (endless, 25), "large": (endless, 15)})
    monkeypatch.setattr("bench.page.write_results", lambda results: given.update(results))
    monkeypatch.setattr("sys.argv", ["bench", "--minutes", "0.01"])
    given: dict[str, Any] = {}
    assert command.main() == 0
    done = [round(one["value"]) for one in given["figures"]]
    assert given["shortened"] == [f"sleeps: {each} of 10000" for each in done]
    assert [line for line in capsys.readouterr().out.splitlines() if "Time was up" in line] == [
        f"Time was up: {one}" for one in given["shortened"]
    ]
    assert 1 <= sum(done) <= 55  # of at least 10 ms each, within 0.54 seconds


def test_all_rounds_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without time, each part makes its least number of rounds."""
    deadline, made = Deadline(0), Counter[str]()

    def once(name: str, value: Any) -> Any:
        def call(*_: object) -> Any:
            made[name] += 1
            return value

        return call

    monkeypatch.setattr(cold_starts, "_run", once("processes", 1.0))
    monkeypatch.setattr(cold_starts, "_output", once("imports", "1"))
    monkeypatch.setattr(cold_starts, "_with_cut_data", lambda folder: folder)
    names = [one.name for one in cold_starts.figures(deadline)]
    functions = sum("against its clients" in name for name in names)
    assert "CPU of setup against its clients" in names
    assert made == {"processes": 4 * functions + 2, "imports": 1}
    monkeypatch.setattr(large, "measure", once("kinds", (1.0, 1.0)))
    monkeypatch.setattr(large, "read_large", once("reads", (1.0, 1.0)))
    assert list(large.figures(deadline))
    monkeypatch.setattr(growth, "measure", once("settings", {}))
    list(growth.figures(deadline))
    assert (made["kinds"], made["settings"]) == (1, 2)


def test_one_part() -> None:
    """A run of one part keeps the others, in their order, and the page says when each was measured."""
    before = {
        "measured_at": "2026-11-01",
        "machine": "A",
        "shortened": [],
        "figures": [MISSED.to_json(), MET.to_json()],
    }
    now = Figure("cold starts", "CPU of inbound against its clients", 0.9, "times", 1.35)
    wait = Figure(LATENCY, f"{WHOLE_WAIT}, warm: p50", 0.2, "s")
    results = merged(before, {"measured_at": "2026-11-02", "machine": "B"}, [now.to_json(), wait.to_json()])
    assert results["figures"] == [now.to_json(), MET.to_json(), wait.to_json()]
    first = next(written(results))
    assert first == "Measured at 2026-11-01 on A; cold starts at 2026-11-02 on B; latency at 2026-11-02 on B."


def test_cpu_for_the_bill() -> None:
    """The bill takes the CPU of functions, and no ratios."""
    ratio = Figure("inbound", "CPU an email against the floor", 2.0, "times", 2.1)
    assert cpu_milliseconds([MET, ratio, MISSED]) == {"inbound": 12.3}
    of_console = Figure("console", "CPU of a request: count cases", 189.04, "ms")
    assert open_pages.cpu_milliseconds([MET, of_console, MISSED]) == {"count cases": 189.0}


def test_cpu_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part writes what it measured for the bill, and leaves the rest as it was."""
    written = tmp_path / "cpu.json"
    written.write_text(json.dumps({"milliseconds": {"inbound": 16.9}, "open console": {"count cases": 1, "a": 2}}))
    figure = Figure("console", "CPU of a request: count cases", 189.04, "ms")
    monkeypatch.setattr(command, "CPU", written)
    monkeypatch.setattr(command, "PARTS", {"console": (lambda _: iter([figure]), 5), "cold": (lambda _: iter(()), 25)})
    monkeypatch.setattr("bench.page.main", lambda: pages.append("written"))
    monkeypatch.setattr("sys.argv", ["bench", "console"])
    pages: list[str] = []
    assert command.main() == 0
    found = json.loads(written.read_text("utf-8"))
    assert found["milliseconds"] == {"inbound": 16.9}
    assert found["open console"] == {"count cases": 189.0, "a": 2}
    assert pages == ["written"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the CPU time of other processes by /proc")
def test_worker_times() -> None:
    """The CPU of a worker counts for its function, also while it is the child of a child."""
    spin = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\nimport sys; sys.stdin.read()"
    worker = [sys.executable, "-c", spin, "local.lambda_.worker", '{"function": "spinning"}']
    begun = time.time()
    with subprocess.Popen(worker, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = cpu_seconds(os.getpid())
        assert begun - 0.02 <= started_at(process.pid) <= begun + 5
        process.communicate()
    assert found["spinning"] >= 0.25


def test_more_cases() -> None:
    """Copies of a case have ids of their own in every value, and are where moto looks for them."""
    values = {
        "pk": {"S": "CASE#4F3JVPMB01"},
        "sk": {"S": "CASE"},
        "place": {"S": "1#4F3JVPMB01"},
        "subject": {"S": "A"},
    }
    item = Item(DynamoType(values["pk"]), DynamoType(values["sk"]), values)
    cases = multiply({item.hash_key: {item.range_key: item}}, 3)
    assert len(cases) == 3
    for partition, items in cases.items():
        ((place, copied),) = items.items()
        case_id = partition.value.removeprefix("CASE#")
        attributes = {name: value.value for name, value in copied.attrs.items()}
        assert (partition, place) == (copied.hash_key, copied.range_key)
        assert attributes == {"pk": f"CASE#{case_id}", "sk": "CASE", "place": f"1#{case_id}", "subject": "A"}

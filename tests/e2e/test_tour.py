"""Each block of commands in docs/tour.md prints what the page shows.

The tour needs `curl`, which `.ci/run` installs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.system.system_client import READY_SECONDS

TOUR = ROOT / "docs" / "tour.md"
TOUR_SECONDS = 180
"""More than the tour ever takes; where it hangs, something is broken."""
END_OF_BLOCK = "--- end of block"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """A block of commands, and lines of its output that the page shows, in order; `...` is any text."""

    commands: str
    shown: list[str]


def tour() -> list[Step]:
    steps: list[Step] = []
    for language, text in FENCE.findall(TOUR.read_text("utf-8")):
        if language == "sh":
            steps.append(Step(text, []))
        else:
            steps[-1].shown.extend(text.splitlines())
    return steps


@pytest.fixture(scope="module")
def ready() -> Iterator[dict[str, Any]]:
    """A system with the samples, as `make run` starts it, on free ports."""
    command = [sys.executable, "-m", "local", "--json", "--smtp-port", "0", "--smtps-port", "0", "--http-port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            too_late = threading.Timer(READY_SECONDS, process.kill)
            too_late.start()
            line = process.stdout.readline()
            too_late.cancel()
            assert line, "the system did not start"
            yield json.loads(line)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="module")
def outputs(ready: dict[str, Any]) -> list[str]:
    """What each step of the tour printed, stdout and stderr together, in one shell from the first to the last."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed: the tour is left out")
    script = "".join(f"{step.commands}\necho '{END_OF_BLOCK}'\n" for step in tour())
    assert script.count(":8080") == 1
    assert script.count(" 2525)") == 1
    script = script.replace(":8080", f":{ready['http_port']}").replace(" 2525)", f" {ready['smtp_port']})")
    # `python3` is the one that runs this test; nothing on the way to 127.0.0.1 is a proxy.
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "no_proxy": "127.0.0.1",
    }
    with tempfile.TemporaryDirectory() as elsewhere:
        done = subprocess.run(
            ["sh", "-s"],
            input=script,
            cwd=elsewhere,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=TOUR_SECONDS,
            check=False,
        )
    return done.stdout.split(f"{END_OF_BLOCK}\n")


@pytest.mark.parametrize("number", range(len(tour())))
def test_step(outputs: list[str], number: int) -> None:
    """A step prints what the page shows."""
    output = outputs[number]
    rest = iter(output.splitlines())

    for line in tour()[number].shown:
        pattern = ".*".join(map(re.escape, line.strip().split("...")))
        assert any(re.fullmatch(pattern, printed.strip()) for printed in rest), f"no line {line!r} in:\n{output}"
    assert not re.search(r"Traceback|curl: |not found$|Expecting value", output), output


def test_repeated_key(outputs: list[str]) -> None:
    """Sending again with one key answers with the first email."""
    (answering,) = [output for output in outputs if "This Idempotency-Key was used" in output]

    first = re.findall(r'"email_id": "(\w+)"', answering)[0]
    assert answering.splitlines().count(first) == 1


def test_complete() -> None:
    """The tour has all its steps, and each but the first shows output."""
    assert len(tour()) >= 8
    assert all(step.shown for step in tour()[1:])

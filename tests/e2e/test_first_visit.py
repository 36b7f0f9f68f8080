"""What a first visitor gets from `make run`."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.support.paths import ROOT
from tests.support.system.http_api import User, answer

MOST_SECONDS = 60
PORTS = "--smtp-port 0 --smtps-port 0 --http-port 0"


@dataclass
class Welcome:
    """The text on stdout, the seconds until then, and an admin of the system."""

    text: str
    seconds: float
    admin: User
    http: httpx.Client


@pytest.fixture(scope="module")
def welcome() -> Iterator[Welcome]:
    started = time.monotonic()
    command = [sys.executable, "-m", "local", *PORTS.split()]
    with subprocess.Popen(
        command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("Ctrl-C"):
                    break
            text, seconds = "".join(lines), time.monotonic() - started
            url = re.search(r"http://127\.0\.0\.1:\d+", text)
            assert url is not None, text
            with httpx.Client(base_url=url[0], timeout=30, trust_env=False) as http:
                token = answer(http.post("/local/token", json={"user": "admin"}))["access_token"]
                yield Welcome(text, seconds, User(http, token), http)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
        assert process.returncode == 0


def test_ready_within_a_minute(welcome: Welcome) -> None:
    assert welcome.seconds < MOST_SECONDS
    assert answer(welcome.http.get("/local/health")) == {"status": "ok"}


def test_sample_emails(welcome: Welcome) -> None:
    """The welcome text names the outcome of each sample email."""
    by_hand, by_form = sorted(welcome.admin.items("/cases"), key=lambda case: str(case["mailbox"]), reverse=True)
    (stranger,) = welcome.admin.items("/unprocessed")

    assert (by_hand["mailbox"], by_form["mailbox"]) == ("payroll@acme.example", "benefits@acme.example")
    assert (by_hand["regarding"], by_form["regarding"]["name"]) == (None, "Marcus Webb")
    assert stranger["reason"] == "sender_not_found"
    assert stranger["notified_at"] is not None
    lines = welcome.text.splitlines()
    for subject, said in (
        (by_hand["subject"], f"case {by_hand['number']}"),
        (by_form["subject"], f"case {by_form['number']}"),
        (stranger["subject"], "no case, sender_not_found"),
    ):
        (at,) = [number for number, line in enumerate(lines) if subject in line]
        assert said in lines[at] + lines[at + 1]


def test_where_to_look(welcome: Welcome) -> None:
    """The welcome text says where to look next."""
    for path in ("/cases", "/unprocessed", "/local/outbox", "/openapi.json"):
        assert path in welcome.text


def test_make_run() -> None:
    """`make run` starts the same system."""
    # As from a shell: `make test` hands its own options down.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--dry-run", "run", "ARGS=--json"]
    made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)

    assert made.stdout.splitlines()[-1].endswith("python -m local --json")

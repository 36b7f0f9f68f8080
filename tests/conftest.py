"""Groups tests by worker of pytest-xdist, marks slow tests, and judges all calls as AWS would.

All tests of a file run in one worker, because the file starts its servers once (`--dist loadfile`). So do all tests of
the same running system, in any file.

A test fails if a function makes a call in it that AWS would refuse. `tests/support/aws_watch.py` sees the calls of the
tests' own process; the local stack records those of its workers. A run of all tests also fails if no call used one of
the permissions of the template.
"""

from __future__ import annotations

import gc
import importlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from local.judging import watched_calls
from local.judging.call_record import CallRecord
from local.lambda_.worker_pools import RECORD_VARIABLE
from tests.support import botocore_data, used_permissions
from tests.support.aws_watch import Watch, follow_pools
from tests.support.console import browser
from tests.support.system import debian

# The functions' processes look for garbage when all is loaded; those of tests do it all the time.
importlib.import_module("email_channels.bootstrap")
gc.enable()

# No test may fail because the machine is busy.
settings.register_profile("tests", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

_SYSTEM = re.compile(r"[\[-](acme|strict|case_creation_only|ad_hoc_only|office|operated)[\]-]")
"""The systems of tests/e2e and tests/e2e/console, each some processes that take seconds to start."""

_NO_MAIL_SERVERS = None if os.environ.get("CI") else debian.missing_here()
"""Why real mail servers cannot be tried here; a line at the end says so. In CI they fail then: nothing is left out."""

_NO_BROWSER = None if os.environ.get("CI") else browser.missing_here()
"""Why the console cannot be tried here. In CI its tests fail then."""

collect_ignore = [
    *(["e2e/test_mail_servers.py"] if _NO_MAIL_SERVERS else []),
    *(["e2e/console"] if _NO_BROWSER else []),
]

botocore_data.share()

_UNUSED = pytest.StashKey[list[str]]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than processors: the end-to-end tests wait most of the time. With more, they wait too long."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getvalue("dist") != "loadfile":
        return None
    scheduling = LoadFileScheduling(config, log)
    by_file = scheduling._split_scope
    scheduling._split_scope = lambda nodeid: nodeid if _LONG.search(nodeid) else _system_of(nodeid) or by_file(nodeid)
    return scheduling


def _system_of(nodeid: str) -> str | None:
    found = _SYSTEM.search(nodeid)
    return found[1] if found else None


_LONG = re.compile(r"::(test_counts|test_generated_requests)\[")
"""Tests that take a minute each, and share nothing: one worker with all of them would end long after the others."""


_MARKS = {"e2e": pytest.mark.e2e, "reliability": pytest.mark.slow, "integration/local": pytest.mark.slow}
"""The marks of all tests below a folder, so that `-m "not e2e and not slow"` leaves out what takes minutes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        folder = item.path.parent.relative_to(here)
        for marked, mark in _MARKS.items():
            if folder.is_relative_to(marked):
                item.add_marker(mark)


def pytest_configure(config: pytest.Config) -> None:
    """Creates a folder for the run, with one for each process that runs tests, which finds its own records there."""
    if _is_worker(config):
        worker = config.workerinput["workerid"]  # type: ignore[attr-defined]  # xdist's
        os.environ[RECORD_VARIABLE] = str(Path(os.environ[RECORD_VARIABLE]) / worker)
    else:
        folder = tempfile.mkdtemp(prefix="email-channels-calls-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        os.environ[RECORD_VARIABLE] = folder


@pytest.fixture(scope="session")
def aws_watch() -> Iterator[Watch]:
    watch = Watch(CallRecord(Path(os.environ[RECORD_VARIABLE])))
    ends = (watched_calls.watch(watch), follow_pools())
    yield watch
    for end in ends:
        end()


@pytest.fixture(autouse=True)
def what_aws_would_refuse(aws_watch: Watch) -> Iterator[None]:
    """Fails the first test in which a function makes a call that AWS would refuse."""
    folder = Path(os.environ[RECORD_VARIABLE])
    before = used_permissions.refusals(folder)
    yield
    noted = [refusal for refusal in used_permissions.refusals(folder) if refusal not in before]
    refusals = [*aws_watch.take_refusals(), *noted]
    if refusals:
        pytest.fail("AWS would refuse:\n" + "\n".join(refusals), pytrace=False)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if _is_worker(session.config) or exitstatus != pytest.ExitCode.OK or not _is_whole(session.config):
        return
    unused = used_permissions.unused(Path(os.environ[RECORD_VARIABLE]))
    session.config.stash[_UNUSED] = unused
    if unused:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Says which fields differ. By itself, pytest says so of dataclasses only if `dataclasses` wrote their `__eq__`."""
    if op != "==" or type(left) is not type(right) or not is_dataclass(left):
        return None
    pairs = {field.name: (getattr(left, field.name), getattr(right, field.name)) for field in fields(left)}
    unlike = [f"{name}: {ours!r} != {theirs!r}" for name, (ours, theirs) in pairs.items() if ours != theirs]
    return [f"two values of {type(left).__name__}, which differ in", *unlike]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    unused = config.stash.get(_UNUSED, [])
    if unused:
        terminalreporter.section("permissions of template.yaml that no call of any test used", red=True)
        for line in unused:
            terminalreporter.line(line)
    if _NO_MAIL_SERVERS:
        terminalreporter.line(f"Left out: the tests with real mail servers, as {_NO_MAIL_SERVERS}.")
    if _NO_BROWSER:
        terminalreporter.line(f"Left out: the tests of the console, as {_NO_BROWSER}.")


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _is_whole(config: pytest.Config) -> bool:
    """Whether all tests were asked to run, not a selection."""
    option = config.option
    chosen = option.keyword or option.markexpr or option.deselect or option.ignore or option.ignore_glob
    again = getattr(option, "lf", False) or getattr(option, "stepwise", False) or option.collectonly
    return config.args_source is config.ArgsSource.TESTPATHS and not chosen and not again

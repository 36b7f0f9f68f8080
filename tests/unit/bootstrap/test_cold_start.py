"""Before a function's first event, Lambda loads what this function uses, and no code of other functions."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest

from tests.support.paths import ROOT

USES = {
    "inbound": {"intake.processing", "mail.parsing"},
    "agent_api": {"aws.stores.case_lists"},
    "adhoc_send": {"outbound.sending"},
    "notify": {"followup.notifications", "followup.case_followup"},
    "events": {"followup.publishing"},
    "delivery": {"followup.delivery_events"},
    "purge": {"followup.purge"},
    "reconcile": {"followup.reconcile", "followup.notifications", "outbound.stuck_sends"},
    "jobs": {"jobs.runner", "jobs.discarding"},
}

NEVER = {
    "inbound": {"api", "followup", "outbound.sending"},
    "agent_api": {"intake", "outbound.sending", "jobs"},
    "adhoc_send": {"intake", "followup"},
    "notify": {"api", "intake"},
    "events": {"api", "intake", "outbound", "mail.parsing"},
    "delivery": {"api", "intake", "outbound.sending", "mail.parsing"},
    "purge": {"api", "intake", "outbound", "mail.parsing"},
    "reconcile": {"intake", "outbound.sending", "jobs.discarding"},
    "jobs": {"api", "intake", "mail.parsing"},
}
"""Folders and modules of the package."""


_LOAD = """
import gc, importlib, sys
collections = []
gc.callbacks.append(lambda phase, _: phase == "stop" and collections.append("email_channels.bootstrap" in sys.modules))
importlib.import_module(sys.argv[1])
gc.callbacks.clear()
print(sum(collections), gc.isenabled(), gc.get_freeze_count() > 10_000, *sys.modules)
"""


@cache
def loaded(function: str) -> tuple[int, bool, set[str]]:
    """What a new process has after importing the function: how often garbage was looked for on the way, whether this
    will go on, but not among what was loaded, and the modules of the package, without `email_channels.`."""
    command = [sys.executable, "-c", _LOAD, f"functions.{function}.app"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    collections, enabled, frozen, *names = done.stdout.split()
    modules = {name.removeprefix("email_channels.") for name in names if name.startswith("email_channels.")}
    return int(collections), enabled == frozen == "True", modules


@pytest.mark.parametrize("function", USES)
def test_loaded_modules(function: str) -> None:
    """A function loads the modules that it uses, and no others."""
    _, _, modules = loaded(function)
    assert modules >= USES[function]
    assert {
        name for name in modules for unused in NEVER[function] if name == unused or name.startswith(f"{unused}.")
    } == set()


@pytest.mark.parametrize("function", USES)
def test_garbage(function: str) -> None:
    """Garbage is not looked for while the modules load, which would happen a hundred times."""
    collections, goes_on, _ = loaded(function)
    assert collections <= 4
    assert goes_on

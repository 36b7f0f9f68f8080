"""Before a function's first event, Lambda loads what this function uses, and no code of other functions."""

from __future__ import annotations

import subprocess
import sys

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


def loaded(function: str) -> set[str]:
    """The modules of the package that a new process has after importing the function, without `email_channels.`."""
    script = f"import sys, functions.{function}.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.removeprefix("email_channels.") for name in done.stdout.split() if name.startswith("email_channels.")}


@pytest.mark.parametrize("function", USES)
def test_loaded_modules(function: str) -> None:
    """A function loads the modules that it uses, and no others."""
    modules = loaded(function)
    assert modules >= USES[function]
    assert {
        name for name in modules for unused in NEVER[function] if name == unused or name.startswith(f"{unused}.")
    } == set()

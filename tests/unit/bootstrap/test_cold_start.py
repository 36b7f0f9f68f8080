"""What Lambda loads before a function's first event: all that the function uses, and nothing of the other functions."""

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
    "delivery": {"followup.delivery_events"},
    "purge": {"followup.purge"},
    "reconcile": {"followup.reconcile", "followup.notifications", "outbound.stuck_sends"},
}

NEVER = {
    "inbound": {"api", "followup", "outbound.sending"},
    "agent_api": {"intake", "outbound.sending"},
    "adhoc_send": {"intake", "followup"},
    "notify": {"api", "intake"},
    "delivery": {"api", "intake", "outbound.sending", "mail.parsing"},
    "purge": {"api", "intake", "outbound", "mail.parsing"},
    "reconcile": {"intake", "outbound.sending"},
}
"""Folders and modules of the package."""


def loaded(function: str) -> set[str]:
    """The package's modules that a new process has once it has imported the function, without `email_channels.`."""
    script = f"import sys, functions.{function}.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.removeprefix("email_channels.") for name in done.stdout.split() if name.startswith("email_channels.")}


@pytest.mark.parametrize("function", USES)
def test_a_function_loads_what_it_uses_and_nothing_else(function: str) -> None:
    modules = loaded(function)
    assert modules >= USES[function]
    assert {
        name for name in modules for unused in NEVER[function] if name == unused or name.startswith(f"{unused}.")
    } == set()

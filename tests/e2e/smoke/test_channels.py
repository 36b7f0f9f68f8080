"""`make smoke` on stacks with one channel."""

from __future__ import annotations

import pytest

from tests.support.system.smoke_program import SmokeProgram
from tests.support.system.system_client import SystemClient
from tools.smoke.checks import CHECKS


def _all_but(*not_checked: str) -> dict[str, str]:
    # Nobody gets the alarms of these systems.
    names = [check.name for check in CHECKS if check.name != "subscription"]
    return {name: "not_checked" if name in not_checked else "passed" for name in names}


def test_ad_hoc_only(
    ad_hoc_only: SystemClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without case creation, the case is made through the API, and the original is a reply to it."""
    before = ad_hoc_only.keys()
    outcome = SmokeProgram(ad_hoc_only, monkeypatch, capsys).run("--skip", "subscription")
    assert (outcome.states(), outcome.findings(), outcome.document["left"]) == (_all_but(), [], [])
    assert ad_hoc_only.keys() == before


def test_case_creation_only(
    case_creation_only: SystemClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the ad hoc channel, nothing is sent."""
    with case_creation_only.sending() as sent:
        outcome = SmokeProgram(case_creation_only, monkeypatch, capsys).run("--skip", "subscription")
    assert (outcome.states(), outcome.findings(), outcome.document["left"]) == (_all_but("sending"), [], [])
    assert sent == []

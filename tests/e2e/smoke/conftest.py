"""A system as an operator would deploy it, and the program that looks whether it works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.system.smoke_program import SmokeProgram
from tests.support.system.system_client import SystemClient, system


@pytest.fixture(scope="session", params=["operated"])
def operated() -> Iterator[SystemClient]:
    """Both channels, and somebody who gets the alarms, and the alerts of the default service group."""
    with system(AlarmEmailAddress="ops@acme.example", DefaultServiceGroupAddress="agents@acme.example") as client:
        yield client


@pytest.fixture
def smoke(operated: SystemClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> SmokeProgram:
    return SmokeProgram(operated, monkeypatch, capsys)


@pytest.fixture
def nothing_left(operated: SystemClient) -> Iterator[None]:
    """The test leaves the system as it was."""
    before = _everything(operated)
    yield
    operated.settle()
    assert _everything(operated) == before


def _everything(system: SystemClient) -> dict[str, Any]:
    lists = ("/cases", "/employees", "/mailboxes", "/topics", "/service-groups", "/agents", "/unprocessed")
    return {path: system.admin.get(path)["items"] for path in lists} | {"objects": system.keys()}

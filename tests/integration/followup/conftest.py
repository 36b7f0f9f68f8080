"""A stand-in for SES."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.in_process.ses_stand_in import SesStandIn


@pytest.fixture
def ses() -> Iterator[SesStandIn]:
    """The SES client. All notifications come from one address."""
    client = SesStandIn()
    yield client
    assert {each.source for each in client.sent} <= {"cases@acme.example"}

"""Processes of the system are killed while emails come in; `make soak` does the same for hours."""

import secrets

import pytest

from tests.support.reliability.soak import Soak
from tests.support.reliability.soak_emails import Correspondence
from tests.support.system.system_client import system

EMAILS = 150


# Some workers are killed while they start; on a busy machine that takes them seconds.
@pytest.mark.timeout(300)
def test_outcomes() -> None:
    """Every email has its one outcome, whatever is killed."""
    with system(PlusAddressing="true", MaxCasesPerSenderPerHour="1000") as client:
        correspondence = Correspondence(client, secrets.token_hex(4), employees=8, letters=4)
        figures = Soak(client, correspondence, kill_every=0.5, say=print).run(EMAILS)
    assert figures.wrong == []
    assert figures.sent == EMAILS
    assert figures.duplicates > 0
    assert sum(figures.kills.values()) > 1

"""`reconcile` lets cases notice the failed emails that the stream has given up."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import cast

import pytest
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.errors import Fault
from email_channels.followup.late_failures import STREAM_TIME, notice_failures

from tests.support.blank_records import AT


class Unnoticed:
    """A store with these failures: when each happened, its case and its email."""

    def __init__(self, *failures: tuple[datetime, str, str]) -> None:
        self._failures = failures

    def unnoticed(self, until: datetime) -> Iterator[tuple[str, str]]:
        return ((case, email) for at, case, email in self._failures if at < until)


class FollowUp:
    """Follows up as it is told, by the email: True, False (there was nothing to do), or an exception."""

    def __init__(self, **outcomes: bool | Exception) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self._outcomes = outcomes

    def __call__(self, case_id: str, email_id: str | None) -> bool:
        self.asked.append((case_id, email_id))
        outcome = self._outcomes.get(str(email_id), True)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def notice(store: Unnoticed, follow_up: FollowUp) -> int:
    return notice_failures(cast("OutboundStore", store), follow_up, AT)


OLD = AT - STREAM_TIME - timedelta(seconds=1)


def test_late_ones_only() -> None:
    """What the stream still has time for is left to it."""
    follow_up = FollowUp()
    store = Unnoticed((OLD, "one", "e1"), (AT - STREAM_TIME, "two", "e2"), (AT, "three", "e3"))
    assert notice(store, follow_up) == 1
    assert follow_up.asked == [("one", "e1")]


def test_nothing_is_late() -> None:
    assert notice(Unnoticed(), FollowUp()) == 0


def test_stream_was_faster() -> None:
    """Only what was still to be done counts."""
    follow_up = FollowUp(e1=False)
    assert notice(Unnoticed((OLD, "one", "e1"), (OLD, "two", "e2")), follow_up) == 1


def test_one_that_fails_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """The others are followed up, and then the schedule is told, so that its alarm can ring."""
    follow_up = FollowUp(e1=Fault("throttled"), e3=ValueError("a mistake"))
    store = Unnoticed((OLD, "one", "e1"), (OLD, "two", "e2"), (OLD, "three", "e3"), (OLD, "four", "e4"))
    with caplog.at_level(logging.ERROR), pytest.raises(Fault, match=r"^2 failed sends not noticed$"):
        notice(store, follow_up)
    assert [email for _, email in follow_up.asked] == ["e1", "e2", "e3", "e4"]

"""The number of cases that a sender may open in an hour is limited."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason

from tests.support.in_process.aws_calls import Killed, watch
from tests.support.in_process.inbound_emails import FORMS, FROM_FORMS, MANUAL
from tests.support.in_process.inbox import Inbox, configure
from tests.support.messages import FORM
from tests.support.originals import RECEIVED_AT


def test_rate_limit(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    watch(monkeypatch)
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="3")
    keys = [inbox.put(MANUAL.replace("<1@", f"<{n}@")) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        results = [result for result in pool.map(inbox.intake.process, keys) if result is not None]
    assert sum(result.outcome is Outcome.CASE for result in results) == 3
    assert sum(result.reason is Reason.RATE_LIMITED for result in results) == 5
    # A repeated delivery is not counted again, and each hour has its own limit.
    assert {result.outcome for key in keys if (result := inbox.intake.process(key))} == {Outcome.DUPLICATE}
    later = inbox.receive(MANUAL.replace("<1@", "<9@"), at=RECEIVED_AT + timedelta(hours=1))
    assert later.outcome is Outcome.CASE


def test_rate_limit_and_retry(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that was counted keeps its place when its email is retried."""
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="1")
    key = inbox.put(MANUAL)
    calls = watch(monkeypatch)
    calls.kill = (4, "before")
    with pytest.raises(Killed):
        inbox.intake.process(key)
    assert calls.names[3:] == ["UpdateItem", "PutItem"]
    calls.begin()
    assert inbox.receive(MANUAL.replace("<1@", "<2@")).reason is Reason.RATE_LIMITED
    again = inbox.intake.process(key)
    assert again is not None
    assert again.outcome is Outcome.CASE


def test_large_rate_limit(inbox: Inbox) -> None:
    """A large rate limit is counted in several items."""
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="1000000")
    for n in range(6):
        assert inbox.receive(MANUAL.replace("<1@", f"<{n}@")).outcome is Outcome.CASE
    assert inbox.records_by_kind()["rate"] > 1


def test_rate_limit_and_trust(inbox: Inbox) -> None:
    """The rate limit does not hold for trusted senders."""
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="1")
    configure(FORMS)
    for n in range(3):
        assert inbox.receive(FORM.replace("<2@", f"<{n}@"), **FROM_FORMS).outcome is Outcome.CASE
    assert "rate" not in inbox.records_by_kind()

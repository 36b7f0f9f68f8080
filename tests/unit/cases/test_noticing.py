"""When a group is alerted of a reply, and which deliveries of an agent's email have failed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from email_channels.cases.history import Direction, EntryKind, StoredEmail
from email_channels.cases.noticing.alerts import REPLY_ALERT_INTERVAL, is_alert_due
from email_channels.cases.noticing.failures import failed_recipients, must_be_noticed, shown_warnings
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.warnings import EmailWarning

from tests.support.blank_records import AT, blank_email

FAILED = ("bounced", "complained", "suppressed", "failed")
A_SECOND = timedelta(seconds=1)


def to(state: str, address: str = "jo@acme.example", *, doubtful: bool = False) -> Recipient:
    return Recipient(address, "", RecipientRole.TO, RecipientState(state), doubtful=doubtful)


def sent(*recipients: Recipient, kind: EntryKind = EntryKind.NORMAL) -> StoredEmail:
    return blank_email(direction=Direction.OUTBOUND, kind=kind, recipients=recipients)


def test_first_alert() -> None:
    assert is_alert_due(None, AT)


def test_alerts_have_an_interval() -> None:
    assert not is_alert_due(AT, AT + REPLY_ALERT_INTERVAL - A_SECOND)
    assert is_alert_due(AT, AT + REPLY_ALERT_INTERVAL)


def test_late_reply_is_not_alerted_again() -> None:
    """A repeat, or an email that came before the last alert, however late it is handled."""
    assert not is_alert_due(AT, AT)
    assert not is_alert_due(AT, AT - timedelta(days=3))


@pytest.mark.parametrize("state", list(RecipientState))
def test_failed_states(state: RecipientState) -> None:
    assert bool(failed_recipients(sent(to(state.value)))) == (state.value in FAILED)


def test_only_the_failed_recipients() -> None:
    reached, lost = to("delivered"), to("bounced", "kim@acme.example")
    assert failed_recipients(sent(reached, lost)) == (lost,)


def test_doubtful_bounce() -> None:
    """It may be an automatic reply."""
    assert failed_recipients(sent(to("bounced", doubtful=True))) == ()


@pytest.mark.parametrize("kind", [each for each in EntryKind if each is not EntryKind.NORMAL])
def test_what_agents_did_not_send(kind: EntryKind) -> None:
    """An acknowledgement that fails is not an agent's to repair."""
    assert failed_recipients(sent(to("bounced"), kind=kind)) == ()


@pytest.mark.parametrize("direction", [Direction.INBOUND, Direction.INTERNAL])
def test_what_was_not_sent(direction: Direction) -> None:
    assert failed_recipients(blank_email(direction=direction, recipients=(to("bounced"),))) == ()


def test_warnings() -> None:
    """That of a failed delivery comes last."""
    assert shown_warnings(sent(to("delivered"))) == ()
    assert shown_warnings(sent(to("bounced"))) == (EmailWarning.DELIVERY_FAILED,)
    received = blank_email(warnings=(EmailWarning.ENCRYPTED,), recipients=(to("bounced"),))
    assert shown_warnings(received) == (EmailWarning.ENCRYPTED,)


def test_new_failure_is_noticed() -> None:
    other = to("delivered", "kim@acme.example")
    assert must_be_noticed(sent(to("sent"), other), sent(to("bounced"), other))
    assert must_be_noticed(sent(to("bounced"), other), sent(to("bounced"), to("bounced", "kim@acme.example")))


def test_bounce_then_complaint() -> None:
    """Another failure of the same recipient."""
    assert must_be_noticed(sent(to("bounced")), sent(to("complained")))


@pytest.mark.parametrize(("before", "after"), [("sent", "delivered"), ("sent", "delayed"), ("bounced", "bounced")])
def test_nothing_to_notice(before: str, after: str) -> None:
    assert not must_be_noticed(sent(to(before)), sent(to(after)))


def test_withdrawn_failure() -> None:
    """The last failure ends: the warning must go. While another one stands, it stays."""
    other = to("bounced", "kim@acme.example")
    assert must_be_noticed(sent(to("failed")), sent(to("sent")))
    assert not must_be_noticed(sent(to("failed"), other), sent(to("sent"), other))

"""Notifications that reach no admin are due again. The delivery function learns of it by events of SES."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.notification_rows import NotificationRow
from email_channels.aws.rows.table import read_rows
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow
from email_channels.aws.stores.notification_delivery_store import NotificationDeliveryStore, WithdrawalResult
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.cases.identity import sent_message_id_key
from email_channels.cases.unprocessed import Hold, Unprocessed
from email_channels.errors import Fault
from email_channels.followup.delivery_events import RECORDING_GRACE_PERIOD, DeliveryEvents
from email_channels.times import to_text

from tests.support.in_process.ad_hoc_channel import AdHocChannel, about
from tests.support.in_process.aws_calls import AwsCalls, meanwhile
from tests.support.in_process.stored_emails import RECEIVED, record_unprocessed
from tests.support.ses_event_documents import event_document

NOTIFIED = RECEIVED + timedelta(minutes=1)
SES_ID = "0107019ab2c41f20-8c1e0a52-3b7d-4c0e-9f6a-2d5b8e7c4a10-000000"


def notified(ad_hoc: AdHocChannel, n: int = 1, message_id: str = SES_ID, **changes: Any) -> Unprocessed:
    """An unprocessed email of which the admins were notified."""
    item = record_unprocessed(ad_hoc.mail, n + 100, **changes)
    NotificationStore(ad_hoc.mail).mark_notified(item, NOTIFIED, NOTIFIED + timedelta(days=3), message_id)
    return item


def as_it_is(ad_hoc: AdHocChannel, item: Unprocessed) -> Unprocessed:
    found = NotificationStore(ad_hoc.mail).read(item.id)
    assert found is not None
    return found


def bounce(item: Unprocessed, *addresses: str) -> dict[str, Any]:
    document = about(event_document("ses_notification_bounce"), SES_ID, {"record": item.id})
    rows = document["detail"]["bounce"]["bouncedRecipients"]
    document["detail"]["bounce"]["bouncedRecipients"] = [row for row in rows if row["emailAddress"] in addresses]
    return document


def take(document: dict[str, Any], now: datetime = NOTIFIED + timedelta(seconds=5)) -> None:
    DeliveryEvents(OutboundStore(), NotificationDeliveryStore()).handle(document, now)


def test_undelivered_notification(ad_hoc: AdHocChannel) -> None:
    """If no admin got the notification, it is due again."""
    item = notified(ad_hoc)
    take(bounce(item, "one@acme.example"))
    assert as_it_is(ad_hoc, item).notified_at == NOTIFIED
    take(bounce(item, "two@acme.example"))
    after = as_it_is(ad_hoc, item)
    assert (after.notified_at, after.purge_after, after.notification_attempts) == (None, None, 1)
    failures: list[object] = []
    due = NotificationStore(ad_hoc.mail).due(RECEIVED + timedelta(days=1), lambda *failure: failures.append(failure))
    assert ([one.id for one in due], failures) == ([item.id], [])
    # A repeated bounce, and one of the sender's copy, change nothing.
    take(bounce(item, "one@acme.example", "two@acme.example"))
    assert as_it_is(ad_hoc, item) == after


def test_bounces_at_the_same_time(ad_hoc: AdHocChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each adds to what the other has written: then no admin got the notification."""
    item = notified(ad_hoc)
    meanwhile(monkeypatch, "UpdateItem", lambda: take(bounce(item, "two@acme.example")))
    take(bounce(item, "one@acme.example"))
    assert as_it_is(ad_hoc, item).notified_at is None


def test_one_admin_is_enough(ad_hoc: AdHocChannel) -> None:
    """If one admin got the notification, it is not repeated."""
    item = notified(ad_hoc)
    document = bounce(item, "one@acme.example", "two@acme.example")
    document["detail"]["bounce"]["bouncedRecipients"][1]["emailAddress"] = "jo@elsewhere.example"
    take(document)
    assert as_it_is(ad_hoc, item).notified_at == NOTIFIED


def test_rejected_notification(ad_hoc: AdHocChannel) -> None:
    """A rejected notification is due again."""
    item = notified(ad_hoc)
    document = bounce(item)
    document["detail"] |= {"eventType": "Reject", "reject": {"reason": "Bad content"}}
    take(document)
    assert as_it_is(ad_hoc, item).notified_at is None


def test_out_of_office(ad_hoc: AdHocChannel) -> None:
    """An out-of-office note of an admin is not a bounce."""
    item = notified(ad_hoc)
    delivery = bounce(item)
    delivery["detail"] |= {
        "eventType": "Delivery",
        "delivery": {"timestamp": "2026-11-23T10:01:02.000Z", "recipients": ["one@acme.example", "two@acme.example"]},
    }
    answer = bounce(item, "one@acme.example", "two@acme.example")
    answer["detail"]["bounce"] |= {
        "bounceType": "Transient",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "one@acme.example"}, {"emailAddress": "two@acme.example"}],
    }
    take(delivery)
    take(answer)
    assert as_it_is(ad_hoc, item).notified_at == NOTIFIED


def test_earlier_notification(ad_hoc: AdHocChannel) -> None:
    """Only a bounce of the latest notification makes it due again."""
    item = notified(ad_hoc, message_id="0107-another")
    take(bounce(item, "one@acme.example", "two@acme.example"))
    assert as_it_is(ad_hoc, item).notified_at == NOTIFIED


def test_held_email(ad_hoc: AdHocChannel) -> None:
    """A held email stays held."""
    hold = Hold("court", "admin", RECEIVED)
    item = notified(ad_hoc, held=hold)
    take(bounce(item, "one@acme.example", "two@acme.example"))
    after = as_it_is(ad_hoc, item)
    assert (after.notified_at, after.held) == (None, hold)


def test_backoff(ad_hoc: AdHocChannel) -> None:
    """Otherwise an address that no longer exists would get an email every 15 minutes, for ever."""
    later = NOTIFIED + timedelta(seconds=5)
    for attempts, wait in ((1, timedelta()), (2, timedelta(minutes=30)), (20, timedelta(days=1))):
        item = notified(ad_hoc)
        pk, sk = keys.record(item.id)
        UnprocessedRow(pk, sk).update(actions=[UnprocessedRow.notification_attempts.set(attempts)])
        take(bounce(item, "one@acme.example", "two@acme.example"), later)
        row = read_rows([(pk, sk)])[(pk, sk)]
        assert row.gsi2sk == index_keys.at_time(to_text(later + wait), item.id)
        UnprocessedRow(pk, sk).delete()


def test_purged_email(ad_hoc: AdHocChannel) -> None:
    """An email that is being purged, or is gone, stays unchanged."""
    item = notified(ad_hoc)
    pk, sk = keys.record(item.id)
    UnprocessedRow(pk, sk).update(actions=[UnprocessedRow.purge_id.set("P1")])
    document = bounce(item, "one@acme.example", "two@acme.example")
    take(document)
    assert as_it_is(ad_hoc, item).notified_at == NOTIFIED
    UnprocessedRow(pk, sk).delete()
    take(document)
    assert NotificationDeliveryStore().withdraw(item.id, SES_ID, NOTIFIED) is WithdrawalResult.NOTIFIED_OTHERWISE
    assert read_rows([(pk, sk)]) == {}


def test_early_bounce(ad_hoc: AdHocChannel) -> None:
    """A bounce that arrives before our note of the send is retried."""
    item = record_unprocessed(ad_hoc.mail, 101)
    document = bounce(item, "one@acme.example", "two@acme.example")
    sent_at = datetime(2026, 11, 23, 10, 0, 0, 123000, UTC)
    with pytest.raises(Fault):
        take(document, sent_at + timedelta(seconds=1))
    NotificationStore(ad_hoc.mail).mark_notified(item, NOTIFIED, NOTIFIED + timedelta(days=3), SES_ID)
    take(document, sent_at + timedelta(minutes=1))
    assert as_it_is(ad_hoc, item).notified_at is None


def test_crash_before_note(ad_hoc: AdHocChannel) -> None:
    """The email is still due for notification, and the next one has another Message-ID."""
    item = record_unprocessed(ad_hoc.mail, 101)
    take(bounce(item, "one@acme.example", "two@acme.example"), NOTIFIED + RECORDING_GRACE_PERIOD)
    assert as_it_is(ad_hoc, item) == item


def test_undelivered_digest(ad_hoc: AdHocChannel) -> None:
    items = [notified(ad_hoc, n) for n in range(3)]
    other = notified(ad_hoc, 9, message_id="0107-another")
    document = bounce(items[0], "one@acme.example", "two@acme.example")
    document["detail"]["mail"]["tags"]["record"] = ["digest"]
    with pytest.raises(Fault):
        take(document)
    NotificationDeliveryStore.note_digest(SES_ID, [item.id for item in items], NOTIFIED)
    take(document)
    assert [as_it_is(ad_hoc, item).notified_at for item in (*items, other)] == [None, None, None, NOTIFIED]
    row = read_rows([keys.notification(sent_message_id_key(SES_ID))]).popitem()[1]
    assert isinstance(row, NotificationRow)
    assert row.expires_at is not None


def test_calls(ad_hoc: AdHocChannel, calls: AwsCalls) -> None:
    """The calls for a bounce that reaches the last admin."""
    item = notified(ad_hoc)
    calls.begin()
    take(bounce(item, "one@acme.example", "two@acme.example"))
    assert calls.names == ["BatchGetItem", "UpdateItem", "BatchGetItem", "UpdateItem"]

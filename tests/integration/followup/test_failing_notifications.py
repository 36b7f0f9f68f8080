"""Notifications when something is lost, fails, or changes meanwhile."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket, content_key
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.codec import hold_to_json
from email_channels.aws.rows.table import SCHEMA, KeysRow, Row
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow
from email_channels.aws.stores.erasure.record_erasure import RecordErasureStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.cases.history import Content
from email_channels.cases.unprocessed import Hold, Unprocessed
from email_channels.errors import ConcurrentChange, Fault, SendOutcomeUnknown, SendRefused
from email_channels.followup.notifications import Notifier
from email_channels.outbound.notices import digest

from tests.support.in_process.aws_calls import meanwhile
from tests.support.in_process.notifier import NOW, notifier, read_unprocessed
from tests.support.in_process.ses_stand_in import SesStandIn
from tests.support.in_process.stored_emails import (
    RECEIVED,
    identity_of,
    record_case,
    record_unprocessed,
    stored_email,
    write_original,
)


def test_lost_original(mail: MailBucket, ses: SesStandIn) -> None:
    """A lost original does not prevent the notification."""
    item = record_unprocessed(mail, 1)
    assert item.email.raw_key is not None
    mail.delete([item.email.raw_key])
    notifier(mail, ses).notify(item.id)
    assert len(ses.of("notification")) == 1


def long_content(n: int) -> Content:
    """A content that lies in the bucket."""
    return Content(random.Random(n).randbytes(200_000).hex(), None, ())


def test_lost_content(mail: MailBucket, ses: SesStandIn) -> None:
    """A lost content does not prevent notifications."""
    emails = [stored_email(identity_of(n).record_id(), write_original(mail, n), n) for n in range(3)]
    items = [
        record_unprocessed(mail, n, email=replace(email, content=long_content(n))) for n, email in enumerate(emails)
    ]
    assert mail.delete([content_key(items[1].id)]) == frozenset()
    assert notifier(mail, ses).notify(items[1].id)
    mail.delete([content_key(items[2].id)])
    assert notifier(mail, ses).notify_overdue(NOW) == 2


def fail(error: Exception, _: str) -> None:
    raise error


def test_unreadable_item(mail: MailBucket, ses: SesStandIn) -> None:
    """An item that cannot be read (a later version wrote it) does not stop the others, and stays due."""
    items = [record_unprocessed(mail, n) for n in range(5)]
    pk, sk = keys.record(items[2].id)
    row = UnprocessedRow(pk=pk, sk=sk)
    for broken, repaired in (
        (Row.schema.set(99), Row.schema.set(SCHEMA)),
        (UnprocessedRow.reason.set("a_new_reason"), UnprocessedRow.reason.set(items[2].reason.value)),
    ):
        row.update(actions=[broken])
        with pytest.raises(Fault, match="1 notifications failed"):
            notifier(mail, ses).notify_overdue(NOW)
        row.update(actions=[repaired])
        assert [item.id for item in items if read_unprocessed(mail, item).notified_at is None] == [items[2].id]
    assert notifier(mail, ses).notify_overdue(NOW) == 1


def test_contents_of_a_digest(mail: MailBucket) -> None:
    """The list of overdue emails leaves out their contents, to save memory."""
    assert record_unprocessed(mail, 1).email.content is not None
    long = replace(stored_email(identity_of(2).record_id(), write_original(mail, 2), 2), content=long_content(2))
    record_unprocessed(mail, 2, email=long)
    assert [item.email.content for item in NotificationStore(mail).due(NOW, fail)] == [None, None]


@pytest.mark.parametrize("fault", [SendOutcomeUnknown("no answer"), SendRefused("Throttling", "slow", throttled=True)])
def test_failed_send(mail: MailBucket, ses: SesStandIn, fault: Exception) -> None:
    """After a failed send the email stays due, and is notified later."""
    item = record_unprocessed(mail, 1)
    ses.faults = [fault]
    with pytest.raises(type(fault)):
        notifier(mail, ses).notify(item.id)
    assert read_unprocessed(mail, item) == item
    assert notifier(mail, ses).notify_overdue(RECEIVED) == 0, "the stream may still be working on it"
    assert notifier(mail, ses).notify_overdue(NOW) == 1
    assert read_unprocessed(mail, item).notified_at == NOW


def test_concurrent_change(mail: MailBucket, ses: SesStandIn) -> None:
    """A change in between is not overwritten."""
    item = record_unprocessed(mail, 1)
    store = NotificationStore(mail)
    store.mark_notified(item, NOW, NOW, "first")
    with pytest.raises(ConcurrentChange):
        store.mark_notified(item, NOW, NOW, "second")
    assert read_unprocessed(mail, item).notification_message_id == "first"


def test_case_in_its_place(mail: MailBucket) -> None:
    """The email was discarded, came again, and is a case now. It has the version that a slow worker has read."""
    item = record_unprocessed(mail, 1)
    UnprocessedRow(*keys.record(item.id)).delete()
    case = record_case(mail, 1)
    assert (case.case_id, case.version) == (item.id, item.version)
    with pytest.raises(ConcurrentChange):
        NotificationStore(mail).mark_notified(item, NOW, NOW, "late")
    assert CaseRow.get(*keys.record(item.id)).unknown_attributes == {}


def test_hold_during_send(mail: MailBucket) -> None:
    """A hold that is set while the notification is sent is kept."""
    item = record_unprocessed(mail, 1)

    class HoldsWhileSending(SesStandIn):
        def __call__(self, message: bytes, *, source: str, destinations: Sequence[str], tags: Mapping[str, str]) -> str:
            pk, sk = keys.record(item.id)
            UnprocessedRow(pk=pk, sk=sk).update(
                [
                    UnprocessedRow.held.set(hold_to_json(Hold("legal", "admin", NOW))),
                    UnprocessedRow.version.set(2),
                ]
            )
            return super().__call__(message, source=source, destinations=destinations, tags=tags)

    ses = HoldsWhileSending()
    notifier(mail, ses).notify(item.id)
    assert [each.tags["kind"] for each in ses.sent] == ["notification", "sender_copy"]
    after = read_unprocessed(mail, item)
    assert (after.notified_at, after.held) == (NOW, Hold("legal", "admin", NOW))
    assert list(PurgeStore().due(NOW + timedelta(days=400))) == []


def test_two_workers(mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """The email keeps the notification that was noted first, whose events it waits for; the sender gets one copy."""
    item, first, last = record_unprocessed(mail, 1), SesStandIn(), SesStandIn()
    with monkeypatch.context() as patched:
        meanwhile(patched, "UpdateItem", lambda: notifier(mail, first).notify(item.id), "notified_at")
        notifier(mail, last, now=NOW + timedelta(minutes=1)).notify(item.id)
    assert (len(first.of("notification")), len(last.of("notification"))) == (1, 1), "sent at least once"
    assert (len(first.of("sender_copy")), last.of("sender_copy")) == (1, [])
    after = read_unprocessed(mail, item)
    assert (after.notified_at, after.notification_attempts) == (NOW, 1)


def test_erased_during_send(mail: MailBucket, ses: SesStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to note any more, and nothing to retry."""
    item, store = record_unprocessed(mail, 1), RecordErasureStore()
    meanwhile(monkeypatch, "UpdateItem", lambda: store.bury_unprocessed(item.id, NOW), "notified_at")
    assert notifier(mail, ses).notify(item.id) is True
    assert [each.tags["kind"] for each in ses.sent] == ["notification"]
    assert store.tombstone(item.id) is not None


def test_copied_before(mail: MailBucket, ses: SesStandIn) -> None:
    """A notification that is sent again, because the first one bounced, is sent to the admins only."""
    item = record_unprocessed(mail, 1, copied_at=RECEIVED)
    notifier(mail, ses).notify(item.id)
    assert [each.tags["kind"] for each in ses.sent] == ["notification"]
    assert read_unprocessed(mail, item).copied_at == RECEIVED


def test_retry_during_send(mail: MailBucket) -> None:
    """An email that gets another reason while the notification is sent stays due: nobody knows that reason yet."""
    item = record_unprocessed(mail, 1)

    class ChangesWhileSending(SesStandIn):
        def __call__(self, message: bytes, *, source: str, destinations: Sequence[str], tags: Mapping[str, str]) -> str:
            pk, sk = keys.record(item.id)
            UnprocessedRow(pk=pk, sk=sk).update(
                [UnprocessedRow.reason.set("sender_blocked"), UnprocessedRow.version.set(2)]
            )
            return super().__call__(message, source=source, destinations=destinations, tags=tags)

    notifier(mail, ChangesWhileSending()).notify(item.id)
    assert read_unprocessed(mail, item).notified_at is None
    ses = SesStandIn()
    notifier(mail, ses).notify(item.id)
    assert b"is blocked" in ses.sent[0].raw
    assert read_unprocessed(mail, item).notified_at == NOW


@pytest.mark.parametrize("failing", ["mark_notified", "digest", "own"])
def test_failing_email(mail: MailBucket, ses: SesStandIn, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    """The others are notified about once; the one that failed stays due, and the failure is raised in the end."""
    items = [record_unprocessed(mail, n) for n in range(5)]
    poison = items[2].id
    mark, is_own = NotificationStore.mark_notified, Notifier._is_own_email

    def mark_or_fail(store: NotificationStore, item: Unprocessed, *more: Any, **named: Any) -> None:
        if item.id == poison:
            raise OSError("refused")
        mark(store, item, *more, **named)

    def write_or_fail(batch: Sequence[Unprocessed], **more: Any) -> bytes:
        if any(item.id == poison for item in batch):
            raise ValueError("cannot be written")
        return digest(batch, **more)

    def is_own_or_fail(self: Notifier, item: Unprocessed) -> bool:
        if item.id == poison:
            raise OSError("refused")
        return is_own(self, item)

    def cannot_be_written(self: Notifier, item: Unprocessed, *more: Any) -> bytes:
        raise ValueError("cannot be written")

    with monkeypatch.context() as patched:
        if failing == "mark_notified":
            patched.setattr(NotificationStore, "mark_notified", mark_or_fail)
        elif failing == "digest":
            patched.setattr("email_channels.followup.notifications.digest", write_or_fail)
            message = Notifier._message
            patched.setattr(
                Notifier,
                "_message",
                lambda self, item, *more: (cannot_be_written if item.id == poison else message)(self, item, *more),
            )
        else:
            patched.setattr(Notifier, "_is_own_email", is_own_or_fail)
        with pytest.raises(Fault, match="1 notifications failed"):
            notifier(mail, ses).notify_overdue(NOW)
    assert [item.id for item in items if read_unprocessed(mail, item).notified_at is None] == [poison]
    assert notifier(mail, ses).notify_overdue(NOW) == 1
    assert all(read_unprocessed(mail, item).notified_at == NOW for item in items)


def test_lagging_index(mail: MailBucket, ses: SesStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Indexes lag behind the items: what they name is read again, consistently. The next digest is not for them."""
    items, later = [record_unprocessed(mail, n) for n in range(2)], NOW + timedelta(minutes=5)
    late = [KeysRow(pk=pk, sk=sk) for pk, sk in (keys.record(item.id) for item in items)]
    assert notifier(mail, ses).notify_overdue(NOW) == 2
    monkeypatch.setattr(KeysRow.gsi2, "query", lambda *_, **__: iter(late))
    assert notifier(mail, ses, now=later).notify_overdue(later) == 0
    assert len(ses.sent) == 1

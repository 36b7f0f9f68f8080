"""Notifications of unprocessed emails: each admin gets one, and the sender only where that is safe."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket, content_key
from email_channels.aws.rows import keys
from email_channels.aws.rows.codec import hold_to_json
from email_channels.aws.rows.table import KeysRow
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.cases.history import Content
from email_channels.cases.outgoing import OutgoingKind
from email_channels.cases.reasons import Reason
from email_channels.cases.references import SigningKeys
from email_channels.cases.unprocessed import Hold, Unprocessed
from email_channels.errors import ConcurrentChange, Fault, SendOutcomeUnknown, SendRefused
from email_channels.followup.notifications import MAX_SINGLE_NOTIFICATIONS_PER_HOUR, Notifier
from email_channels.mail.message import Address
from email_channels.mail.parsing import parse_message
from email_channels.outbound.loop_marks import signed_loop_mark
from email_channels.outbound.notices import digest
from email_channels.settings import NotifySettings

from tests.support.in_process.notify_settings import ADMINS, SETTINGS
from tests.support.in_process.ses_stand_in import SesStandIn
from tests.support.in_process.stored_emails import (
    RECEIVED,
    SENT,
    SES_BLOCK,
    identity_of,
    record_unprocessed,
    stored_email,
    write_original,
)

NOW = RECEIVED + timedelta(minutes=10)
KEYS = SigningKeys("key")


@pytest.fixture
def ses() -> Iterator[SesStandIn]:
    """The SES client. All notifications come from one address."""
    client = SesStandIn()
    yield client
    assert {each.source for each in client.sent} <= {"cases@acme.example"}


def notifier(mail: MailBucket, ses: SesStandIn, now: datetime = NOW, settings: NotifySettings = SETTINGS) -> Notifier:
    return Notifier(settings, NotificationStore(mail), mail, ses, lambda: KEYS, lambda: now, "https://api.example")


def read(mail: MailBucket, item: Unprocessed) -> Unprocessed:
    found = NotificationStore(mail).read(item.id)
    assert found is not None
    return found


def test_notify(mail: MailBucket, ses: SesStandIn) -> None:
    """All admins and the sender get one notification, with the original."""
    item = record_unprocessed(mail, 1)

    assert notifier(mail, ses).notify(item.id) is True
    assert notifier(mail, ses).notify(item.id) is False
    assert notifier(mail, ses).notify_overdue(NOW) == 0

    (sent,) = ses.sent
    message = sent.raw
    assert sent.destinations == [*ADMINS, "jo@elsewhere.example"]
    assert sent.tags == {"kind": "notification", "record": item.id}
    assert message.count(SENT % 1) == 1
    assert b"X-SES-RECEIPT" not in message
    assert sent.message["Cc"] == "jo@elsewhere.example"
    assert f"https://api.example/unprocessed/{item.id}".encode() in message.replace(b"=\r\n", b"")
    assert read(mail, item) == replace(
        item,
        notified_at=NOW,
        purge_after=NOW + timedelta(days=3),
        notification_attempts=1,
        notification_message_id="ses-1",
        version=2,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": Reason.AUTOMATIC_REPLY},
        {"reason": Reason.BOUNCE_UNMATCHED},
        {"reason": Reason.MAIL_LOOP},
        {"reason": Reason.SPAM},
        {"reason": Reason.VIRUS},
        {"reason": Reason.AUTHENTICATION_FAILED},
        {"automatic": True},
        {"envelope_sender": ""},
        {"envelope_sender": None},
    ],
)
def test_automatic_email(mail: MailBucket, ses: SesStandIn, changes: dict[str, object]) -> None:
    """The sender of an email that must not be answered gets no copy."""
    notifier(mail, ses).notify(record_unprocessed(mail, 1, **changes).id)
    assert [each.destinations for each in ses.sent] == [list(ADMINS)]


@pytest.mark.parametrize(
    ("passed", "failed"),
    [
        (b"dmarc=pass", b"dmarc=fail"),
        (b"X-SES-Spam-Verdict: PASS", b"X-SES-Spam-Verdict: FAIL"),
        (b"X-SES-Virus-Verdict: PASS", b"X-SES-Virus-Verdict: FAIL"),
    ],
)
def test_suspicious_sender(mail: MailBucket, ses: SesStandIn, passed: bytes, failed: bytes) -> None:
    """A sender whose email fails a check of SES gets no copy."""
    item = record_unprocessed(mail, 1)
    assert item.email.raw_key is not None
    assert passed in SES_BLOCK
    mail.write(item.email.raw_key, SES_BLOCK.replace(passed, failed) + SENT % 1)
    notifier(mail, ses).notify(item.id)
    assert [each.destinations for each in ses.sent] == [list(ADMINS)]


def test_own_addresses(mail: MailBucket, ses: SesStandIn) -> None:
    """Our own addresses get no copy."""
    item = record_unprocessed(mail, 1)
    own = replace(item.email, from_=Address("", "Service@Acme.example"))
    notifier(mail, ses).notify(record_unprocessed(mail, 2, email=own).id)
    assert [each.destinations for each in ses.sent] == [list(ADMINS)]


def test_virus(mail: MailBucket, ses: SesStandIn) -> None:
    """A virus is not attached."""
    notifier(mail, ses).notify(record_unprocessed(mail, 1, reason=Reason.VIRUS).id)
    assert SENT % 1 not in ses.sent[0].raw


def test_refused_original(mail: MailBucket, ses: SesStandIn) -> None:
    """If SES refuses the original, the notification is sent without it."""
    ses.faults = [SendRefused("MessageRejected", "attachment type")]
    item = record_unprocessed(mail, 1)
    notifier(mail, ses).notify(item.id)
    (sent,) = ses.sent
    assert sent.destinations == list(ADMINS)
    assert SENT % 1 not in sent.raw
    assert read(mail, item).notified_at == NOW


def test_lost_original(mail: MailBucket, ses: SesStandIn) -> None:
    """A lost original does not prevent the notification."""
    item = record_unprocessed(mail, 1)
    assert item.email.raw_key is not None
    mail.delete([item.email.raw_key])
    notifier(mail, ses).notify(item.id)
    assert len(ses.sent) == 1


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


def test_contents_of_a_digest(mail: MailBucket) -> None:
    """The list of overdue emails leaves out their contents, to save memory."""
    assert record_unprocessed(mail, 1).email.content is not None
    long = replace(stored_email(identity_of(2).record_id(), write_original(mail, 2), 2), content=long_content(2))
    record_unprocessed(mail, 2, email=long)
    assert [item.email.content for item in NotificationStore(mail).due(NOW)] == [None, None]


@pytest.mark.parametrize("fault", [SendOutcomeUnknown("no answer"), SendRefused("Throttling", "slow", throttled=True)])
def test_failed_send(mail: MailBucket, ses: SesStandIn, fault: Exception) -> None:
    """After a failed send the email stays due, and is notified later."""
    item = record_unprocessed(mail, 1)
    ses.faults = [fault]
    with pytest.raises(type(fault)):
        notifier(mail, ses).notify(item.id)
    assert read(mail, item) == item
    assert notifier(mail, ses).notify_overdue(RECEIVED) == 0, "the stream may still be working on it"
    assert notifier(mail, ses).notify_overdue(NOW) == 1
    assert read(mail, item).notified_at == NOW


def test_storm(mail: MailBucket, ses: SesStandIn) -> None:
    """A storm becomes a digest that names every email."""
    items = [record_unprocessed(mail, n) for n in range(MAX_SINGLE_NOTIFICATIONS_PER_HOUR + 5)]
    went_out = [notifier(mail, ses).notify(item.id) for item in items]
    assert went_out.count(True) == MAX_SINGLE_NOTIFICATIONS_PER_HOUR

    assert notifier(mail, ses).notify_overdue(NOW) == 5

    assert len(ses.sent) == MAX_SINGLE_NOTIFICATIONS_PER_HOUR + 1
    digest = ses.sent[-1]
    assert digest.destinations == list(ADMINS)
    assert all(item.id.encode() in digest.raw for item in items[-5:])
    assert all(read(mail, item).notified_at == NOW for item in items)


def test_concurrent_change(mail: MailBucket, ses: SesStandIn) -> None:
    """A change in between is not overwritten."""
    item = record_unprocessed(mail, 1)
    store = NotificationStore(mail)
    store.mark_notified(item, NOW, NOW, "first")
    with pytest.raises(ConcurrentChange):
        store.mark_notified(item, NOW, NOW, "second")
    assert read(mail, item).notification_message_id == "first"


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
    assert [each.source for each in ses.sent] == ["cases@acme.example"]
    after = read(mail, item)
    assert (after.notified_at, after.held) == (NOW, Hold("legal", "admin", NOW))
    assert list(PurgeStore().due(NOW + timedelta(days=400))) == []


def came_back(mail: MailBucket, n: int, *marks: str, sender: str | None = None) -> Unprocessed:
    content = Content("No case made", None, tuple(("x-email-channels", mark) for mark in marks))
    email = replace(stored_email(identity_of(n).record_id(), write_original(mail, n), n), content=content)
    if sender is not None:
        email = replace(email, from_=Address("", sender))
    return record_unprocessed(mail, n, reason=Reason.MAIL_LOOP, email=email)


def test_returned_notification(mail: MailBucket, ses: SesStandIn) -> None:
    """Nobody is notified of a notification that came back."""
    notifier(mail, ses).notify(record_unprocessed(mail, 1).id)
    mark = str(ses.sent[0].message["X-Email-Channels"])
    at_once, overdue = came_back(mail, 2, mark), came_back(mail, 3, mark)
    assert notifier(mail, ses).notify(at_once.id) is False
    assert notifier(mail, ses).notify_overdue(NOW) == 0
    assert len(ses.sent) == 1
    for item in (at_once, overdue):
        after = read(mail, item)
        assert (after.notified_at, after.notification_message_id) == (NOW, item.email.message_id)


@pytest.mark.parametrize(("sender", "told"), [(SETTINGS.notification_from_address, False), ("ada@acme.example", True)])
def test_notification_without_loop_mark(mail: MailBucket, ses: SesStandIn, sender: str, told: bool) -> None:
    """If a gateway removed the loop mark, its References identify it; an admin's answer has them, too."""
    notifier(mail, ses).notify(record_unprocessed(mail, 1).id)
    references = parse_message(ses.sent[0].raw).references
    email = stored_email(identity_of(2).record_id(), write_original(mail, 2), 2)
    email = replace(email, from_=Address("", sender), references=references)
    item = record_unprocessed(mail, 2, reason=Reason.MAIL_LOOP, email=email)
    assert notifier(mail, ses).notify(item.id) is told


@pytest.mark.parametrize("mark", ["notification", "notification digest 000000", "ad_hoc", "alert 7K3F92QDX0 abcdef"])
def test_forged_loop_mark(mail: MailBucket, ses: SesStandIn, mark: str) -> None:
    """An email with a loop mark that we did not sign is notified."""
    item = came_back(mail, 2, mark)
    assert notifier(mail, ses).notify(item.id) is True


def test_returned_acknowledgement(mail: MailBucket, ses: SesStandIn) -> None:
    """Nobody is notified of an acknowledgement that came back."""
    ours = notifier(mail, ses)
    mark = signed_loop_mark(OutgoingKind.ACKNOWLEDGEMENT, "7K3F92QDX0", KEYS)
    item = came_back(mail, 2, mark, sender=SETTINGS.notification_from_address)
    assert ours.notify(item.id) is False
    assert ses.sent == []
    assert read(mail, item).notified_at == NOW


@pytest.mark.parametrize("kind", [OutgoingKind.ACKNOWLEDGEMENT, OutgoingKind.ALERT, OutgoingKind.AD_HOC])
def test_other_email_with_loop_mark(mail: MailBucket, ses: SesStandIn, kind: OutgoingKind) -> None:
    """A loop mark of another kind, or from a stranger, does not stop the notification."""
    sender = (
        "stranger@elsewhere.example" if kind is OutgoingKind.ACKNOWLEDGEMENT else SETTINGS.notification_from_address
    )
    item = came_back(mail, 2, signed_loop_mark(kind, "7K3F92QDX0", KEYS), sender=sender)
    assert notifier(mail, ses).notify(item.id) is True


def test_two_loop_marks(mail: MailBucket, ses: SesStandIn) -> None:
    """Two loop marks do not stop the notification."""
    item = came_back(mail, 2, signed_loop_mark(OutgoingKind.NOTIFICATION, "7K3F92QDX0", KEYS), "notification")
    assert notifier(mail, ses).notify(item.id) is True


@pytest.mark.parametrize("failing", ["mark_notified", "digest", "own"])
def test_failing_email(mail: MailBucket, ses: SesStandIn, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    """The others are notified about once; the one that failed stays due, and the failure is raised in the end."""
    items = [record_unprocessed(mail, n) for n in range(5)]
    poison = items[2].id
    mark, is_own = NotificationStore.mark_notified, Notifier._is_own_email

    def mark_or_fail(store: NotificationStore, item: Unprocessed, *more: Any) -> None:
        if item.id == poison:
            raise OSError("refused")
        mark(store, item, *more)

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
    assert [item.id for item in items if read(mail, item).notified_at is None] == [poison]
    assert notifier(mail, ses).notify_overdue(NOW) == 1
    assert all(read(mail, item).notified_at == NOW for item in items)


def test_lagging_index(mail: MailBucket, ses: SesStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Indexes lag behind the items: what they name is read again, consistently."""
    items = [record_unprocessed(mail, n) for n in range(2)]
    late = [KeysRow(pk=pk, sk=sk) for pk, sk in (keys.record(item.id) for item in items)]
    assert notifier(mail, ses).notify_overdue(NOW) == 2
    monkeypatch.setattr(KeysRow.gsi2, "query", lambda *_, **__: iter(late))
    assert notifier(mail, ses).notify_overdue(NOW) == 0
    assert len(ses.sent) == 1

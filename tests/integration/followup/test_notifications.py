"""Notifications of unprocessed emails: each admin gets one, and the sender a copy only where that is safe."""

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
from email_channels.aws.rows.table import SCHEMA, KeysRow, Row
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.cases.history import Content, StoredEmail
from email_channels.cases.outgoing import OutgoingKind
from email_channels.cases.reasons import Reason
from email_channels.cases.references import SigningKeys
from email_channels.cases.unprocessed import Hold, Unprocessed
from email_channels.errors import ConcurrentChange, Fault, SendOutcomeUnknown, SendRefused
from email_channels.followup.notifications import MOST_SINGLE_NOTIFICATIONS, Notifier
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
    """All admins get one notification, with the original; the sender gets a copy of their own, once."""
    item = record_unprocessed(mail, 1)

    assert notifier(mail, ses).notify(item.id) is True
    assert notifier(mail, ses).notify(item.id) is False
    assert notifier(mail, ses).notify_overdue(NOW) == 0

    sent, copy = ses.sent
    message = sent.raw
    assert sent.destinations == list(ADMINS)
    assert sent.tags == {"kind": "notification", "record": item.id}
    assert message.count(SENT % 1) == 1
    assert b"X-SES-RECEIPT" not in message
    assert sent.message["Cc"] is None
    assert (copy.destinations, copy.tags) == (["jo@elsewhere.example"], {"kind": "sender_copy", "record": item.id})
    assert not {"X-Email-Channels", "References", "Cc"} & set(copy.message.keys())
    assert all(word not in copy.raw for word in (b"Leave", b"admin", *(address.encode() for address in ADMINS)))
    assert f"https://api.example/#/unprocessed/{item.id}".encode() in message.replace(b"=\r\n", b"")
    assert read(mail, item) == replace(
        item,
        notified_at=NOW,
        purge_after=NOW + timedelta(days=3),
        notification_attempts=1,
        notification_message_id="ses-1",
        copied_at=NOW,
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
        {"reason": Reason.RATE_LIMITED},
        {"proven": False},
        {"copied_at": RECEIVED},
        {"automatic": True},
        {"envelope_sender": ""},
        {"envelope_sender": None},
    ],
)
def test_automatic_email(mail: MailBucket, ses: SesStandIn, changes: dict[str, object]) -> None:
    """The sender of an email that must not be answered gets no copy; nor does one who is not proven."""
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


def written_by(mail: MailBucket, n: int, sender: str) -> StoredEmail:
    email = stored_email(identity_of(n).record_id(), write_original(mail, n), n)
    return replace(email, from_=Address("", sender))


@pytest.mark.parametrize(
    "sender",
    [
        "Service@Acme.example",
        "no-reply@elsewhere.example",
        "NoReply@elsewhere.example",
        "do_not_reply@elsewhere.example",
        "hr-noreply@elsewhere.example",
        "noreply+17@elsewhere.example",
        "nicht-antworten@elsewhere.example",
        "ne-pas-repondre@elsewhere.example",
        "no-responder@elsewhere.example",
        "MAILER-DAEMON@elsewhere.example",
        "postmaster@elsewhere.example",
        "bounces+7@elsewhere.example",
        ADMINS[0],
        '"',
        '"a b"@elsewhere.example',
        "jö@elsewhere.example",
    ],
)
def test_nobody_to_copy(mail: MailBucket, ses: SesStandIn, sender: str) -> None:
    """Our own addresses, no-reply addresses and those that SES refuses get no copy; the admins get their notice."""
    item = record_unprocessed(mail, 1, email=written_by(mail, 1, sender))
    assert notifier(mail, ses).notify(item.id) is True
    assert [each.destinations for each in ses.sent] == [list(ADMINS)]
    assert SENT % 1 in ses.sent[0].raw


@pytest.mark.parametrize("fault", [SendRefused("MessageRejected", "address"), SendOutcomeUnknown("no answer")])
def test_copy_fails(mail: MailBucket, ses: SesStandIn, monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    """A sender's copy that fails is not sent again, and does not hold up the notification."""
    monkeypatch.setattr("email_channels.followup.notifications.sender_copy", lambda **_: _raise(fault))
    item = record_unprocessed(mail, 1)
    assert notifier(mail, ses).notify(item.id) is True
    assert notifier(mail, ses).notify_overdue(NOW) == 0
    assert [each.destinations for each in ses.sent] == [list(ADMINS)]


def _raise(error: Exception) -> bytes:
    raise error


def test_most_copies(mail: MailBucket, ses: SesStandIn, caplog: pytest.LogCaptureFixture) -> None:
    """Beyond the limit of an hour, over all recipients, no copies are sent, and an alarm can see it."""
    settings = replace(SETTINGS, max_automatic_emails_per_hour=2)
    for n in range(4):
        sender = written_by(mail, n, f"jo{n}@elsewhere.example")
        notifier(mail, ses, settings=settings).notify(record_unprocessed(mail, n, email=sender).id)
    assert [each.destinations for each in ses.of("sender_copy")] == [
        ["jo0@elsewhere.example"],
        ["jo1@elsewhere.example"],
    ]
    assert len(ses.of("notification")) == 4
    assert [getattr(line, "AutomaticEmailsNotSent", None) for line in caplog.records] == [1, 1]
    late = record_unprocessed(mail, 9)
    notifier(mail, ses, NOW + timedelta(hours=1), settings).notify(late.id)
    assert len(ses.of("sender_copy")) == 3


@pytest.mark.parametrize("sender", ['"', '"a b"@elsewhere.example', "jö@else\x7f.example", "<>@[", "x" * 300])
def test_hostile_senders(mail: MailBucket, ses: SesStandIn, sender: str) -> None:
    """Whatever stands in From, the admins get their notice, alone or in a digest."""
    alone = record_unprocessed(mail, 1, email=written_by(mail, 1, sender))
    assert notifier(mail, ses).notify(alone.id) is True
    for n in (2, 3):
        record_unprocessed(mail, n, email=written_by(mail, n, sender))
    assert notifier(mail, ses).notify_overdue(NOW) == 2


@pytest.mark.parametrize(
    ("verdict", "attached", "said"),
    [
        (b"X-SES-Virus-Verdict: PASS\r\n", True, "The original is attached."),
        (b"", True, "The original is attached."),
        (b"X-SES-Virus-Verdict: FAIL\r\n", False, "contains a virus"),
        (b"X-SES-Virus-Verdict: GRAY\r\n", False, "could not check it for viruses"),
        (b"X-SES-Virus-Verdict: PROCESSING_FAILED\r\n", False, "could not check it for viruses"),
        (b"X-SES-Virus-Verdict: whatever\r\n", False, "could not check it for viruses"),
        (None, False, "could not check it for viruses"),
    ],
)
def test_scanned_original(mail: MailBucket, ses: SesStandIn, verdict: bytes | None, attached: bool, said: str) -> None:
    """The original is attached only if SES found no virus, or does not scan by choice (a block without the verdict)."""
    item = record_unprocessed(mail, 1)
    assert item.email.raw_key is not None
    block = b"" if verdict is None else SES_BLOCK.replace(b"X-SES-Virus-Verdict: PASS\r\n", verdict)
    mail.write(item.email.raw_key, block + SENT % 1)
    notifier(mail, ses).notify(item.id)
    assert (SENT % 1 in ses.sent[0].raw) is attached
    assert said.encode() in ses.sent[0].raw.replace(b"=\r\n", b"")


def test_virus(mail: MailBucket, ses: SesStandIn) -> None:
    """A virus is not attached."""
    notifier(mail, ses).notify(record_unprocessed(mail, 1, reason=Reason.VIRUS).id)
    assert SENT % 1 not in ses.sent[0].raw


def test_refused_original(mail: MailBucket, ses: SesStandIn) -> None:
    """If SES refuses the original, the notification is sent without it."""
    ses.faults = [SendRefused("MessageRejected", "attachment type")]
    item = record_unprocessed(mail, 1)
    notifier(mail, ses).notify(item.id)
    (sent,) = ses.of("notification")
    assert sent.destinations == list(ADMINS)
    assert SENT % 1 not in sent.raw
    assert b"SES refused it" in sent.raw
    assert read(mail, item).notified_at == NOW


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
        assert [item.id for item in items if read(mail, item).notified_at is None] == [items[2].id]
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
    assert read(mail, item) == item
    assert notifier(mail, ses).notify_overdue(RECEIVED) == 0, "the stream may still be working on it"
    assert notifier(mail, ses).notify_overdue(NOW) == 1
    assert read(mail, item).notified_at == NOW


def test_storm(mail: MailBucket, ses: SesStandIn) -> None:
    """A storm becomes a digest that names every email."""
    items = [record_unprocessed(mail, n) for n in range(MOST_SINGLE_NOTIFICATIONS + 5)]
    went_out = [notifier(mail, ses).notify(item.id) for item in items]
    assert went_out.count(True) == MOST_SINGLE_NOTIFICATIONS

    assert notifier(mail, ses).notify_overdue(NOW) == 5

    assert len(ses.of("notification")) == MOST_SINGLE_NOTIFICATIONS + 1
    digest = ses.sent[-1]
    assert digest.destinations == list(ADMINS)
    assert all(item.id.encode() in digest.raw for item in items[-5:])
    assert all(read(mail, item).notified_at == NOW for item in items)


def test_sliding_window(mail: MailBucket, ses: SesStandIn) -> None:
    """Ten minutes are counted back from each email, so no ten minutes have more than 20 single notifications."""
    items = iter([record_unprocessed(mail, n) for n in range(45)])

    def arrive(number: int, minutes: float) -> int:
        later = NOW + timedelta(minutes=minutes)
        return [notifier(mail, ses, now=later).notify(next(items).id) for _ in range(number)].count(True)

    assert arrive(15, 0) == 15
    assert arrive(10, 9.9) == 5
    assert arrive(10, 12) == 10, "the first fifteen are more than ten minutes ago"
    assert arrive(1, 22.5) == 1, "the storm is over"


def test_one_digest_a_minute(mail: MailBucket, ses: SesStandIn) -> None:
    """Two runs at the same time, or within a minute, send one digest; the next minute sends the rest."""
    for n in range(5):
        record_unprocessed(mail, n)
    assert notifier(mail, ses).notify_overdue(NOW) == 5
    for n in range(5, 10):
        record_unprocessed(mail, n)
    assert notifier(mail, ses).notify_overdue(NOW + timedelta(seconds=20)) == 0
    assert notifier(mail, ses).notify_overdue(NOW + timedelta(minutes=1)) == 5
    assert len(ses.of("notification")) == 2


def test_last_email_of_a_storm(mail: MailBucket, ses: SesStandIn) -> None:
    """An email that waits alone in a storm gets a notification, without a copy for the sender."""
    for n in range(21):
        notifier(mail, ses).notify(record_unprocessed(mail, n).id)
    copies = len(ses.of("sender_copy"))
    assert copies == 20
    assert notifier(mail, ses).notify_overdue(NOW + timedelta(minutes=3)) == 1
    assert (len(ses.of("notification")), len(ses.of("sender_copy"))) == (21, copies)


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
    assert [each.tags["kind"] for each in ses.sent] == ["notification", "sender_copy"]
    after = read(mail, item)
    assert (after.notified_at, after.held) == (NOW, Hold("legal", "admin", NOW))
    assert list(PurgeStore().due(NOW + timedelta(days=400))) == []


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
    assert read(mail, item).notified_at is None
    ses = SesStandIn()
    notifier(mail, ses).notify(item.id)
    assert b"is blocked" in ses.sent[0].raw
    assert read(mail, item).notified_at == NOW


def came_back(mail: MailBucket, n: int, *marks: str, sender: str | None = None) -> Unprocessed:
    content = Content("No case made", None, tuple(("x-email-channels", mark) for mark in marks))
    email = replace(stored_email(identity_of(n).record_id(), write_original(mail, n), n), content=content)
    if sender is not None:
        email = replace(email, from_=Address("", sender))
    return record_unprocessed(mail, n, reason=Reason.MAIL_LOOP, email=email)


NOTICES = SETTINGS.notification_from_address


def test_returned_notification(mail: MailBucket, ses: SesStandIn) -> None:
    """Nobody is notified of a notification that came back."""
    notifier(mail, ses).notify(record_unprocessed(mail, 1).id)
    mark = str(ses.sent[0].message["X-Email-Channels"])
    at_once, overdue = came_back(mail, 2, mark, sender=NOTICES), came_back(mail, 3, mark, sender=NOTICES)
    assert notifier(mail, ses).notify(at_once.id) is False
    assert notifier(mail, ses).notify_overdue(NOW) == 0
    assert len(ses.of("notification")) == 1
    for item in (at_once, overdue):
        after = read(mail, item)
        assert (after.notified_at, after.notification_message_id) == (NOW, item.email.message_id)


def test_returned_digest(mail: MailBucket, ses: SesStandIn) -> None:
    """A digest that came back is known, too. No two digests have the same mark."""
    for n in (1, 2, 3, 4):
        record_unprocessed(mail, n)
        if n % 2 == 0:
            assert notifier(mail, ses).notify_overdue(NOW + timedelta(minutes=n)) == 2
    marks = [str(each.message["X-Email-Channels"]) for each in ses.sent]
    assert len(set(marks)) == 2
    for n, mark in enumerate(marks, start=5):
        assert notifier(mail, ses).notify(came_back(mail, n, mark, sender=NOTICES).id) is False


@pytest.mark.parametrize("sender", ["stranger@elsewhere.example", "service@acme.example", "payroll@acme.example"])
def test_replayed_mark(mail: MailBucket, ses: SesStandIn, sender: str) -> None:
    """A genuine mark hides no email from the admins if From is not the address of notifications."""
    notifier(mail, ses).notify(record_unprocessed(mail, 1).id)
    mark = str(ses.sent[0].message["X-Email-Channels"])
    assert notifier(mail, ses).notify(came_back(mail, 2, mark, sender=sender).id) is True


def test_mark_of_no_notification(mail: MailBucket, ses: SesStandIn) -> None:
    """A mark hides no email if it names an email that does not exist, is not notified, or is the email itself."""
    waiting = record_unprocessed(mail, 1)
    itself = identity_of(4).record_id()
    for n, named in enumerate(["7K3F92QDX0", waiting.id, itself, "digest"], start=2):
        mark = signed_loop_mark(OutgoingKind.NOTIFICATION, named, KEYS)
        assert notifier(mail, ses).notify(came_back(mail, n, mark, sender=NOTICES).id) is True


@pytest.mark.parametrize(("sender", "told"), [(NOTICES, False), ("ada@acme.example", True)])
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
    item = came_back(mail, 2, mark, sender=NOTICES)
    assert notifier(mail, ses).notify(item.id) is True


@pytest.mark.parametrize("kind", sorted(set(OutgoingKind) - {OutgoingKind.NOTIFICATION}))
def test_other_email_with_loop_mark(mail: MailBucket, ses: SesStandIn, kind: OutgoingKind) -> None:
    """A loop mark of another kind does not stop the notification."""
    notified = record_unprocessed(mail, 1)
    notifier(mail, ses).notify(notified.id)
    item = came_back(mail, 2, signed_loop_mark(kind, notified.id, KEYS), sender=NOTICES)
    assert notifier(mail, ses).notify(item.id) is True


def test_two_loop_marks(mail: MailBucket, ses: SesStandIn) -> None:
    """Two loop marks do not stop the notification."""
    notified = record_unprocessed(mail, 1)
    notifier(mail, ses).notify(notified.id)
    mark = signed_loop_mark(OutgoingKind.NOTIFICATION, notified.id, KEYS)
    item = came_back(mail, 2, mark, "notification", sender=NOTICES)
    assert notifier(mail, ses).notify(item.id) is True


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

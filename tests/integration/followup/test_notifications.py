"""Notifications of unprocessed emails: each admin gets one, and the sender only where that is safe."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from email_channels.aws.mail_bucket import MailBucket, content_key
from email_channels.aws.rows import keys
from email_channels.aws.rows.codec import hold_to_json
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.cases.history import Content
from email_channels.cases.outgoing import OutgoingKind
from email_channels.cases.reasons import Reason
from email_channels.cases.references import SigningKeys
from email_channels.cases.unprocessed import Hold, Unprocessed
from email_channels.errors import ConcurrentChange, SendOutcomeUnknown, SendRefused
from email_channels.followup.notifications import MAX_SINGLE_NOTIFICATIONS_PER_HOUR, Notifier
from email_channels.mail.message import Address
from email_channels.mail.parsing import parse_message
from email_channels.outbound.loop_marks import signed_loop_mark
from email_channels.settings import NotifySettings

from tests.support.in_process.notify_settings import ADMINS, SETTINGS
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


@dataclass
class Ses:
    """Takes what is sent; raises what stands next in `faults` (None: takes it)."""

    faults: list[Exception | None] = field(default_factory=list)
    sent: list[tuple[bytes, list[str], dict[str, str]]] = field(default_factory=list)

    def __call__(self, message: bytes, *, source: str, destinations: Sequence[str], tags: Mapping[str, str]) -> str:
        assert source == "cases@acme.example"
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.sent.append((message, list(destinations), dict(tags)))
        return f"ses-{len(self.sent)}"


@pytest.fixture
def ses() -> Ses:
    return Ses()


def notifier(mail: MailBucket, ses: Ses, now: datetime = NOW, settings: NotifySettings = SETTINGS) -> Notifier:
    return Notifier(settings, NotificationStore(mail), mail, ses, lambda: KEYS, lambda: now, "https://api.example")


def read(mail: MailBucket, item: Unprocessed) -> Unprocessed:
    found = NotificationStore(mail).read(item.id)
    assert found is not None
    return found


def test_all_admins_and_the_sender_get_one_notification_with_the_original(mail: MailBucket, ses: Ses) -> None:
    item = record_unprocessed(mail, 1)

    assert notifier(mail, ses).notify(item.id) is True
    assert notifier(mail, ses).notify(item.id) is False
    assert notifier(mail, ses).notify_overdue(NOW) == 0

    ((message, destinations, tags),) = ses.sent
    assert destinations == [*ADMINS, "jo@elsewhere.example"]
    assert tags == {"kind": "notification", "record": item.id}
    assert message.count(SENT % 1) == 1
    assert b"X-SES-RECEIPT" not in message
    assert message_from_bytes(message, policy=default)["Cc"] == "jo@elsewhere.example"
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
def test_the_sender_is_never_copied_on_what_nobody_should_answer(
    mail: MailBucket, ses: Ses, changes: dict[str, object]
) -> None:
    notifier(mail, ses).notify(record_unprocessed(mail, 1, **changes).id)
    assert [destinations for _, destinations, _ in ses.sent] == [list(ADMINS)]


@pytest.mark.parametrize(
    ("passed", "failed"),
    [
        (b"dmarc=pass", b"dmarc=fail"),
        (b"X-SES-Spam-Verdict: PASS", b"X-SES-Spam-Verdict: FAIL"),
        (b"X-SES-Virus-Verdict: PASS", b"X-SES-Virus-Verdict: FAIL"),
    ],
)
def test_a_sender_in_whom_ses_found_something_is_not_copied(
    mail: MailBucket, ses: Ses, passed: bytes, failed: bytes
) -> None:
    item = record_unprocessed(mail, 1)
    assert item.email.raw_key is not None
    assert passed in SES_BLOCK
    mail.write(item.email.raw_key, SES_BLOCK.replace(passed, failed) + SENT % 1)
    notifier(mail, ses).notify(item.id)
    assert [destinations for _, destinations, _ in ses.sent] == [list(ADMINS)]


def test_our_own_addresses_are_not_copied(mail: MailBucket, ses: Ses) -> None:
    item = record_unprocessed(mail, 1)
    own = replace(item.email, from_=Address("", "Service@Acme.example"))
    notifier(mail, ses).notify(record_unprocessed(mail, 2, email=own).id)
    assert [destinations for _, destinations, _ in ses.sent] == [list(ADMINS)]


def test_a_virus_is_not_passed_on(mail: MailBucket, ses: Ses) -> None:
    notifier(mail, ses).notify(record_unprocessed(mail, 1, reason=Reason.VIRUS).id)
    assert SENT % 1 not in ses.sent[0][0]


def test_what_ses_refuses_goes_without_original(mail: MailBucket, ses: Ses) -> None:
    ses.faults = [SendRefused("MessageRejected", "attachment type")]
    item = record_unprocessed(mail, 1)
    notifier(mail, ses).notify(item.id)
    ((message, destinations, _),) = ses.sent
    assert destinations == list(ADMINS)
    assert SENT % 1 not in message
    assert read(mail, item).notified_at == NOW


def test_a_lost_original_does_not_keep_the_notification(mail: MailBucket, ses: Ses) -> None:
    item = record_unprocessed(mail, 1)
    assert item.email.raw_key is not None
    mail.delete([item.email.raw_key])
    notifier(mail, ses).notify(item.id)
    assert len(ses.sent) == 1


def long_content(n: int) -> Content:
    """One that lies in the bucket."""
    return Content(random.Random(n).randbytes(200_000).hex(), None, ())


def test_a_lost_content_does_not_keep_notifications(mail: MailBucket, ses: Ses) -> None:
    emails = [stored_email(identity_of(n).record_id(), write_original(mail, n), n) for n in range(3)]
    items = [
        record_unprocessed(mail, n, email=replace(email, content=long_content(n))) for n, email in enumerate(emails)
    ]
    assert mail.delete([content_key(items[1].id)]) == frozenset()
    assert notifier(mail, ses).notify(items[1].id)
    mail.delete([content_key(items[2].id)])
    assert notifier(mail, ses).notify_overdue(NOW) == 2


def test_contents_of_what_a_digest_names_are_not_kept_in_memory(mail: MailBucket) -> None:
    assert record_unprocessed(mail, 1).email.content is not None
    long = replace(stored_email(identity_of(2).record_id(), write_original(mail, 2), 2), content=long_content(2))
    record_unprocessed(mail, 2, email=long)
    assert [item.email.content for item in NotificationStore(mail).due(NOW)] == [None, None]


@pytest.mark.parametrize("fault", [SendOutcomeUnknown("no answer"), SendRefused("Throttling", "slow", throttled=True)])
def test_what_could_not_be_sent_is_due_still_and_sent_later(mail: MailBucket, ses: Ses, fault: Exception) -> None:
    item = record_unprocessed(mail, 1)
    ses.faults = [fault]
    with pytest.raises(type(fault)):
        notifier(mail, ses).notify(item.id)
    assert read(mail, item) == item
    assert notifier(mail, ses).notify_overdue(RECEIVED) == 0, "the stream may still be at it"
    assert notifier(mail, ses).notify_overdue(NOW) == 1
    assert read(mail, item).notified_at == NOW


def test_a_storm_becomes_a_digest_that_names_every_email(mail: MailBucket, ses: Ses) -> None:
    items = [record_unprocessed(mail, n) for n in range(MAX_SINGLE_NOTIFICATIONS_PER_HOUR + 5)]
    went_out = [notifier(mail, ses).notify(item.id) for item in items]
    assert went_out.count(True) == MAX_SINGLE_NOTIFICATIONS_PER_HOUR

    assert notifier(mail, ses).notify_overdue(NOW) == 5

    assert len(ses.sent) == MAX_SINGLE_NOTIFICATIONS_PER_HOUR + 1
    message, destinations, _ = ses.sent[-1]
    assert destinations == list(ADMINS)
    assert all(item.id.encode() in message for item in items[-5:])
    assert all(read(mail, item).notified_at == NOW for item in items)


def test_a_change_in_between_is_not_overwritten(mail: MailBucket, ses: Ses) -> None:
    item = record_unprocessed(mail, 1)
    store = NotificationStore(mail)
    store.mark_notified(item, NOW, NOW, "first")
    with pytest.raises(ConcurrentChange):
        store.mark_notified(item, NOW, NOW, "second")
    assert read(mail, item).notification_message_id == "first"


def test_a_hold_while_the_notification_leaves_is_kept(mail: MailBucket) -> None:
    item = record_unprocessed(mail, 1)

    class HoldsWhileSending(Ses):
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
    assert len(ses.sent) == 1
    after = read(mail, item)
    assert (after.notified_at, after.held) == (NOW, Hold("legal", "admin", NOW))
    assert list(PurgeStore().due(NOW + timedelta(days=400))) == []


def came_back(mail: MailBucket, n: int, *marks: str, sender: str | None = None) -> Unprocessed:
    content = Content("No case made", None, tuple(("x-email-channels", mark) for mark in marks))
    email = replace(stored_email(identity_of(n).record_id(), write_original(mail, n), n), content=content)
    if sender is not None:
        email = replace(email, from_=Address("", sender))
    return record_unprocessed(mail, n, reason=Reason.MAIL_LOOP, email=email)


def test_a_notification_that_came_back_is_not_notified_of(mail: MailBucket, ses: Ses) -> None:
    notifier(mail, ses).notify(record_unprocessed(mail, 1).id)
    mark = str(message_from_bytes(ses.sent[0][0], policy=default)["X-Email-Channels"])
    at_once, overdue = came_back(mail, 2, mark), came_back(mail, 3, mark)
    assert notifier(mail, ses).notify(at_once.id) is False
    assert notifier(mail, ses).notify_overdue(NOW) == 0
    assert len(ses.sent) == 1
    for item in (at_once, overdue):
        after = read(mail, item)
        assert (after.notified_at, after.notification_message_id) == (NOW, item.email.message_id)


@pytest.mark.parametrize(("sender", "told"), [(SETTINGS.notification_from_address, False), ("ada@acme.example", True)])
def test_a_notification_that_a_gateway_took_the_mark_from_is_known_by_its_references(
    mail: MailBucket, ses: Ses, sender: str, told: bool
) -> None:
    """An admin's answer to it has the same references; that is for people."""
    notifier(mail, ses).notify(record_unprocessed(mail, 1).id)
    references = parse_message(ses.sent[0][0]).references
    email = stored_email(identity_of(2).record_id(), write_original(mail, 2), 2)
    email = replace(email, from_=Address("", sender), references=references)
    item = record_unprocessed(mail, 2, reason=Reason.MAIL_LOOP, email=email)
    assert notifier(mail, ses).notify(item.id) is told


@pytest.mark.parametrize("mark", ["notification", "notification digest 000000", "ad_hoc", "alert 7K3F92QDX0 abcdef"])
def test_a_mark_that_we_did_not_sign_keeps_nobody_from_being_told(mail: MailBucket, ses: Ses, mark: str) -> None:
    item = came_back(mail, 2, mark)
    assert notifier(mail, ses).notify(item.id) is True


def test_an_acknowledgement_that_came_back_is_not_notified_of(mail: MailBucket, ses: Ses) -> None:
    ours = notifier(mail, ses)
    mark = signed_loop_mark(OutgoingKind.ACKNOWLEDGEMENT, "7K3F92QDX0", KEYS)
    item = came_back(mail, 2, mark, sender=SETTINGS.notification_from_address)
    assert ours.notify(item.id) is False
    assert ses.sent == []
    assert read(mail, item).notified_at == NOW


@pytest.mark.parametrize("kind", [OutgoingKind.ACKNOWLEDGEMENT, OutgoingKind.ALERT, OutgoingKind.AD_HOC])
def test_what_somebody_misses_or_a_stranger_sends_with_a_mark_of_ours_is_notified_of(
    mail: MailBucket, ses: Ses, kind: OutgoingKind
) -> None:
    sender = (
        "stranger@elsewhere.example" if kind is OutgoingKind.ACKNOWLEDGEMENT else SETTINGS.notification_from_address
    )
    item = came_back(mail, 2, signed_loop_mark(kind, "7K3F92QDX0", KEYS), sender=sender)
    assert notifier(mail, ses).notify(item.id) is True


def test_two_marks_keep_nobody_from_being_told(mail: MailBucket, ses: Ses) -> None:
    item = came_back(mail, 2, signed_loop_mark(OutgoingKind.NOTIFICATION, "7K3F92QDX0", KEYS), "notification")
    assert notifier(mail, ses).notify(item.id) is True

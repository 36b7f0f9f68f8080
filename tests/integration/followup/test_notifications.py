"""Notifications of unprocessed emails: each admin gets one, and a storm becomes a digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.cases.reasons import Reason
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import SendRefused
from email_channels.followup import notifications
from email_channels.followup.notifications import MOST_SINGLE_NOTIFICATIONS, STREAM_GRACE_PERIOD

from tests.support.in_process.notifier import NOW, notifier, read_unprocessed
from tests.support.in_process.notify_settings import ADMINS
from tests.support.in_process.ses_stand_in import SesStandIn
from tests.support.in_process.stored_emails import SENT, SES_BLOCK, record_unprocessed


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
    assert read_unprocessed(mail, item) == replace(
        item,
        notified_at=NOW,
        purge_after=NOW + timedelta(days=3),
        notification_attempts=1,
        notification_message_id="ses-1",
        copied_at=NOW,
        version=2,
    )


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
    assert read_unprocessed(mail, item).notified_at == NOW


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
    assert all(read_unprocessed(mail, item).notified_at == NOW for item in items)


def test_sliding_window(mail: MailBucket, ses: SesStandIn) -> None:
    """Ten minutes are counted back from each email, so no ten minutes have more than 20 single notifications."""
    items = iter([record_unprocessed(mail, n) for n in range(45)])

    def arrive(number: int, minutes: float) -> int:
        later = NOW + timedelta(minutes=minutes)
        return [notifier(mail, ses, now=later).notify(next(items).id) for _ in range(number)].count(True)

    assert arrive(15, 0) == 15
    assert arrive(10, 9.9) == 5
    assert arrive(1, 10.9) == 0, "the minute that began ten minutes ago counts as a whole"
    assert arrive(9, 12) == 9, "the first fifteen are more than ten minutes ago"
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


def test_left_to_the_stream(mail: MailBucket, ses: SesStandIn) -> None:
    """The schedule sends no notification that the stream is about to send."""
    record_unprocessed(mail, 1, received_at=NOW - STREAM_GRACE_PERIOD)
    assert notifier(mail, ses).notify_overdue(NOW) == 0
    assert notifier(mail, ses).notify_overdue(NOW + timedelta(milliseconds=1)) == 1


def test_most_rows_of_a_digest(mail: MailBucket, ses: SesStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email has a limit, and so has a digest. The rest is named a minute later."""
    monkeypatch.setattr(notifications, "MAX_DIGEST_ROWS", 3)
    for n in range(5):
        record_unprocessed(mail, n)
    later = NOW + timedelta(minutes=1)
    assert notifier(mail, ses).notify_overdue(NOW) == 3
    assert notifier(mail, ses, now=later).notify_overdue(later) == 2
    assert len(ses.of("notification")) == 2


def test_last_email_of_a_storm(mail: MailBucket, ses: SesStandIn) -> None:
    """An email that waits alone in a storm gets a notification, without a copy for the sender."""
    for n in range(21):
        notifier(mail, ses).notify(record_unprocessed(mail, n).id)
    copies = len(ses.of("sender_copy"))
    assert copies == 20
    assert notifier(mail, ses).notify_overdue(NOW + timedelta(minutes=3)) == 1
    assert (len(ses.of("notification")), len(ses.of("sender_copy"))) == (21, copies)


# Emails from servers that are not allowed: anybody in the world can send them


def foreign(mail: MailBucket, n: int, received_at: datetime) -> Unprocessed:
    return record_unprocessed(mail, n, reason=Reason.SERVER_NOT_ALLOWED, received_at=received_at)


@pytest.mark.parametrize("number", [1, 30])
def test_daily_digest(mail: MailBucket, ses: SesStandIn, number: int) -> None:
    """They are named in one digest after the end of the day, never singly, and never copied to the sender."""
    day = datetime(2026, 11, 23, tzinfo=UTC)
    items = [foreign(mail, n, day + timedelta(hours=n % 24)) for n in range(number)]
    for item in items:
        assert notifier(mail, ses).notify(item.id) is False
    for minutes in (0, 60, 23 * 60 + 59):
        assert notifier(mail, ses).notify_overdue(day + timedelta(minutes=minutes)) == 0
    assert ses.sent == []

    midnight = day + timedelta(days=1, minutes=3)
    assert notifier(mail, ses, now=midnight).notify_overdue(midnight) == number
    (digest,) = ses.sent
    assert digest.destinations == list(ADMINS)
    assert b"You hear of such emails once a day" in digest.raw.replace(b"=\r\n", b"")
    assert all(item.id.encode() in digest.raw for item in items)
    assert all(read_unprocessed(mail, item).notified_at == midnight for item in items)
    assert all(read_unprocessed(mail, item).purge_after is not None for item in items)
    # What comes later is for the next day, and other emails do not wait for it.
    late = foreign(mail, number, midnight)
    other = record_unprocessed(mail, number + 1)
    assert notifier(mail, ses).notify(other.id) is True
    assert notifier(mail, ses).notify_overdue(midnight + timedelta(hours=12)) == 0
    assert read_unprocessed(mail, late).notified_at is None

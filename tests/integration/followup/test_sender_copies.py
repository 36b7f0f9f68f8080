"""The sender of an unprocessed email gets a copy only where that is safe, and stops no notification."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.cases.reasons import Reason
from email_channels.errors import SendOutcomeUnknown, SendRefused

from tests.support.in_process.notifier import NOW, notifier, read_unprocessed, written_by
from tests.support.in_process.notify_settings import ADMINS, SETTINGS
from tests.support.in_process.ses_stand_in import SesStandIn
from tests.support.in_process.stored_emails import RECEIVED, SENT, SES_BLOCK, record_unprocessed


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
    assert read_unprocessed(mail, item).copied_at == NOW, "also if the admins are notified again"


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
    assert [line.message for line in caplog.records] == ["automatic email not sent: too many in this hour"] * 2
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

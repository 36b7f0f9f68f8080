"""A notification that comes back is not notified of again; a mark that was copied or forged hides no email."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from unittest.mock import Mock

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.notification_delivery_store import NotificationDeliveryStore
from email_channels.cases.history import Content
from email_channels.cases.outgoing import OutgoingKind
from email_channels.cases.reasons import Reason
from email_channels.cases.unprocessed import Unprocessed
from email_channels.errors import Fault
from email_channels.mail.message import Address
from email_channels.mail.parsing import parse_message
from email_channels.outbound.loop_marks import signed_loop_mark

from tests.support.in_process.notifier import KEYS, NOW, notifier, read_unprocessed
from tests.support.in_process.notify_settings import SETTINGS
from tests.support.in_process.ses_stand_in import SesStandIn
from tests.support.in_process.stored_emails import identity_of, record_unprocessed, stored_email, write_original


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
        after = read_unprocessed(mail, item)
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


def test_repeated_digest(mail: MailBucket, ses: SesStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A digest of the same emails has another mark, and is known by it."""
    for n in (1, 2):
        record_unprocessed(mail, n)
    later = NOW + timedelta(minutes=5)
    with monkeypatch.context() as patched:
        patched.setattr(NotificationDeliveryStore, "note_digest", Mock(side_effect=Fault("no answer")))
        with pytest.raises(Fault):
            notifier(mail, ses).notify_overdue(later)
    assert notifier(mail, ses, now=later + timedelta(minutes=2)).notify_overdue(later + timedelta(minutes=2)) == 2
    marks = [str(each.message["X-Email-Channels"]) for each in ses.sent]
    assert len(set(marks)) == len(marks) == 2
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

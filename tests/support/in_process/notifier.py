"""The notifier with a stand-in for SES, and the emails that it notifies of."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.cases.history import StoredEmail
from email_channels.cases.references import SigningKeys
from email_channels.cases.unprocessed import Unprocessed
from email_channels.followup.notifications import Notifier
from email_channels.mail.message import Address
from email_channels.settings import NotifySettings

from tests.support.in_process.notify_settings import SETTINGS
from tests.support.in_process.ses_stand_in import SesStandIn
from tests.support.in_process.stored_emails import RECEIVED, identity_of, stored_email, write_original

NOW = RECEIVED + timedelta(minutes=10)
KEYS = SigningKeys("key")


def notifier(mail: MailBucket, ses: SesStandIn, now: datetime = NOW, settings: NotifySettings = SETTINGS) -> Notifier:
    return Notifier(settings, NotificationStore(mail), mail, ses, lambda: KEYS, lambda: now, "https://api.example")


def read_unprocessed(mail: MailBucket, item: Unprocessed) -> Unprocessed:
    found = NotificationStore(mail).read(item.id)
    assert found is not None
    return found


def written_by(mail: MailBucket, n: int, sender: str) -> StoredEmail:
    email = stored_email(identity_of(n).record_id(), write_original(mail, n), n)
    return replace(email, from_=Address("", sender))

"""Builds the use cases of the function `notify`, which sends emails about new records, and links cases."""

from __future__ import annotations

from functools import cache

from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.ses_client import PATIENT_RETRY_SECONDS, SHUT_SECONDS, SesClient
from email_channels.aws.signing_keys import SigningKeyStore
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.bootstrap.process import mail_bucket, now, read_settings
from email_channels.followup.case_followup import CaseFollowUp
from email_channels.followup.case_word_index import CaseWordIndex
from email_channels.followup.notifications import Notifier
from email_channels.followup.table_stream import StreamFollowUp
from email_channels.outbound.own_addresses import own_addresses
from email_channels.settings import NotifySettings


@cache
def stream_follow_up() -> StreamFollowUp:
    """The use case that handles the records of the table's stream."""
    words = CaseWordIndex(FollowUpStore(_mail()), own_addresses(_settings()))
    return StreamFollowUp(notifier().notify, follow_up().follow, words.index)


@cache
def notifier() -> Notifier:
    """The use case that notifies the admins of unprocessed emails."""
    settings = _settings()
    return Notifier(
        settings,
        NotificationStore(_mail()),
        _mail(),
        ses_client().send,
        signing_keys().read,
        now,
        settings.api_url,
    )


@cache
def follow_up() -> CaseFollowUp:
    """The use case that alerts service groups, acknowledges emails, and links cases of the same email."""
    settings = _settings()
    return CaseFollowUp(
        settings,
        FollowUpStore(_mail()),
        _mail(),
        ses_client().send,
        signing_keys().read,
        now,
        settings.api_url,
        ses_client().region,
    )


@cache
def _settings() -> NotifySettings:
    return read_settings(NotifySettings)


@cache
def _mail() -> MailBucket:
    return mail_bucket(_settings())


@cache
def ses_client() -> SesClient:
    """Sends through the configuration set, as fast as SES allows."""
    return SesClient(
        clients.ses(),
        _settings().configuration_set,
        retry_seconds=PATIENT_RETRY_SECONDS,
        shut_seconds=SHUT_SECONDS,
    )


@cache
def signing_keys() -> SigningKeyStore:
    """The keys that sign marks and references."""
    return SigningKeyStore(clients.secrets_manager(), _settings().tag_key_secret)

"""Builds the use case of the function `adhoc_send`, which sends agents' emails."""

from __future__ import annotations

from functools import cache

from email_channels.aws import clients
from email_channels.aws.ses_client import SesClient
from email_channels.aws.signing_keys import SigningKeyStore
from email_channels.aws.stores.case_store import CaseStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.people.person_store import PersonStore
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.bootstrap.process import mail_bucket, now, read_settings
from email_channels.outbound.sending import Sending
from email_channels.settings import SendingSettings


@cache
def sending_settings() -> SendingSettings:
    """The function's settings."""
    return read_settings(SendingSettings)


@cache
def sending() -> Sending:
    """The use case that sends agents' emails."""
    settings = sending_settings()
    mail = mail_bucket(settings)
    return Sending(
        settings,
        CaseStore(mail, RoutingStore()),
        OutboundStore(mail),
        PersonStore(),
        mail,
        SesClient(clients.ses(), settings.configuration_set),
        SigningKeyStore(clients.secrets_manager(), settings.tag_key_secret).read,
        now,
    )

"""Builds the use case of the function `inbound`, which turns emails into cases, entries and unprocessed emails."""

from __future__ import annotations

from functools import cache

from email_channels.aws import clients
from email_channels.aws.signing_keys import SigningKeyStore
from email_channels.bootstrap.process import mail_bucket, now, read_settings
from email_channels.cases.references import SignedReference
from email_channels.intake.batch import InboundBatch
from email_channels.intake.processing import Intake
from email_channels.settings import InboundSettings


@cache
def inbound_batch() -> InboundBatch:
    """The use case that processes a batch of the queue's messages."""
    settings = read_settings(InboundSettings)
    intake = Intake(settings, mail_bucket(settings), _genuine, now)
    return InboundBatch(intake, settings.give_up_at_receive, settings.aws_lambda_function_memory_size)


@cache
def _signing_keys() -> SigningKeyStore:
    return SigningKeyStore(clients.secrets_manager(), read_settings(InboundSettings).tag_key_secret)


def _genuine(reference: SignedReference) -> bool:
    """Whether we signed the reference. The keys are fetched with the first reference, not before."""
    return _signing_keys().genuine(reference)

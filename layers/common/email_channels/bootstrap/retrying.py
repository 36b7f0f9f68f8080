"""Builds the use cases that retry and assign unprocessed emails.

This loads the parsers of emails, which takes some tenths of a second. `agent_api` imports it only when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from email_channels.aws import clients
from email_channels.aws.arrivals_queue import ArrivalsQueue
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.signing_keys import SigningKeyStore
from email_channels.bootstrap.process import now
from email_channels.cases.references import SignedReference
from email_channels.intake.assigning import Assignment
from email_channels.intake.deciding_again import DecidingAgain
from email_channels.intake.retrying import Retry
from email_channels.settings import IntakeSettings

# API Gateway ends a request after 29 seconds.
API_READING_SECONDS = 20.0


def make_retry(
    settings: IntakeSettings, mail: MailBucket, arrivals: ArrivalsQueue, seconds: float = API_READING_SECONDS
) -> Retry:
    """The use case that decides unprocessed emails again. Reading an original takes at most `seconds`."""
    return Retry(_deciding_again(settings, mail, arrivals, seconds))


def make_assignment(settings: IntakeSettings, mail: MailBucket, arrivals: ArrivalsQueue) -> Assignment:
    """The use case that assigns unprocessed emails, for a request of the API."""
    return Assignment(_deciding_again(settings, mail, arrivals, API_READING_SECONDS))


def _deciding_again(
    settings: IntakeSettings, mail: MailBucket, arrivals: ArrivalsQueue, seconds: float
) -> DecidingAgain:
    return DecidingAgain(settings, mail, genuine(settings.tag_key_secret), arrivals.follow_up, now, seconds)


def genuine(secret: str) -> Callable[[SignedReference], bool]:
    """Returns whether we signed a reference, with the keys in a secret. They are fetched with the first reference."""
    return lambda reference: _signing_keys(secret).genuine(reference)


@cache
def _signing_keys(secret: str) -> SigningKeyStore:
    return SigningKeyStore(clients.secrets_manager(), secret)

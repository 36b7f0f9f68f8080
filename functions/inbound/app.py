"""Objects in the bucket (through the queue) become cases, entries and unprocessed emails."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from email_channels.aws import clients, timeouts
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import table
from email_channels.aws.signing_keys import SigningKeyStore
from email_channels.cases.references import SignedReference
from email_channels.intake.batch import InboundBatch
from email_channels.intake.processing import Intake
from email_channels.observability import logger
from email_channels.settings import InboundSettings, load

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Takes in a batch of the queue's messages; answers which of them are to come again.

    The answer is what the event source wants (ReportBatchItemFailures). Powertools' batch processor gives the same,
    and adds a fifth to the cold start.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    logger().set_correlation_id(context.aws_request_id)
    timeouts.set_deadline(context.get_remaining_time_in_millis() / 1000)
    again = _taking_in().process(event["Records"], lambda: context.get_remaining_time_in_millis() / 1000)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}


@lru_cache(maxsize=1)
def _settings() -> InboundSettings:
    return load(InboundSettings, os.environ)


@lru_cache(maxsize=1)
def _taking_in() -> InboundBatch:
    settings = _settings()
    table.bind(settings.table_name)
    intake = Intake(settings, MailBucket(clients.s3(), settings.bucket_name), _genuine, _now)
    return InboundBatch(intake, most_receives=settings.max_receive_count)


@lru_cache(maxsize=1)
def _tag_keys() -> SigningKeyStore:
    return SigningKeyStore(clients.secrets_manager(), _settings().tag_key_secret)


def _genuine(reference: SignedReference) -> bool:
    """Whether we signed it; the keys are not fetched before an email carries a reference."""
    return _tag_keys().genuine(reference)


def _now() -> datetime:
    return datetime.now(UTC)

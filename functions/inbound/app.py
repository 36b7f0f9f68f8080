"""Objects in the bucket (through the queue) become cases, entries and unprocessed emails."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from email_channels.aws import clients, rows
from email_channels.aws.mail_store import MailStore
from email_channels.aws.tag_keys import TagKeyStore
from email_channels.intake import Intake
from email_channels.observability import logger
from email_channels.settings import InboundSettings, load
from email_channels.taking_in import TakingIn, receive_count, urgent_first

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Takes in a batch of the queue's messages; answers which of them are to come again."""
    logger().set_correlation_id(context.aws_request_id)
    taking_in = _taking_in()

    def take(record: SQSRecord) -> None:
        taking_in.take(
            record.body, receive_count(record.raw_event), lambda: context.get_remaining_time_in_millis() / 1000
        )

    return process_partial_response(
        event={**event, "Records": urgent_first(event["Records"])},
        record_handler=take,
        processor=BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False),
        context=context,
    )


@lru_cache(maxsize=1)
def _taking_in() -> TakingIn:
    settings = load(InboundSettings, os.environ)
    rows.bind(settings.table_name)
    mail = MailStore(clients.s3(), settings.bucket_name)
    tag_keys = TagKeyStore(clients.secrets_manager(), settings.tag_key_secret)
    return TakingIn(Intake(settings, mail, tag_keys, _now), most_receives=int(os.environ.get("MAX_RECEIVE_COUNT", "5")))


def _now() -> datetime:
    return datetime.now(UTC)

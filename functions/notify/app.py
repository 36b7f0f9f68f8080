"""The table's stream: people are told of what was recorded, cases of the same email are linked."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from email_channels.aws import clients, timeouts
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import table
from email_channels.aws.ses_client import SesClient
from email_channels.aws.signing_keys import SigningKeyStore
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.followup.case_followup import FollowUp
from email_channels.followup.notifications import Notifier
from email_channels.followup.table_stream import Recorded, what_was_recorded
from email_channels.observability import logger
from email_channels.settings import NotifySettings, load

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Does what follows each record of the batch; answers which of them are to come again."""
    logger().set_correlation_id(context.aws_request_id)
    timeouts.set_deadline(context.get_remaining_time_in_millis() / 1000)
    processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=_follow, processor=processor, context=context)


def _follow(record: DynamoDBRecord) -> None:
    recorded = what_was_recorded(record.raw_event)
    try:
        match recorded:
            case Recorded(kind="unprocessed"):
                _notifier().notify(recorded.record_id)
            case Recorded(kind="case"):
                _follow_up().follow(recorded.record_id, None)
            case Recorded(kind="entry"):
                _follow_up().follow(recorded.record_id, recorded.email_id)
    except Exception:
        # Powertools reports the record as failed, which brings it back, but does not say why.
        logger().exception("follow-up failed", extra={"record": recorded.record_id if recorded else None})
        raise


@lru_cache(maxsize=1)
def _settings() -> NotifySettings:
    settings = load(NotifySettings, os.environ)
    table.bind(settings.table_name)
    return settings


@lru_cache(maxsize=1)
def _mail() -> MailBucket:
    return MailBucket(clients.s3(), _settings().bucket_name)


@lru_cache(maxsize=1)
def _notifier() -> Notifier:
    settings = _settings()
    return Notifier(
        settings,
        NotificationStore(_mail()),
        _mail(),
        SesClient(clients.ses(), settings.configuration_set).send,
        _tag_keys().read,
        _now,
        settings.api_url,
    )


@lru_cache(maxsize=1)
def _tag_keys() -> SigningKeyStore:
    return SigningKeyStore(clients.secrets_manager(), _settings().tag_key_secret)


@lru_cache(maxsize=1)
def _follow_up() -> FollowUp:
    settings = _settings()
    return FollowUp(
        settings,
        FollowUpStore(_mail()),
        _mail(),
        SesClient(clients.ses(), settings.configuration_set).send,
        RoutingStore().read,
        _tag_keys().read,
        _now,
        settings.api_url,
    )


def _now() -> datetime:
    return datetime.now(UTC)

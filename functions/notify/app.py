"""Handles the table's stream: tells people what was recorded, and links cases of the same email.

A schedule of one minute sends the digests of storms, and notifications that the stream missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from email_channels.bootstrap.notify import notifier, stream_follow_up
from email_channels.bootstrap.process import Event, lambda_handler
from email_channels.times import from_text

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext


@lambda_handler
def handler(event: Event, context: LambdaContext) -> PartialItemFailureResponse | dict[str, int]:
    """Handles each record of the batch, and returns which records to retry.

    For the schedule: notifies the admins of all emails that wait for it, and returns their number.
    """
    if "Records" not in event:
        return {"notified": notifier().notify_overdue(from_text(event["time"]))}
    processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    return process_partial_response(event=event, record_handler=_handle, processor=processor, context=context)


def _handle(record: DynamoDBRecord) -> None:
    stream_follow_up().handle(record.raw_event)

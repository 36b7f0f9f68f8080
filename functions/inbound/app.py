"""Turns the emails that the queue's messages name into cases, entries and unprocessed emails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from email_channels.bootstrap.inbound import inbound_batch
from email_channels.bootstrap.process import Event, lambda_handler

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@lambda_handler
def handler(event: Event, context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Processes a batch of the queue's messages, and returns the ids of those to retry.

    The result has the form of ReportBatchItemFailures. The batch processor of Powertools would give the same result,
    but makes the cold start a fifth longer.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    retry = inbound_batch().process(event["Records"], lambda: context.get_remaining_time_in_millis() / 1000)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in retry]}

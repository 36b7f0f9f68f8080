"""Finishes what no other event will: a schedule starts overdue work, and a queue starts the check of each original."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from email_channels.bootstrap.process import Event, lambda_handler
from email_channels.bootstrap.reconcile import arrivals, reconcile
from email_channels.times import from_text

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@lambda_handler
def handler(event: Event, context: LambdaContext) -> dict[str, Any]:
    """For the schedule: runs each part for the time of the event, and returns how much each part finished.

    For a batch of the arrivals queue: checks the originals, and returns the message ids to retry, in the format of
    ReportBatchItemFailures.
    """
    if "Records" not in event:
        return reconcile().run(from_text(event["time"]))
    retry = arrivals(context.get_remaining_time_in_millis).check(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in retry]}

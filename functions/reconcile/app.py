"""The schedule that finishes what no event will: late notifications, stuck sends, lost originals and follow-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from email_channels.bootstrap.process import Event, lambda_handler
from email_channels.bootstrap.reconcile import reconcile
from email_channels.times import from_text

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@lambda_handler
def handler(event: Event, context: LambdaContext) -> dict[str, Any]:
    """Runs each part for the time of the schedule, and returns how much each part finished."""
    return reconcile(context.get_remaining_time_in_millis).run(from_text(event["time"]))

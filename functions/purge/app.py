"""The daily schedule: deletes unprocessed emails whose time is up."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from email_channels.bootstrap.process import Event, lambda_handler
from email_channels.bootstrap.purge import purge
from email_channels.times import from_text

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@lambda_handler
def handler(event: Event, context: LambdaContext) -> dict[str, Any]:
    """Purges what is due at the schedule's time. Returns how many emails it deleted, and whether those were all."""
    return asdict(purge(context.get_remaining_time_in_millis).run(from_text(event["time"])))

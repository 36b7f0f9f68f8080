"""Handles SES events about sent emails. EventBridge delivers one event per invocation, some more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from email_channels.bootstrap.delivery import delivery_events
from email_channels.bootstrap.process import Event, lambda_handler, now

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@lambda_handler
def handler(event: Event, context: LambdaContext) -> None:  # noqa: ARG001 - Lambda calls it with both
    """Handles one event. If this raises, Lambda retries it twice; then the event goes to the failure queue."""
    delivery_events().handle(event, now())

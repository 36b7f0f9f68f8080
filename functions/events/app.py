"""Handles the table's stream: publishes domain events for other systems. Only deployments with an event bus have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from email_channels.bootstrap.events import publisher
from email_channels.bootstrap.process import Event, lambda_handler

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@lambda_handler
def handler(event: Event, context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda calls it with both
    """Publishes the events of a batch, and returns from which record on it must be retried."""
    failed = publisher().publish(event["Records"])
    return {"batchItemFailures": [] if failed is None else [{"itemIdentifier": failed}]}

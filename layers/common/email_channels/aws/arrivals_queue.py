"""The arrivals queue. Each message makes `reconcile` look at an email after a delay of 15 minutes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class ArrivalsQueue:
    """Asks `reconcile` to follow up emails that a person assigns to cases."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def follow_up(self, case_id: str, email_id: str | None) -> None:
        """Asks for the follow-up of an entry, or of a case if `email_id` is None."""
        message = {"follow_up": {"case_id": case_id, "email_id": email_id}}
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(message))

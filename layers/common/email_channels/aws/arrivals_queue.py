"""The arrivals queue. Each message makes `reconcile` check an original after a delay of 15 minutes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class ArrivalsQueue:
    """Queues originals for another check, with the message that EventBridge sends when an original arrives."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, key: str) -> None:
        """Sends an "Object Created" event for the object with this key, with only the fields that `reconcile` reads.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
        """
        event = {"source": "aws.s3", "detail-type": "Object Created", "detail": {"object": {"key": key}}}
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(event))

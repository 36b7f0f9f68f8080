"""The queue whose messages make `reconcile` look at an original, after its delay of 15 minutes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class ArrivalsQueue:
    """Has an original looked at again, with the same message as EventBridge sends when an original arrives."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, key: str) -> None:
        """Sends the event that the object with this key was created, as far as `reconcile` reads it.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
        """
        event = {"source": "aws.s3", "detail-type": "Object Created", "detail": {"object": {"key": key}}}
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(event))

"""The queue from which `inbound` gets its emails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MANY = 100
"""If so many messages wait, an original may wait for its first receive. Usually it is received within seconds."""


class InboundQueue:
    """Queues originals for `inbound` again, in the format of the bucket's own notifications."""

    def __init__(self, client: SQSClient, queue_url: str, bucket: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._bucket = bucket

    def send(self, key: str) -> None:
        """Sends an "object created" event for the object with this key.

        The format, with URL-encoded keys:
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
        """
        record = {
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": self._bucket}, "object": {"key": quote_plus(key)}},
        }
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps({"Records": [record]}))

    def is_long(self) -> bool:
        """Whether at least MANY messages wait. The number that SQS reports is approximate."""
        answer = self._client.get_queue_attributes(
            QueueUrl=self._queue_url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"]) >= MANY

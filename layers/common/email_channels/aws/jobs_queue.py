"""The jobs queue. Each message makes the function `jobs` work on a job for as long as it has time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class JobsQueue:
    """Asks for work on a job. A message too many does no harm: two workers never do the same step."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, job_id: str) -> None:
        """Asks for work on this job."""
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps({"job_id": job_id}))


def read_job_message(body: str) -> str:
    """The job id in a message of this queue. Raises ValueError for any other message."""
    try:
        return str(json.loads(body)["job_id"])
    except (KeyError, TypeError, ValueError):
        raise ValueError("a message that names no job") from None

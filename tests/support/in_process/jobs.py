"""Runs the function `jobs` in this process: messages of the jobs queue, until there are none."""

from __future__ import annotations

from typing import Any

import boto3

from functions.jobs import app
from tests.support.lambda_context import lambda_context


def take_messages() -> list[str]:
    """The bodies of all messages in the jobs queue, which is empty afterwards."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    bodies: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def work(body: str, milliseconds: int = 180_000) -> bool:
    """Gives one message to the function, with so much time; returns whether it is retried."""
    record = {"messageId": "m", "body": body, "attributes": {"ApproximateReceiveCount": "1"}}
    answer: dict[str, Any] = app.handler({"Records": [record]}, lambda_context(milliseconds))
    return bool(answer["batchItemFailures"])


def work_all() -> int:
    """Works on all jobs until the queue is empty. Returns how many messages there were."""
    count = 0
    while bodies := take_messages():
        for body in bodies:
            assert not work(body)
            count += 1
    return count

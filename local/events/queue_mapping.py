"""Event source mapping from an SQS queue to a function: batches, partial failures, concurrency.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html. The queue itself moves messages to the
dead-letter queue: a failed message becomes visible again, and SQS counts how often it was received.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.cloudformation.deployment import DeployedResource
from local.embedded_aws import EmbeddedAws
from local.events.shortened_waits import shortened, shortened_whole_seconds
from local.lambda_.deployed_function import FunctionFailed
from local.lambda_.worker_pools import PROCESSES_PER_FUNCTION

POLL_SECONDS = 5.0
"""How long an idle poller waits for a notice of new messages before it looks for itself."""

DELAYED_POLL_SECONDS = 1.0
"""The same for a queue with a delay. Its messages become visible without a notice."""

_SERVICES = ("sqs", "s3")
_MOST_AT_ONCE = 10
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class QueueMapping:
    """The mapping's properties. `window` is in seconds. Without `partial`, a batch fails or succeeds as one."""

    queue: DeployedResource
    function: str
    batch_size: int
    window: float
    concurrency: int
    partial: bool


def read_queue_mapping(queue: DeployedResource, function: str, properties: Mapping[str, Any]) -> QueueMapping:
    """Reads the properties of an `AWS::Lambda::EventSourceMapping`."""
    return QueueMapping(
        queue=queue,
        function=function,
        batch_size=int(properties.get("BatchSize", 10)),
        window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
        concurrency=int(properties.get("ScalingConfig", {}).get("MaximumConcurrency", PROCESSES_PER_FUNCTION)),
        partial="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
    )


class QueuePoller:
    """Polls the queue in as many threads as batches may run at once. Each one receives, invokes and deletes."""

    def __init__(self, source: QueueMapping, aws: EmbeddedAws, invoke: Callable[[str, object], Any]) -> None:
        self._source = source
        self._aws = aws
        self._sqs = aws.client("sqs")
        self._invoke = invoke
        self._stopping = threading.Event()
        self._retry_after = shortened_whole_seconds(float(source.queue.properties.get("VisibilityTimeout", 30)))
        self._next_retry = 0.0
        self._delayed = float(source.queue.properties.get("DelaySeconds", 0)) > 0
        self._threads = [
            threading.Thread(target=self._run, name=f"queue-{source.function}-{number}", daemon=True)
            for number in range(min(source.concurrency, PROCESSES_PER_FUNCTION))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, deadline: float) -> None:
        """Waits until `deadline` (monotonic clock) for batches that are under way."""
        self._stopping.set()
        self._aws.activity.note("sqs")
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def idle(self) -> bool:
        """Whether no message is visible or in flight, and none is delayed by its sender.

        Messages in the delay of the queue itself do not count: each email puts one there, long before it is needed.
        """
        name = self._source.queue.attributes["QueueName"]
        return self._aws.queue_length(name, delayed=not self._delayed) == 0

    def _run(self) -> None:
        while not self._stopping.is_set():
            seen = self._aws.activity.count(*_SERVICES)
            try:
                messages = self._receive()
                if messages:
                    self._handle(messages)
                    continue
            except Exception:  # noqa: BLE001  (logged; the messages become visible again)
                if self._stopping.is_set():
                    return
                _log.exception(
                    "%s: a batch failed, and is retried after its visibility timeout",
                    self._source.function,
                )
            if self._delayed:
                self._stopping.wait(DELAYED_POLL_SECONDS)
                continue
            until_retry = self._next_retry - time.monotonic()
            timeout = until_retry if 0 < until_retry < POLL_SECONDS else POLL_SECONDS
            self._aws.activity.wait(_SERVICES, seen, timeout)

    def _receive(self) -> list[dict[str, Any]]:
        """A batch: the messages that are there, and those that come within the window, up to the batch size."""
        messages = self._receive_once(self._source.batch_size)
        deadline = time.monotonic() + shortened(self._source.window)
        while messages and len(messages) < self._source.batch_size and not self._stopping.is_set():
            more = self._receive_once(self._source.batch_size - len(messages))
            messages += more
            if not more:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                time.sleep(left)
        return messages

    def _receive_once(self, wanted: int) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._source.queue.physical_id,
            MaxNumberOfMessages=min(wanted, _MOST_AT_ONCE),
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
            WaitTimeSeconds=0,
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _handle(self, messages: list[dict[str, Any]]) -> None:
        event = {"Records": [self._record(message) for message in messages]}
        try:
            failed = self._failed(self._invoke(self._source.function, event), messages)
        except FunctionFailed as error:
            _log.warning("%s: a batch of %d failed: %s", self._source.function, len(messages), error.error_type)
            failed = {message["MessageId"] for message in messages}
        url = self._source.queue.physical_id
        for start in range(0, len(messages), _MOST_AT_ONCE):
            part = messages[start : start + _MOST_AT_ONCE]
            done = [_entry(message) for message in part if message["MessageId"] not in failed]
            again = [_entry(message) for message in part if message["MessageId"] in failed]
            if done:
                self._sqs.delete_message_batch(QueueUrl=url, Entries=done)
            if again:
                entries = [{**entry, "VisibilityTimeout": self._retry_after} for entry in again]
                self._sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)
                self._next_retry = time.monotonic() + self._retry_after + 0.02

    def _failed(self, response: Any, messages: list[dict[str, Any]]) -> set[str]:
        """The ids of the messages that failed.

        The whole batch fails if the response is malformed or names a message that is not in the batch.
        """
        everything = {message["MessageId"] for message in messages}
        if not self._source.partial or response is None:
            return set()
        try:
            failed = {item["itemIdentifier"] for item in response.get("batchItemFailures") or []}
        except (AttributeError, KeyError, TypeError):
            return everything
        return everything if failed - everything else failed

    def _record(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """The message as functions get it: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {},
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._source.queue.attributes["Arn"],
            "awsRegion": self._aws.region,
        }


def _entry(message: Mapping[str, Any]) -> dict[str, Any]:
    return {"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]}

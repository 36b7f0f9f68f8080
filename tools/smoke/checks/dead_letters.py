"""What was given up waits in the dead-letter queues and in the failure queue."""

from __future__ import annotations

from collections.abc import Iterator

from tools.smoke.findings import Finding
from tools.smoke.run import Run

_QUEUES = ("DeadLetterQueueUrl", "ArrivalsDeadLetterQueueUrl", "JobsDeadLetterQueueUrl", "FailureQueueUrl")


def look(run: Run) -> Iterator[Finding]:
    for output in _QUEUES:
        attributes = run.clients.sqs.get_queue_attributes(
            QueueUrl=run.stack.outputs[output], AttributeNames=["ApproximateNumberOfMessages"]
        )
        count = int(attributes["Attributes"]["ApproximateNumberOfMessages"])
        if count:
            name = run.stack.outputs[output].rpartition("/")[2]
            yield Finding(
                f"The queue {name} holds {count} messages that were given up.",
                f"Find the cause (docs/operations.md), and then: make redrive STACK={run.stack.name}",
            )

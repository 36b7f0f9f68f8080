"""What was given up waits in the dead-letter queues and in the failure queue."""

from __future__ import annotations

from collections.abc import Iterator

from tools.smoke.findings import Finding
from tools.smoke.run import Run

_ENDS = ("DeadLetterQueueUrl", "FailureQueueUrl")
"""The ends of the names of the outputs that name such queues."""


def look(run: Run) -> Iterator[Finding]:
    for url in (url for name, url in run.stack.outputs.items() if name.endswith(_ENDS)):
        attributes = run.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        count = int(attributes["Attributes"]["ApproximateNumberOfMessages"])
        if count:
            name = url.rpartition("/")[2]
            yield Finding(
                f"The queue {name} holds {count} messages that were given up.",
                f"Find the cause (docs/runbooks.md), and then: make redrive STACK={run.stack.name}",
            )

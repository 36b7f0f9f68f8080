"""All event sources of the functions: queues, table streams, the event bus and schedules."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from local.cloudformation.deployment import Deployment
from local.embedded_aws import EmbeddedAws
from local.errors import UserError
from local.events.event_bus import EventBus
from local.events.failure_destinations import failure_queue
from local.events.queue_mapping import QueuePoller, read_queue_mapping
from local.events.stream_mapping import StreamMapping, StreamPoller, read_stream_mapping

STOP_SECONDS = 10.0
"""Seconds that running functions have to finish when the stack stops."""

_SUPPORTED_PROPERTIES = {
    "queue": {
        "BatchSize",
        "Enabled",
        "EventSourceArn",
        "FunctionName",
        "FunctionResponseTypes",
        "MaximumBatchingWindowInSeconds",
        "ScalingConfig",
    },
    "stream": {
        "BatchSize",
        "BisectBatchOnFunctionError",
        "DestinationConfig",
        "Enabled",
        "EventSourceArn",
        "FilterCriteria",
        "FunctionName",
        "FunctionResponseTypes",
        # The window, the age and the factor have no effect: a batch is sent at once, and there is one shard.
        "MaximumBatchingWindowInSeconds",
        "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts",
        "ParallelizationFactor",
        "StartingPosition",
    },
}


class EventSources:
    """Gives events to functions, from `start` to `stop`.

    Raises UserError for an event source mapping with a property that the local stack does not support.
    """

    def __init__(self, deployment: Deployment, aws: EmbeddedAws, invoke: Callable[[str, object], Any]) -> None:
        """`invoke` takes a function's name and an event, and returns its result or raises FunctionFailed."""
        self._aws = aws
        self._invoke = invoke
        queue_pollers: list[QueuePoller] = []
        self._events = EventBus(deployment, aws, self._invoke_noted)
        streams: dict[str, list[StreamMapping]] = defaultdict(list)
        tables = {table.attributes.get("StreamArn"): table for table in deployment.of_type("AWS::DynamoDB::Table")}
        queues = {queue.attributes["Arn"]: queue for queue in deployment.of_type("AWS::SQS::Queue")}
        for mapping in deployment.of_type("AWS::Lambda::EventSourceMapping"):
            properties = mapping.properties
            if str(properties.get("Enabled", True)).lower() == "false":
                continue
            function = deployment.function_of(properties["FunctionName"])
            arn = properties["EventSourceArn"]
            if arn in queues:
                _check(mapping.logical_id, properties, "queue")
                source = read_queue_mapping(queues[arn], function.name, properties)
                queue_pollers.append(QueuePoller(source, aws, self._invoke_noted))
            elif arn in tables:
                _check(mapping.logical_id, properties, "stream")
                failures = failure_queue(deployment, properties)
                streams[tables[arn].physical_id].append(read_stream_mapping(function, properties, failures))
            else:
                raise UserError(f"template: {mapping.logical_id}: {arn} is not a queue or a stream of the template")
        self._all: list[QueuePoller | StreamPoller | EventBus] = [*queue_pollers]
        self._all += [StreamPoller(name, sources, aws, self._invoke_noted) for name, sources in streams.items()]
        self._all.append(self._events)
        self._upstream: list[Callable[[], bool]] = []

    def start(self) -> None:
        for source in self._all:
            source.start()

    def stop(self) -> None:
        """Lets running functions finish, for STOP_SECONDS at most. Messages that are left stay in their queues."""
        deadline = time.monotonic() + STOP_SECONDS
        for source in self._all:
            source.stop(deadline)

    def put_event(self, event: Mapping[str, Any]) -> None:
        """Gives an EventBridge event (`source`, `detail-type`, `detail`, ...) to every rule that matches it."""
        self._aws.activity.note("events")
        self._events.put_event(event)

    def fire_schedule(self, function: str, time: str) -> Any:
        """Fires the function's schedule as if at `time` (`2026-12-24T00:00:00Z`), and returns what the function
        returns.

        Raises KeyError if there is no such function with a schedule, FunctionFailed if it failed.
        """
        return self._events.fire_schedule(function, time)

    def wait_for(self, idle: Callable[[], bool]) -> None:
        """From now on, `settle` also waits until `idle()` is true, which means that this source has no more events."""
        self._upstream.append(idle)

    def settle(self, timeout: float) -> bool:
        """Waits until no event is under way, for `timeout` seconds at most. Returns whether none is.

        One event causes another: a function writes, the stream gives the record to a second function, this one sends an
        email, and SES emits an event. So all sources have to be idle while nothing was written, invoked or emitted.
        """
        deadline = time.monotonic() + timeout
        checks = [*self._upstream, *(source.idle for source in self._all)]
        while True:
            seen = self._aws.activity.count()
            if all(idle() for idle in checks) and self._aws.activity.count() == seen:
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)

    def _invoke_noted(self, name: str, event: object) -> Any:
        self._aws.activity.note("invocations")
        try:
            return self._invoke(name, event)
        finally:
            self._aws.activity.note("invocations")


def _check(logical_id: str, properties: Mapping[str, Any], kind: str) -> None:
    for name in properties:
        if name not in _SUPPORTED_PROPERTIES[kind]:
            raise UserError(f"template: {logical_id}: the local stack does not support {name} of a {kind} event source")

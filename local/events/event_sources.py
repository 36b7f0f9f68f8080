"""Carries events as AWS would: queues, streams, EventBridge events and schedules to the functions."""

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
"""How long a function may go on when the stack stops."""

_KNOWN_PROPERTIES = {
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
        # A batch goes as soon as there is a record; there is one shard; nothing here lives as long as a record may.
        "MaximumBatchingWindowInSeconds",
        "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts",
        "ParallelizationFactor",
        "StartingPosition",
    },
}


class EventSources:
    """Raises UserError for an event source with a part that is not known here."""

    def __init__(self, deployment: Deployment, aws: EmbeddedAws, invoke: Callable[[str, object], Any]) -> None:
        """`invoke` takes a function's name and an event, returns its result, raises FunctionFailed."""
        self._aws = aws
        self._invoke = invoke
        queues_pumped: list[QueuePoller] = []
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
                queues_pumped.append(QueuePoller(source, aws, self._invoke_noted))
            elif arn in tables:
                _check(mapping.logical_id, properties, "stream")
                failures = failure_queue(deployment, properties)
                streams[tables[arn].physical_id].append(read_stream_mapping(function, properties, failures))
            else:
                raise UserError(f"template: {mapping.logical_id}: {arn} is no queue and no stream of the template")
        self._all: list[QueuePoller | StreamPoller | EventBus] = [*queues_pumped]
        self._all += [StreamPoller(name, sources, aws, self._invoke_noted) for name, sources in streams.items()]
        self._all.append(self._events)
        self._upstream: list[Callable[[], bool]] = []

    def start(self) -> None:
        for pump in self._all:
            pump.start()

    def stop(self) -> None:
        """Finishes what is under way, from the source on, for some seconds; what is left stays in its queue."""
        deadline = time.monotonic() + STOP_SECONDS
        for pump in self._all:
            pump.stop(deadline)

    def put_event(self, event: Mapping[str, Any]) -> None:
        """An event as EventBridge has it (`source`, `detail-type`, `detail` ...), to every rule that matches."""
        self._aws.activity.note("events")
        self._events.put_event(event)

    def fire_schedule(self, function: str, time: str) -> Any:
        """Runs the function as its schedule would at `time` (`2026-12-24T00:00:00Z`), and gives what it returned.

        Raises KeyError if there is no such function with a schedule, FunctionFailed if it failed.
        """
        return self._events.fire_schedule(function, time)

    def wait_for(self, idle: Callable[[], bool]) -> None:
        """`settle` also waits until `idle` says that nothing more will come from there."""
        self._upstream.append(idle)

    def settle(self, timeout: float) -> bool:
        """Waits until no event is under way, at most `timeout` seconds; whether that is so.

        Events go round (a function writes, the stream has it, another function sends, SES gives an event back), so
        that everything has to be found idle while nothing was written, invoked or emitted.
        """
        deadline = time.monotonic() + timeout
        checks = [*self._upstream, *(pump.idle for pump in self._all)]
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
        if name not in _KNOWN_PROPERTIES[kind]:
            raise UserError(f"template: {logical_id}: the local stack does not know {name} of a {kind} event source")

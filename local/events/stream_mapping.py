"""A table's stream to functions, as Lambda's event source mapping does it.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html. One shard, so one batch at a time for each
function, in order; a batch that fails holds up what comes after it until it is given up.
"""

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.embedded_aws import EmbeddedAws
from local.events.event_patterns import Predicate, matcher
from local.events.failure_destinations import send_failure
from local.events.shortened_waits import shortened
from local.lambda_.deployed_function import DeployedFunction, FunctionFailed

POLL_SECONDS = 5.0
"""How long an idle pump relies on being told of new records."""

_FIRST_RETRY = 15.0
_LONGEST_RETRY = 120.0
"""Seconds between the tries of a batch, in AWS; see `local/events/shortened_waits.py`."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StreamMapping:
    """`retries` is how often a failing batch is tried again, None for ever; `filters` are alternatives."""

    function: DeployedFunction
    batch_size: int
    retries: int | None
    bisect: bool
    partial: bool
    filters: Sequence[Predicate]
    failure_queue: str | None


def read_stream_mapping(
    function: DeployedFunction, properties: Mapping[str, Any], failure_queue: str | None
) -> StreamMapping:
    """Reads the properties of an `AWS::Lambda::EventSourceMapping`."""
    retries = int(properties.get("MaximumRetryAttempts", -1))
    filters = properties.get("FilterCriteria", {}).get("Filters", [])
    return StreamMapping(
        function=function,
        batch_size=int(properties.get("BatchSize", 100)),
        retries=None if retries < 0 else retries,
        bisect=str(properties.get("BisectBatchOnFunctionError", False)).lower() == "true",
        partial="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
        filters=[matcher(json.loads(one["Pattern"])) for one in filters],
        failure_queue=failure_queue,
    )


class StreamPoller:
    """Reads the stream of one table and hands each record to every source whose filters take it."""

    def __init__(
        self,
        table_name: str,
        sources: Sequence[StreamMapping],
        aws: EmbeddedAws,
        invoke: Callable[[str, object], Any],
    ) -> None:
        self._table_name = table_name
        self._aws = aws
        self._stopping = threading.Event()
        self._taking = threading.Lock()
        self._consumers = [_Consumer(source, aws, invoke, self._stopping) for source in sources]
        self._thread = threading.Thread(target=self._run, name=f"stream-{table_name}", daemon=True)

    def start(self) -> None:
        self._thread.start()
        for consumer in self._consumers:
            consumer.thread.start()

    def stop(self, deadline: float) -> None:
        """Waits for batches under way until `deadline`, by the monotonic clock; they are not tried again."""
        self._stopping.set()
        self._aws.activity.note("dynamodb")
        self._thread.join()
        for consumer in self._consumers:
            consumer.stop(deadline)

    def idle(self) -> bool:
        """Whether the stream is read to its end and every record of it is handled."""
        with self._taking:
            return self._aws.stream_is_empty(self._table_name) and not any(one.pending() for one in self._consumers)

    def _run(self) -> None:
        while not self._stopping.is_set():
            seen = self._aws.activity.count("dynamodb")
            with self._taking:
                for record in self._aws.take_stream_records(self._table_name):
                    for consumer in self._consumers:
                        consumer.offer(record)
            self._aws.activity.wait(("dynamodb",), seen, POLL_SECONDS)


class _Consumer:
    """One function's place in the stream."""

    def __init__(
        self,
        source: StreamMapping,
        aws: EmbeddedAws,
        invoke: Callable[[str, object], Any],
        stopping: threading.Event,
    ) -> None:
        self._source = source
        self._aws = aws
        self._invoke = invoke
        self._stopping = stopping
        self._records: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._pending = 0
        self._lock = threading.Lock()
        self.thread = threading.Thread(target=self._run, name=f"stream-{source.function.name}", daemon=True)

    def offer(self, record: dict[str, Any]) -> None:
        if self._source.filters and not any(test(record) for test in self._source.filters):
            return
        with self._lock:
            self._pending += 1
        self._records.put(record)

    def stop(self, deadline: float) -> None:
        self._records.put(None)
        self.thread.join(max(0.0, deadline - time.monotonic()))

    def pending(self) -> bool:
        with self._lock:
            return self._pending > 0

    def _run(self) -> None:
        while not self._stopping.is_set():
            batch = self._batch()
            try:
                self._process(batch, 0)
            except Exception:  # noqa: BLE001  (logged, and the stream goes on)
                _log.exception("%s: %d records of the stream are lost", self._source.function.name, len(batch))
            with self._lock:
                self._pending -= len(batch)

    def _batch(self) -> list[dict[str, Any]]:
        """At least one record and what else is there; none at the end."""
        batch: list[dict[str, Any]] = []
        while len(batch) < self._source.batch_size:
            try:
                record = self._records.get(block=not batch)
            except queue.Empty:
                break
            if record is None:
                break
            batch.append(record)
        return batch

    def _process(self, records: list[dict[str, Any]], tries: int) -> None:
        """Until the records are handled or given up. `tries` counts the failures of the first of them so far."""
        while records and not self._stopping.is_set():
            handled = self._handle(records)
            if handled == len(records):
                return
            if handled:
                records, tries = records[handled:], 0
                continue
            if self._source.bisect and len(records) > 1:
                middle = len(records) // 2
                self._process(records[:middle], tries)
                self._process(records[middle:], tries)
                return
            tries += 1
            if self._source.retries is not None and tries > self._source.retries:
                self._give_up(records, tries)
                return
            self._stopping.wait(shortened(min(_FIRST_RETRY * 2 ** min(tries - 1, 10), _LONGEST_RETRY)))

    def _handle(self, records: list[dict[str, Any]]) -> int:
        """Invokes the function; how many of the records, from the first on, are handled."""
        name = self._source.function.name
        try:
            response = self._invoke(name, {"Records": records})
        except FunctionFailed as error:
            _log.warning("%s: a batch of %d failed: %s", name, len(records), error.error_type)
            return 0
        if not self._source.partial or response is None:
            return len(records)
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        try:
            failed = [item["itemIdentifier"] for item in response.get("batchItemFailures") or []]
            return min((numbers.index(number) for number in failed), default=len(records))
        except (AttributeError, KeyError, TypeError, ValueError):
            # Not an answer as it should be, or a record that is not in the batch: the whole batch has failed.
            return 0

    def _give_up(self, records: list[dict[str, Any]], tries: int) -> None:
        name = self._source.function.name
        _log.error("%s: gave up %d records of the stream after %d tries", name, len(records), tries)
        if self._source.failure_queue is None:
            return
        first, last = records[0], records[-1]
        info = {
            "shardId": "shardId-local",
            "startSequenceNumber": first["dynamodb"]["SequenceNumber"],
            "endSequenceNumber": last["dynamodb"]["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _time(first),
            "approximateArrivalOfLastRecord": _time(last),
            "batchSize": len(records),
            "streamArn": first["eventSourceARN"],
        }
        what = {"DDBStreamBatchInfo": info}
        send_failure(
            self._aws, self._source.failure_queue, self._source.function, "RetryAttemptsExhausted", tries, what
        )


def _time(record: Mapping[str, Any]) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record["dynamodb"]["ApproximateCreationDateTime"]))

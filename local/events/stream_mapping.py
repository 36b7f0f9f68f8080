"""Event source mapping from a table's stream to functions: filters, retries, bisection, failure destination.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html. There is one shard: each function gets one
batch at a time, in order, and later records wait until a failing batch succeeds or is given up.
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
"""How long an idle poller waits for a notice of new records before it looks for itself."""

_FIRST_RETRY = 15.0
_LONGEST_RETRY = 120.0
"""Seconds between the attempts of a batch in AWS. `local/events/shortened_waits.py` shortens them."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StreamMapping:
    """The mapping's properties. `retries` is None if a failing batch is retried for ever.

    A record has to match one of the `filters`.
    """

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
    """Reads the stream of one table. Gives each record to every mapping with a filter that matches it."""

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
        self._reading = threading.Lock()
        self._consumers = [_Consumer(source, aws, invoke, self._stopping) for source in sources]
        self._thread = threading.Thread(target=self._run, name=f"stream-{table_name}", daemon=True)

    def start(self) -> None:
        self._thread.start()
        for consumer in self._consumers:
            consumer.thread.start()

    def stop(self, deadline: float) -> None:
        """Waits until `deadline` (monotonic clock) for batches that are under way. They are not retried."""
        self._stopping.set()
        self._aws.activity.note("dynamodb")
        self._thread.join()
        for consumer in self._consumers:
            consumer.stop(deadline)

    def idle(self) -> bool:
        """Whether the stream is read to its end, and all records are handled."""
        with self._reading:
            return self._aws.stream_is_empty(self._table_name) and not any(one.pending() for one in self._consumers)

    def _run(self) -> None:
        while not self._stopping.is_set():
            seen = self._aws.activity.count("dynamodb")
            with self._reading:
                for record in self._aws.take_stream_records(self._table_name):
                    for consumer in self._consumers:
                        consumer.offer(record)
            self._aws.activity.wait(("dynamodb",), seen, POLL_SECONDS)


class _Consumer:
    """One function's position in the stream: the records that it has not handled yet."""

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
        """Waits for a record, and returns it with the others that are there. Returns nothing at the end."""
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
        """Invokes the function until the records are handled or given up.

        `tries` counts how often the first record has failed so far.
        """
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
        """Invokes the function once. Returns the number of records, from the first one on, that are handled."""
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
            # The response is malformed, or names a record that is not in the batch: the whole batch has failed.
            return 0

    def _give_up(self, records: list[dict[str, Any]], tries: int) -> None:
        name = self._source.function.name
        _log.error("%s: gave up %d records of the stream after %d attempts", name, len(records), tries)
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

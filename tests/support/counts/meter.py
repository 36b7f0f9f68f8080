"""Counts the calls to AWS that the functions of a simulation make, and the units that DynamoDB bills for them."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from email_channels.jobs import retrying, trying
from email_channels.observability import logger
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from local.judging.dynamodb_limits import item_size
from local.judging.dynamodb_units import Index, Item, query_units, read_units, stored_size, write_units
from tests.support.in_process.aws import REGION
from tests.support.in_process.aws_calls import Call, intercept
from tests.support.reliability.simulation import Simulation


@dataclass(frozen=True)
class Write:
    """One item that a call wrote or tried to write: its size in bytes before and after (0: no item), its units, and
    by how many bytes the table and its indexes (`growth`), its indexes alone, and by how many items the table grew.
    Items that expire by themselves are no growth."""

    operation: str
    key: str
    before: int
    after: int
    of_item: int
    of_indexes: int
    growth: int
    growth_of_indexes: int
    more: int


@dataclass(frozen=True)
class Read:
    """One item that a call read by its key, or all that a query looked at: of which function, its size in bytes (0: no
    item), and its units."""

    function: str
    operation: str
    key: str
    consistent: bool
    size: int
    units: float


@dataclass
class Counts:
    """What was counted: invocations by function, calls to AWS by operation and by function, each written item, each
    item that was read, and the bytes of the log.

    As JSON also `stored_items` and `stored_bytes`: how much more the table holds afterwards, as DynamoDB bills it, and
    how much of it is in its indexes (`index_bytes`).
    """

    invocations: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    calls_of: Counter[str] = field(default_factory=Counter)
    writes: list[Write] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    log_bytes: int = 0

    @property
    def write_units(self) -> int:
        return sum(write.of_item + write.of_indexes for write in self.writes)

    @property
    def read_units(self) -> float:
        return sum(read.units for read in self.reads)

    def to_json(self) -> dict[str, Any]:
        """The numbers that are written down."""
        return {
            "invocations": dict(sorted(self.invocations.items())),
            "calls": dict(sorted(self.calls.items())),
            "calls_of": dict(sorted(self.calls_of.items())),
            "write_units": self.write_units,
            "read_units": self.read_units,
            "stored_items": sum(write.more for write in self.writes),
            "stored_bytes": sum(write.growth for write in self.writes),
            "index_bytes": sum(write.growth_of_indexes for write in self.writes),
            "log_bytes": self.log_bytes,
        }


@contextmanager
def counted(simulation: Simulation) -> Iterator[Counts]:
    """Within the block, all calls of the simulation's functions are counted. Calls are made one at a time."""
    counts = Counts()
    meter = _Meter(counts)

    def make(_: BaseClient, name: str, parameters: Any, call: Call) -> Any:
        if simulation.running is None:
            return call()
        counts.calls_of[simulation.running] += 1
        return meter.make(simulation.running, name, parameters, call)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Table, "query", meter.query(Table.query))
        for work in (retrying, trying):  # a slow machine would divide their work into more steps
            patched.setattr(work, "STEP_SECONDS", 3_600.0)
        intercept(patched, make)
        simulation.invoked.clear()
        with _logged() as lines:
            yield counts
        counts.log_bytes = len(lines.getvalue().encode())
        counts.invocations.update(simulation.invoked)


@contextmanager
def _logged() -> Iterator[StringIO]:
    """What the functions log within the block, at the level of the template."""
    handler, level = logger().registered_handler, logger().log_level
    assert isinstance(handler, logging.StreamHandler)
    lines = StringIO()
    before = handler.setStream(lines)
    logger().setLevel("INFO")
    try:
        yield lines
    finally:
        logger().setLevel(level)
        if before is not None:
            handler.setStream(before)


class _Meter:
    """Looks at the items in moto before and after each call."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        # Functions may make calls in several threads.
        self._lock = threading.RLock()
        self._looked_at: list[Item] = []

    def make(self, function: str, name: str, parameters: Mapping[str, Any], call: Call) -> Any:
        """Makes a call of a function, and counts it."""
        with self._lock:
            self._counts.calls[name] += 1
            written = _written(name, parameters)
            before: list[Item | None] | None = [_item(table, key) for table, key in written]
            self._looked_at.clear()
            try:
                return call()
            except ClientError as error:
                if error.response["Error"]["Code"] not in {
                    "ConditionalCheckFailedException",
                    "TransactionCanceledException",
                }:
                    before = None  # it was refused before anything was written
                raise
            finally:
                for (table, key), old in zip(written, before, strict=True) if before is not None else ():
                    self._counts.writes.append(_write(name, table, key, old, _item(table, key)))
                self._counts.reads.extend(self._read(function, name, parameters))

    def query(self, query: Any) -> Any:
        """Moto's `Table.query`, which also notes the items that the query looks at: those that its filter drops, too,
        and what the index holds of them."""

        def query_and_note(table: Table, *given: Any, **named: Any) -> Any:
            # By position as moto's backend gives them, after the table: see the signature of `Table.query`.
            whole = [None if at in {_PROJECTION_AT, _FILTER_AT} else value for at, value in enumerate(given)]
            items, _, _ = query(table, *whole, **named)
            index_name = given[_INDEX_AT]
            index = table.get_index(index_name) if index_name else None
            self._looked_at = [_json(index.project(item) if index else item) for item in items]
            return query(table, *given, **named)

        return query_and_note

    def _read(self, function: str, name: str, parameters: Mapping[str, Any]) -> Iterator[Read]:
        match name:
            case "GetItem":
                wanted = [(parameters["TableName"], parameters["Key"], bool(parameters.get("ConsistentRead")))]
            case "BatchGetItem":
                wanted = [
                    (table, key, bool(request.get("ConsistentRead")))
                    for table, request in parameters["RequestItems"].items()
                    for key in request["Keys"]
                ]
            case "TransactGetItems":
                wanted = [(one["Get"]["TableName"], one["Get"]["Key"], True) for one in parameters["TransactItems"]]
            case "Query":
                consistent = bool(parameters.get("ConsistentRead"))
                units = query_units(self._looked_at, consistent=consistent)
                values = [value["S"] for value in parameters["ExpressionAttributeValues"].values() if "S" in value]
                partition = " ".join([parameters.get("IndexName", ""), *values]).strip()
                yield Read(function, name, partition, consistent, sum(map(item_size, self._looked_at)), units)
                return
            case "Scan":
                raise NotImplementedError("no function may read the whole table")
            case _:
                return
        for table, key, consistent in wanted:
            item = _item(table, key)
            units = read_units(item, consistent=consistent, transaction=name == "TransactGetItems")
            yield Read(function, name, _name(key), consistent, item_size(item or {}), units)


_PROJECTION_AT, _INDEX_AT, _FILTER_AT = 6, 7, 9


def _written(name: str, parameters: Mapping[str, Any]) -> list[tuple[str, Item]]:
    """The table and the key of each item that a call writes, or whose condition a transaction checks."""
    match name:
        case "PutItem":
            return [(parameters["TableName"], parameters["Item"])]
        case "UpdateItem" | "DeleteItem":
            return [(parameters["TableName"], parameters["Key"])]
        case "BatchWriteItem":
            return [
                (table, request["PutRequest"]["Item"] if "PutRequest" in request else request["DeleteRequest"]["Key"])
                for table, requests in parameters["RequestItems"].items()
                for request in requests
            ]
        case "TransactWriteItems":
            members = [next(iter(member.values())) for member in parameters["TransactItems"]]
            return [(member["TableName"], member.get("Item") or member["Key"]) for member in members]
        case _:
            return []


def _write(operation: str, table: str, key: Item, before: Item | None, after: Item | None) -> Write:
    indexes = _indexes(table)
    old, new = (None if item is None or "expires_at" in item else item for item in (before, after))
    growth = stored_size(new, indexes) - stored_size(old, indexes)
    return Write(
        operation=operation,
        key=_name(key),
        before=item_size(before or {}),
        after=item_size(after or {}),
        of_item=write_units(before, after, transaction=operation == "TransactWriteItems"),
        of_indexes=sum(index.write_units(before, after) for index in indexes),
        growth=growth,
        growth_of_indexes=growth - (stored_size(new, []) - stored_size(old, [])),
        more=(new is not None) - (old is not None),
    )


def _name(key: Item) -> str:
    return f"{key['pk']['S']} {key['sk']['S']}"


def _table(name: str) -> Table:
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].get_table(name)


def _indexes(table: str) -> list[Index]:
    found = []
    for index in _table(table).global_indexes:
        kind = index.projection["ProjectionType"]
        more = index.projection.get("NonKeyAttributes", []) if kind == "INCLUDE" else []
        holds = None if kind == "ALL" else frozenset([*index.table_key_attrs, *index.schema_key_attrs, *more])
        found.append(Index(tuple(index.schema_key_attrs), holds))
    return found


def _item(table: str, key: Item) -> Item | None:
    """The item with the key that `key` contains, as it is stored now."""
    partition, sort = (DynamoType(dict(key[name])) for name in ("pk", "sk"))
    found = _table(table).get_item(partition, sort)
    return _json(found) if found is not None else None


def _json(item: Any) -> Item:
    attributes: Item = item.to_json()["Attributes"]
    wrong = [name for name, value in attributes.items() if not isinstance(value.get("B", b""), bytes)]
    assert not wrong, f"moto does not hold bytes in {wrong}, so their size is another one"
    return attributes

"""Makes reads that are not consistent lag behind what is stored, as DynamoDB's do: those of indexes, and those of items
that do not ask to be consistent.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from botocore.client import BaseClient

from tests.support.in_process.aws_calls import Call, intercept
from tests.support.reliability.simulation import Simulation

# Cases of one email find each other by an index only (docs/reliability.md, what is not promised).
LINKED_BY_INDEX = {
    "intake: new cases in two mailboxes",
    "notifying: siblings",
    "one email to two mailboxes",
}
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"}


@contextmanager
def lagging_reads(simulation: Simulation, writes: int) -> Iterator[None]:
    """Within the block, reads that are not consistent miss the last `writes` writes. When the clock moves, they catch
    up. Changes nothing if `writes` is 0."""
    if not writes:
        yield
        return
    storage = simulation.storage
    former: deque[tuple[datetime, bytes]] = deque(maxlen=writes)

    def make(_: BaseClient, name: str, parameters: Any, call: Call) -> Any:
        if name in _WRITES:
            former.append((simulation.now, pickle.dumps(storage.table_items())))
        seen = next((items for at, items in former if at == simulation.now), None)
        if seen is None or not _may_lag(name, parameters):
            return call()
        current = storage.table_items()
        storage.replace_table_items(pickle.loads(seen))
        try:
            return call()
        finally:
            storage.replace_table_items(current)

    with pytest.MonkeyPatch.context() as patched:
        intercept(patched, make)
        yield


def _may_lag(name: str, parameters: Any) -> bool:
    match name:
        case "Query" | "GetItem":
            return not parameters.get("ConsistentRead")
        case "BatchGetItem":
            return not any(request.get("ConsistentRead") for request in parameters["RequestItems"].values())
        case _:
            return False

"""Transactions of DynamoDB that copy no table.

For each item of a transaction, moto copies the whole table, to restore it if the transaction fails. So a transaction of
100 items in a table of 600 takes 30 seconds. Here, all conditions are looked at first. If they hold, the transaction
cannot fail any more, and moto runs it without a copy. If one does not hold, moto runs it as before.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moto.dynamodb.models import DynamoDBBackend


def install() -> Callable[[], None]:
    """Patches this process's moto. Returns a function that removes the patch."""
    from moto.dynamodb import models
    from moto.dynamodb.models.table import Table

    transact, original_copy = models.DynamoDBBackend.transact_write_items, models.copy  # type: ignore[attr-defined]  # a module that it imports
    state = threading.local()

    def deepcopy(value: Any) -> Any:
        return value if isinstance(value, Table) and getattr(state, "holds", False) else copy.deepcopy(value)

    def transact_quickly(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        state.holds = _all_hold(backend, transact_items)
        try:
            transact(backend, transact_items)
        finally:
            state.holds = False

    def undo() -> None:
        models.DynamoDBBackend.transact_write_items = transact  # type: ignore[method-assign]  # as it was
        models.copy = original_copy  # type: ignore[attr-defined]  # as it was

    models.DynamoDBBackend.transact_write_items = transact_quickly  # type: ignore[method-assign,assignment]  # a plain function
    models.copy = SimpleNamespace(deepcopy=deepcopy)  # type: ignore[attr-defined,assignment]  # all that the module uses of it
    return undo


def _all_hold(backend: DynamoDBBackend, transact_items: Sequence[dict[str, Any]]) -> bool:
    """Whether all conditions hold, and no item is named twice. Then the order of the operations does not matter."""
    from moto.dynamodb.comparisons import get_filter_expression

    seen = set()
    for item in transact_items:
        kind, operation = next(iter(item.items()))
        table = backend.tables.get(operation.get("TableName", ""))
        if table is None:
            return False
        named = operation["Item"] if kind == "Put" else operation["Key"]
        key = {name: named[name] for name in (table.hash_key_attr, table.range_key_attr) if name}
        seen.add((operation["TableName"], str(sorted(key.items()))))
        condition = get_filter_expression(
            operation.get("ConditionExpression"),
            operation.get("ExpressionAttributeNames"),
            operation.get("ExpressionAttributeValues"),
        )
        if not condition.expr(backend.get_item(operation["TableName"], key)):
            return False
    return len(seen) == len(transact_items)

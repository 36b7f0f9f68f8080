"""DynamoDB queries that read one partition instead of the whole table.

For each query, moto sorts and searches the whole table. With ten thousand emails in it, this takes tenths of a second.
Here, moto gets only the items of the partition that the query names, and evaluates the query as before.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from moto.dynamodb.models.dynamo_type import DynamoType, Item
    from moto.dynamodb.models.table import StreamShard, Table

_Key = tuple[Any, Any]
# The position of the index's name among the arguments of `Table.query` after the hash key.
_INDEX_NAME = 6


def install() -> Callable[[], None]:
    """Patches this process's moto, for tables that have a stream. Returns a function that removes the patch.

    Queries run one at a time. Writes are not thread-safe, like moto itself: serve one request at a time.
    """
    from moto.dynamodb.models.table import StreamShard, Table

    query, add = Table.query, StreamShard.add
    partitions: WeakKeyDictionary[Table, _Partitions] = WeakKeyDictionary()
    lock = threading.Lock()

    def query_quickly(table: Table, hash_key: DynamoType | None, *arguments: Any, **named: Any) -> Any:
        if table.stream_shard is None:
            return query(table, hash_key, *arguments, **named)
        with lock:
            known = partitions.get(table)
            # After a test restored the table, it has other items than those that were noted.
            if known is None or known.items is not table.items:
                known = partitions[table] = _Partitions(table)
            index = arguments[_INDEX_NAME] if len(arguments) > _INDEX_NAME else named.get("index_name")
            found = known.find(hash_key, index, named.get("hash_key_conditions"))
            table.all_items = lambda: found  # type: ignore[method-assign]  # for this query alone
            try:
                return query(table, hash_key, *arguments, **named)
            finally:
                # Where two simulations are open, the inner patch has removed it.
                vars(table).pop("all_items", None)

    def add_and_note(shard: StreamShard, old: Item | None, new: Item | None) -> None:
        add(shard, old, new)
        known = partitions.get(shard.table)
        if known is not None and new is not None:
            known.note(new)

    def undo() -> None:
        Table.query, StreamShard.add = query, add  # type: ignore[method-assign]  # as they were

    Table.query, StreamShard.add = query_quickly, add_and_note  # type: ignore[method-assign,assignment]  # plain functions
    return undo


class _Partitions:
    """The keys of the items in each partition of each index of a table.

    A key whose item has left the partition is forgotten when a query comes across it.
    """

    def __init__(self, table: Table) -> None:
        self.items = table.items
        self._attributes = {
            index.name: next(key["AttributeName"] for key in index.schema if key["KeyType"] == "HASH")
            for index in table.all_indexes()
        }
        self._keys: dict[tuple[str, Any], dict[_Key, None]] = defaultdict(dict)
        for item in table.all_items():
            self.note(item)

    def note(self, item: Item) -> None:
        for name, attribute in self._attributes.items():
            value = item.attrs.get(attribute)
            if value is not None:
                self._keys[name, value.value][item.hash_key, item.range_key] = None

    def find(self, hash_key: Any, index: str | None, conditions: list[tuple[str, DynamoType]] | None) -> list[Item]:
        if index is None:
            return list(self.items.get(hash_key, {}).values())
        attribute = self._attributes.get(index)
        wanted = next((value for name, value in conditions or () if name == attribute), hash_key)
        if attribute is None or wanted is None:
            return [item for items in self.items.values() for item in items.values()]
        keys = self._keys[index, wanted.value]
        found = []
        for key in list(keys):
            item = self.items.get(key[0], {}).get(key[1])
            value = item.attrs.get(attribute) if item is not None else None
            if item is not None and value is not None and value.value == wanted.value:
                found.append(item)
            else:
                del keys[key]
        return found

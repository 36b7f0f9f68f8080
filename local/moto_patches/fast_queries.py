"""Queries of the embedded DynamoDB that look only where the answer can be.

moto sorts and looks through the whole table for each query, which takes tenths of a second with ten thousand emails
in it. Here it is shown only the items of the partition that is asked for; what they give, it decides as before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from moto.dynamodb.models.dynamo_type import DynamoType, Item
    from moto.dynamodb.models.table import StreamShard, Table

_Place = tuple[Any, Any]
# Where `Table.query` has the index's name among the arguments behind the hash key.
_INDEX_NAME = 6


def install() -> Callable[[], None]:
    """Makes all queries of this process's moto quick, of tables that have a stream; the answer undoes that.

    One request at a time, as moto wants it anyway.
    """
    from moto.dynamodb.models.table import StreamShard, Table

    query, add = Table.query, StreamShard.add
    partitions: WeakKeyDictionary[Table, _Partitions] = WeakKeyDictionary()

    def query_quickly(table: Table, hash_key: DynamoType | None, *arguments: Any, **named: Any) -> Any:
        if table.stream_shard is None:
            return query(table, hash_key, *arguments, **named)
        known = partitions.get(table)
        # A table that was put back to what it was has other items than those that were noted.
        if known is None or known.items is not table.items:
            known = partitions[table] = _Partitions(table)
        index = arguments[_INDEX_NAME] if len(arguments) > _INDEX_NAME else named.get("index_name")
        found = known.find(hash_key, index, named.get("hash_key_conditions"))
        table.all_items = lambda: found  # type: ignore[method-assign]  # for this query alone
        try:
            return query(table, hash_key, *arguments, **named)
        finally:
            del table.all_items

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
    """Where in a table the items of each index's partitions may be; those that are no longer there are forgotten when
    they are found to be."""

    def __init__(self, table: Table) -> None:
        self.items = table.items
        self._attributes = {
            index.name: next(key["AttributeName"] for key in index.schema if key["KeyType"] == "HASH")
            for index in table.all_indexes()
        }
        self._places: dict[tuple[str, Any], dict[_Place, None]] = defaultdict(dict)
        for item in table.all_items():
            self.note(item)

    def note(self, item: Item) -> None:
        for name, attribute in self._attributes.items():
            value = item.attrs.get(attribute)
            if value is not None:
                self._places[name, value.value][item.hash_key, item.range_key] = None

    def find(self, hash_key: Any, index: str | None, conditions: list[tuple[str, DynamoType]] | None) -> list[Item]:
        if index is None:
            return list(self.items.get(hash_key, {}).values())
        attribute = self._attributes.get(index)
        wanted = next((value for name, value in conditions or () if name == attribute), hash_key)
        if attribute is None or wanted is None:
            return [item for items in self.items.values() for item in items.values()]
        places = self._places[index, wanted.value]
        found = []
        for place in list(places):
            item = self.items.get(place[0], {}).get(place[1])
            value = item.attrs.get(attribute) if item is not None else None
            if item is not None and value is not None and value.value == wanted.value:
                found.append(item)
            else:
                del places[place]
        return found

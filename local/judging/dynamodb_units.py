"""The units that DynamoDB bills for writing and reading items, and the bytes that it bills for storing them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html (items, transactions)
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations (indexes)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.judging.dynamodb_limits import item_size

WRITTEN_AT_ONCE = 1024
READ_AT_ONCE = 4096
"""Bytes that one unit pays for."""

OVERHEAD = 100
"""Bytes that DynamoDB adds to each stored item, and to each entry of an index, for its own indexing.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.StorageConsiderations
https://aws.amazon.com/dynamodb/pricing/on-demand/ ("data storage")
"""

Item = Mapping[str, Mapping[str, Any]]
"""An item as DynamoDB's JSON. The values of binary attributes are bytes."""


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index. `keys`: its own key attributes. `holds`: all attributes of its entries, its own keys
    and the table's included; None if it holds all."""

    keys: tuple[str, ...]
    holds: frozenset[str] | None

    def entry(self, item: Item | None) -> Item | None:
        """What the index holds of an item. None if the item lacks one of the index's keys."""
        if item is None or not all(key in item for key in self.keys):
            return None
        return item if self.holds is None else {name: value for name, value in item.items() if name in self.holds}

    def write_units(self, before: Item | None, after: Item | None) -> int:
        """The write units of the change of an item: one for each KB of the entries that are added, changed or deleted.

        An entry whose key changes is deleted and added.
        """
        old, new = self.entry(before), self.entry(after)
        if old == new:
            return 0
        if old is None or new is None or any(old[key] != new[key] for key in self.keys):
            return sum(_units_of_write(item_size(entry)) for entry in (old, new) if entry is not None)
        return _units_of_write(max(item_size(old), item_size(new)))


def write_units(before: Item | None, after: Item | None, *, transaction: bool = False) -> int:
    """The write units of one item, indexes apart: for each KB of its larger version; at least one.

    None stands for no item. A write whose condition fails is billed for the item that was there: `before` and `after`
    are the same. A transaction writes each item twice.
    """
    larger = max(item_size(item) if item is not None else 0 for item in (before, after))
    return _units_of_write(larger) * (2 if transaction else 1)


def read_units(item: Item | None, *, consistent: bool, transaction: bool = False) -> float:
    """The read units of one item that is read by its key: for each 4 KB; at least one. None stands for no item."""
    return _units_of_read(item_size(item) if item is not None else 0, 2 if transaction else 1 if consistent else 0.5)


def query_units(looked_at: Iterable[Item], *, consistent: bool) -> float:
    """The read units of a query: for each 4 KB of all items that it looked at, filtered ones included; at least one."""
    return _units_of_read(sum(item_size(item) for item in looked_at), 1 if consistent else 0.5)


def stored_size(item: Item | None, indexes: Iterable[Index]) -> int:
    """The bytes for which storage is billed: of the item, and of its entries in indexes. 0 for no item."""
    held = [item, *(index.entry(item) for index in indexes)]
    return sum(item_size(one) + OVERHEAD for one in held if one is not None)


def _units_of_write(size: int) -> int:
    return max(1, math.ceil(size / WRITTEN_AT_ONCE))


def _units_of_read(size: int, price: float) -> float:
    """Half a unit reads 4 KB if the read need not be consistent."""
    return max(1, math.ceil(size / READ_AT_ONCE)) * price

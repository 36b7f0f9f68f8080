"""Units of DynamoDB: the examples of its documentation."""

from __future__ import annotations

from typing import Any

import pytest

from local.judging.dynamodb_units import Index, query_units, read_units, write_units

GSI = Index(("gsi1pk", "gsi1sk"), frozenset({"pk", "sk", "gsi1pk", "gsi1sk"}))


def item(size: int = 100, **keys: str) -> dict[str, Any]:
    """An item of this size, and its further keys."""
    return {"pk": {"S": "1"}, "body": {"S": "a" * (size - 7)}} | {name: {"S": value} for name, value in keys.items()}


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, item(500), 1),
        (None, item(1024), 1),
        (None, item(1025), 2),
        (None, item(3500), 4),
        (item(3500), item(100), 4),
        (item(100), item(3500), 4),
        (item(3500), None, 4),
        (item(3500), item(3500), 4),
        (None, None, 1),
    ],
)
def test_write_units(before: Any, after: Any, units: int) -> None:
    """A write is billed for the larger version of the item, for each KB, and twice in a transaction."""
    assert write_units(before, after) == units
    assert write_units(before, after, transaction=True) == 2 * units


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, None, 0),
        (None, item(), 0),
        (None, item(gsi1pk="a"), 0),
        (None, item(gsi1pk="a", gsi1sk="b"), 1),
        (item(gsi1pk="a", gsi1sk="b"), None, 1),
        (item(gsi1pk="a", gsi1sk="b"), item(gsi1pk="a"), 1),
        (item(gsi1pk="a", gsi1sk="b"), item(gsi1pk="a", gsi1sk="c"), 2),
        (item(100, gsi1pk="a", gsi1sk="b"), item(5000, gsi1pk="a", gsi1sk="b"), 0),
        (None, item(gsi1pk="a" * 1500, gsi1sk="b"), 2),
        (item(gsi1pk="a" * 1500, gsi1sk="b"), item(gsi1pk="a" * 2500, gsi1sk="b"), 5),
    ],
)
def test_units_of_an_index(before: Any, after: Any, units: int) -> None:
    """An index is written if one of its entries appears, disappears, or changes its key, which is both."""
    assert GSI.write_units(before, after) == units


def test_index_with_all_attributes() -> None:
    """An index that holds all attributes is written whenever an item changes."""
    everything = Index(("gsi1pk",), None)
    assert everything.write_units(item(2000, gsi1pk="a"), item(3000, gsi1pk="a")) == 3


@pytest.mark.parametrize(("size", "units"), [(0, 1), (100, 1), (4096, 1), (4097, 2), (40_000, 10)])
def test_read_units(size: int, units: int) -> None:
    """A read is billed for each 4 KB: half if it need not be consistent, twice in a transaction."""
    found = item(size) if size else None
    assert read_units(found, consistent=True) == units
    assert read_units(found, consistent=False) == units / 2
    assert read_units(found, consistent=False, transaction=True) == 2 * units


def test_query_units() -> None:
    """A query is billed for the sum of its items, at least for one."""
    assert query_units([item(1500), item(1500), item(1500)], consistent=True) == 2
    assert query_units([item(1500), item(1500)], consistent=False) == 0.5
    assert query_units([], consistent=False) == 0.5

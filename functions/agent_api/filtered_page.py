"""Pages of lists that are filtered item by item, because no index can apply the filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

# BatchGetItem of DynamoDB takes at most this many keys.
BATCH = 100

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class FilteredPage(Generic[_Item]):
    """The items that passed the filter, each with its place in the list.

    `more` is the place after which the next page begins; None at the end of the list.
    """

    items: list[tuple[_Item, str]]
    more: str | None


def filtered_page(
    places: Iterator[tuple[str, str]],
    read: Callable[[Sequence[str]], Mapping[str, _Item]],
    wanted: Callable[[_Item], bool],
    *,
    limit: int,
    most: int,
) -> FilteredPage[_Item]:
    """Reads at most `most` items of a list of (place, id), in batches, and returns at most `limit` wanted ones.

    If `most` ends the search, the page is short, and `more` says where the next page begins.
    """
    found: list[tuple[_Item, str]] = []
    looked_at = 0
    last: str | None = None
    while batch := list(islice(places, min(BATCH, limit + 1))):
        items = read([item_id for _, item_id in batch])
        for place, item_id in batch:
            if len(found) == limit or looked_at == most:
                return FilteredPage(found, last)
            looked_at += 1
            last = place
            if (item := items.get(item_id)) is not None and wanted(item):
                found.append((item, place))
    return FilteredPage(found, None)

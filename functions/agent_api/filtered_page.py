"""Pages of lists that are filtered item by item, because no index can apply the filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

from email_channels.values import dataclass

# BatchGetItem of DynamoDB takes at most this many keys.
BATCH = 100

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class FilteredPage(Generic[_Item]):
    """The items that passed the filter, each with its place in the list.

    `more` is the place after which the next page begins; None at the end of the list. It can be the place of an item
    that did not pass.
    """

    items: list[tuple[_Item, str]]
    more: str | None


def filtered_page(
    places: Iterator[tuple[str, str]],
    read: Callable[[Sequence[str]], Mapping[str, _Item]],
    wanted: Callable[[_Item, str], bool],
    *,
    limit: int,
    most: int,
    first_batch: int = BATCH,
) -> FilteredPage[_Item]:
    """Looks at most at `most` places of a list of (place, id), and returns at most `limit` wanted items.

    `wanted` gets an item and its place. An item is returned once, even if the list has several places for it. `read`
    gets each id once: at first `first_batch` ids, then BATCH.

    If there is another wanted item, or `most` ends the search, `more` says where the next page begins. So a page whose
    further items are not wanted is the last page.
    """
    found: dict[str, tuple[_Item, str]] = {}
    items: dict[str, _Item | None] = {}
    looked_at = 0
    last: str | None = None
    size = min(first_batch, BATCH)
    while batch := _batch(islice(places, most - looked_at), items, size):
        size = BATCH
        new = [item_id for item_id in dict.fromkeys(item_id for _, item_id in batch) if item_id not in items]
        if new:
            items.update(dict.fromkeys(new))
            items.update(read(new))
        for place, item_id in batch:
            item = items[item_id]
            if item is not None and item_id not in found and wanted(item, place):
                if len(found) == limit:
                    return FilteredPage(list(found.values()), last)
                found[item_id] = (item, place)
            looked_at += 1
            last = place
    return FilteredPage(list(found.values()), last if looked_at == most else None)


def _batch(places: Iterator[tuple[str, str]], known: Mapping[str, object], size: int) -> list[tuple[str, str]]:
    """The next places, until `size` ids among them are new."""
    batch: list[tuple[str, str]] = []
    new: set[str] = set()
    for place, item_id in places:
        batch.append((place, item_id))
        if item_id not in known:
            new.add(item_id)
        if len(new) == size:
            break
    return batch

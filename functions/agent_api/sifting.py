"""Pages of lists that are filtered item by item, as no index knows the filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

# DynamoDB's BatchGetItem takes so many keys.
BATCH = 100

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Sifted(Generic[_Item]):
    """What passed the filter, each with its place; where to go on (None: the list ended); how many were looked at."""

    items: list[tuple[_Item, str]]
    more: str | None
    looked_at: int


def sift(
    places: Iterator[tuple[str, str]],
    read: Callable[[Sequence[str]], Mapping[str, _Item]],
    wanted: Callable[[_Item], bool],
    *,
    limit: int,
    most: int,
) -> Sifted[_Item]:
    """Up to `limit` wanted items out of the first `most` of a list of (place, id), read in batches.

    Where `most` ends the search, the page is short and `more` says where to go on.
    """
    found: list[tuple[_Item, str]] = []
    looked_at = 0
    last: str | None = None
    while batch := list(islice(places, min(BATCH, limit + 1))):
        items = read([item_id for _, item_id in batch])
        for place, item_id in batch:
            if len(found) == limit or looked_at == most:
                return Sifted(found, last, looked_at)
            looked_at += 1
            last = place
            if (item := items.get(item_id)) is not None and wanted(item):
                found.append((item, place))
    return Sifted(found, None, looked_at)

"""CPU of the requests that an open page of the console makes again and again, for the bill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bench.cost.consoles import ASKS, SETTING
from bench.figures import Figure
from bench.growth import measure

PART: Final = "console"

_NAME: Final = "CPU of a request: "


def figures() -> Iterator[Figure]:
    """Each request in the setting that the bill assumes, measured as in `bench/growth.py`."""
    for name, once in measure(SETTING, list(ASKS), SETTING.cases).items():
        yield Figure(PART, f"{_NAME}{name}", min(once.cpu) * 1000, "ms")


def cpu_milliseconds(found: Sequence[Figure]) -> dict[str, float]:
    """The CPU of each request, by use case."""
    return {one.name.removeprefix(_NAME): round(one.value, 1) for one in found if one.part == PART}

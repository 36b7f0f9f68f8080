"""What the memory of a function means for the time and the price of an invocation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from bench.cost.drivers import CPU, MEMORY, MEMORY_OF_A_CORE, WAIT_MS, first_of, service_of
from bench.cost.prices import read_prices
from tests.support.counts.counting import read_expected

_MEMORY: Final = {**MEMORY, "events": 512}

_DOES: Final[dict[str, tuple[str, int, tuple[str, ...]]]] = {
    "inbound": ("a new case", 1, ("GetObject",)),
    "notify": ("a new case", 1, ()),
    "events": ("a new case, domain events", 1, ()),
    "delivery": ("a delivery event", 1, ()),
    "reconcile": ("the look of reconcile at one original", 1, ("HeadObject",)),
    "agent_api": ("read a case", 1, ()),
    "adhoc_send": ("an agent's email, its two events", 1, ("PutObject", "SendEmail")),
}
"""By function: the use case whose calls it makes, in how many invocations, and those of its calls that take longer."""


def table() -> Iterator[str]:
    """The lines of the page: each function with its memory, with half of it, and with twice as much."""
    yield "| function | processor | waits | memory | takes | a million cost | with half | with double |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for function, memory in _MEMORY.items():
        cells = [f"`{function}`", f"{_cpu(function):.0f} ms", f"{_waits(function):.0f} ms", f"**{memory:,} MB**"]
        cells += [f"{milliseconds(function, memory):.0f} ms", f"{of_a_million(function, memory):.2f}"]
        cells += [
            f"{milliseconds(function, other):.0f} ms, {of_a_million(function, other):.2f}"
            for other in (memory // 2, memory * 2)
        ]
        yield f"| {' | '.join(cells)} |"


def milliseconds(function: str, memory: int) -> float:
    """How long an invocation takes. No function here uses more than one processor."""
    return _cpu(function) * max(1.0, MEMORY_OF_A_CORE / memory) + _waits(function)


def of_a_million(function: str, memory: int) -> float:
    """What a million invocations cost, their requests included."""
    prices = read_prices()
    seconds = milliseconds(function, memory) * 1_000_000 / 1000
    return prices.of("lambda GB-second", seconds * memory / 1024) + prices.of("lambda request", 1_000_000)


def _cpu(function: str) -> float:
    measured: dict[str, float] = json.loads(CPU.read_text("utf-8"))["milliseconds"]
    return measured[function]


def _waits(function: str) -> float:
    use_case, invocations, slow = _DOES[function]
    counts: dict[str, Any] = dict(first_of(read_expected()[use_case]))
    others: float = counts["calls_of"][function] / invocations - len(slow)
    return others * WAIT_MS["other"] + sum(WAIT_MS[service_of(call)] for call in slow)

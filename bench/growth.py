"""Calls, units and CPU with 0, 10,000 and 100,000 cases in the table, and with 1 and 21 service groups.

The functions run in this process, on an AWS in this process (`tests/support/reliability/simulation.py`). The AWS's CPU
is not counted. The cases are copies of a hundred real ones, with ids of their own, put into the table directly.
"""

from __future__ import annotations

import copy
import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from email_channels.aws.rows import keys
from email_channels.cases.references import random_id
from moto.core.botocore_stubber import BotocoreStubber
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

from bench.deadline import Deadline
from bench.figures import Figure
from tests.support.counts.counting import COUNTED, Items, Setting, count, prepared
from tests.support.counts.meter import Counts
from tests.support.counts.use_cases import UseCase
from tests.support.reliability.simulation import Simulation

PART: Final = "growth"

SETTINGS: Final = tuple(Setting(cases, groups) for cases in (0, 10_000, 100_000) for groups in (1, 21))
_MEASURED: Final = ("a new case", "a reply", "a change of a case", "read its history")
_TIMES: Final = 25
_WANTED: Final = 10.0
_ORIGINALS: Final = 100
_WHY: Final = (
    "calls and units do not grow; the AWS of this measurement keeps all cases in the memory of the same process, which "
    "probably makes everything in it slower"
)
_CASE: Final = keys.record("")[0]


@dataclass
class _Found:
    """Of one use case, one value for each setting. CPU in seconds."""

    calls: list[int] = field(default_factory=list)
    units: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def figures(deadline: Deadline) -> Iterator[Figure]:
    """By how much each use case grows from the cheapest setting to the dearest, in per cent."""
    found: dict[str, _Found] = {}
    for n in deadline.rounds("settings of growth", len(SETTINGS), least=2):
        setting = SETTINGS[n]
        for name, (counts, cpu) in _measure(setting).items():
            one = found.setdefault(name, _Found())
            one.calls.append(sum(counts.calls.values()))
            one.units.append(counts.write_units + counts.read_units)
            one.cpu.append(cpu)
    about = f"{SETTINGS[0]} to {setting}"
    for name, one in found.items():
        yield Figure(PART, f"calls, units: {name}, {about}", max(_spread(one.calls), _spread(one.units)), "%", 0.0)
        yield Figure(PART, f"CPU: {name}", _spread(one.cpu), "%", _WANTED, min(one.cpu) * 1000, "ms", _WHY)


def _spread(values: list[int] | list[float]) -> float:
    return max(values) / min(values) * 100 - 100


def _measure(setting: Setting) -> dict[str, tuple[Counts, float]]:
    """What each use case costs in one setting."""
    chosen = [one for one in COUNTED if one.name in _MEASURED]
    few = Setting(min(setting.cases, _ORIGINALS), setting.groups)
    found: dict[str, tuple[Counts, float]] = {}
    with pytest.MonkeyPatch.context() as patched:
        moto = _Stopwatch()
        patched.setattr(BotocoreStubber, "process_request", moto.around(BotocoreStubber.process_request))
        for use_case, simulation in prepared(few, chosen, lambda cases: multiply(cases, setting.cases)):
            found[use_case.name] = (count(use_case, simulation), _cpu(use_case, simulation, moto))
    return found


def _cpu(use_case: UseCase, simulation: Simulation, moto: _Stopwatch) -> float:
    """The CPU seconds of the functions, the AWS's left out: the least of several times."""
    functions = _Stopwatch()
    least = float("inf")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Simulation, "invoke", functions.around(Simulation.invoke))
        gc.collect()
        gc.freeze()  # else each collection looks at all cases
        gc.disable()
        try:
            for n in range(10, 10 + _TIMES):
                use_case.prepare(simulation, n)
                functions.seconds = moto.seconds = 0.0
                use_case.act(simulation, n)
                simulation.settle()
                least = min(least, functions.seconds - moto.seconds)
        finally:
            gc.enable()
            gc.unfreeze()
    return least


class _Stopwatch:
    """Counts the CPU seconds of this process in calls of a function."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            begun = time.process_time()
            try:
                return call(*given, **named)
            finally:
                self.seconds += time.process_time() - begun

        return timed


def multiply(cases: Items, count: int) -> Items:
    """As many cases as wanted: copies of these, with ids of their own. All copies of a case have its times."""
    originals = [partition.value.partition("#")[2] for partition in cases if partition.value.startswith(_CASE)]
    of_case = {case_id: _items_of(case_id, cases) for case_id in originals}
    for number in range(count - len(originals)):
        old, new = originals[number % len(originals)], random_id()
        for item in of_case[old]:
            made = _renamed(item, old, new)
            cases.setdefault(made.hash_key, {})[made.range_key] = made
    return cases


def _items_of(case_id: str, cases: Items) -> list[Item]:
    return [
        item
        for partition, items in cases.items()
        for place, item in items.items()
        if case_id in partition.value or case_id in place.value
    ]


def _renamed(item: Item, old: str, new: str) -> Item:
    """A copy with another case id. Values without the id are shared, which saves most of the time and memory."""
    made, attributes = copy.copy(item), LimitedSizeDict()
    dict.update(attributes, item.attrs)  # its own methods measure the whole item again for each value
    for name, value in item.attrs.items():
        if isinstance(value.value, str) and old in value.value:
            dict.__setitem__(attributes, name, DynamoType({value.type: value.value.replace(old, new)}))
    made.attrs, made.hash_key, made.range_key = attributes, attributes["pk"], attributes["sk"]
    return made

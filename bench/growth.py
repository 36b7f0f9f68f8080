"""Calls, units and CPU with 0, 10,000 and 100,000 cases in the table, and with 1 and 21 service groups.

The functions run in a process of their own, and AWS in this one, with all cases. The cases are copies of a hundred real
ones, with ids of their own, put into the table directly. CPU is compared with that of a fixed piece of work in the same
process, just before and after, which asks the same AWS with bare botocore. Calls of Python's and C's functions say how
much is computed, whatever the machine does.
"""

from __future__ import annotations

import copy
import gc
import itertools
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import pytest
from email_channels.aws.rows import keys
from email_channels.cases.references import random_id
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

from bench.deadline import Deadline
from bench.figures import Figure
from bench.functions_process import FunctionsProcess, Spent
from tests.support.counts.counting import COUNTED, Items, Setting, count, prepared
from tests.support.counts.use_cases import UseCase
from tests.support.reliability.simulation import Simulation

PART: Final = "growth"

LEAST: Final = Setting(0, 1)
MOST: Final = Setting(100_000, 21)
SETTINGS: Final = (
    *(LEAST, MOST) * 3,
    Setting(0, 21),
    Setting(10_000, 1),
    Setting(10_000, 21),
    Setting(100_000, 1),
)
"""The first two must be measured, the others as long as there is time. CPU differs by some per cent between two
processes that do the same. So it is compared between the two ends, which take turns, each time in several processes.
The others are between them, and are only counted."""

_MEASURED: Final = ("a new case", "a reply", "a change of a case", "read its history")
_BOUNDED: Final = ("count cases",)
_OF_BOUNDED: Final = (Setting(10_000, 1), Setting(100_000, 1))
_PROCESSES: Final = 5
_WARM_UP: Final = 5
_TIMES: Final = 20
_COUNTED: Final = 3
_BETWEEN: Final = timedelta(minutes=5)
"""So that no storm begins, no limit of a sender is reached, and emails of one case arrive in the order of their ids."""
_WANTED: Final = 10.0
_ORIGINALS: Final = 100
_CASE: Final = keys.record("")[0]


@dataclass(frozen=True)
class Once:
    """What a use case costs in one setting. `computed` are calls of functions, `cpu` are the seconds of each time, and
    `ratios` what they are of the fixed work."""

    setting: Setting
    calls: int
    units: float
    computed: int = 0
    cpu: tuple[float, ...] = ()
    ratios: tuple[float, ...] = ()


def figures(deadline: Deadline) -> Iterator[Figure]:
    """By how much each use case grows, in per cent: calls and units from the first setting to the highest, CPU between
    the two ends. `count cases` reads a limited number of cases, so it must not grow in a group that has more.
    """
    found: dict[str, list[Once]] = {}
    for n in deadline.rounds("settings of growth", len(SETTINGS), least=2):
        bounded = _BOUNDED if SETTINGS[n] in _OF_BOUNDED else ()
        for name, once in measure(SETTINGS[n], _MEASURED, _ORIGINALS, bounded).items():
            found.setdefault(name, []).append(once)
    about = f"{LEAST} to {MOST}"
    for name, all_ in found.items():
        asked = max(_growth([one.calls for one in all_]), _growth([one.units for one in all_]))
        if name in _BOUNDED:
            if len(all_) < len(_OF_BOUNDED):  # no time was left for both
                continue
            yield Figure(PART, f"calls, units: {name}, {_OF_BOUNDED[0]} to {_OF_BOUNDED[1]}", asked, "%", 0.0)
            continue
        yield Figure(PART, f"calls, units: {name}, {about}", asked, "%", 0.0)
        yield Figure(PART, f"calls of functions: {name}", _growth([one.computed for one in all_]), "%", _WANTED)
        least = min(seconds for one in all_ if one.setting == LEAST for seconds in one.cpu) * 1000
        medians = [
            statistics.median(ratio for one in all_ if one.setting == end for ratio in one.ratios)
            for end in (LEAST, MOST)
        ]
        yield Figure(PART, f"CPU: {name}", _growth(medians), "%", _WANTED, least, "ms")


def _growth(values: Sequence[float]) -> float:
    return max(values) / values[0] * 100 - 100


def measure(
    setting: Setting, names: Sequence[str], originals: int, only_counted: Sequence[str] = ()
) -> dict[str, Once]:
    """What each use case costs in one setting. Cases beyond `originals` are copies. What is only counted has no CPU."""
    few = Setting(min(setting.cases, originals), setting.groups)
    found: dict[str, Once] = {}
    with ExitStack() as processes:
        functions: list[FunctionsProcess] = []

        def more(simulation: Simulation, cases: Items) -> Items:
            """The functions' processes begin before there are many cases."""
            number = _PROCESSES if setting in (LEAST, MOST) else 1
            functions.extend(processes.enter_context(closing(FunctionsProcess(simulation))) for _ in range(number))
            with _no_search_for_garbage():
                return multiply(cases, setting.cases)

        for use_case, simulation in prepared(
            few, [one for one in COUNTED if one.name in {*names, *only_counted}], more
        ):
            with _no_search_for_garbage():
                counts = count(use_case, simulation)
                once = Once(setting, sum(counts.calls.values()), counts.write_units + counts.read_units)
                if use_case.name in names:
                    once = _computed(once, use_case, simulation, functions)
            found[use_case.name] = once
    return found


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """In this process, which would look at all cases each time. The functions' process is not affected."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _computed(once: Once, use_case: UseCase, simulation: Simulation, processes: Sequence[FunctionsProcess]) -> Once:
    """With the calls of functions: the least of several times, because an answer may come in more pieces. With the CPU,
    and its ratio to the fixed work before and after, which other work of the machine disturbs less."""
    counted, cpu, ratios = [], [], []
    numbers = itertools.count(10)
    for functions in processes:
        functions.forget()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("tests.support.reliability.simulation.handler", functions.handler)
            for turn in range(_WARM_UP + _TIMES + _COUNTED):
                number = next(numbers)
                functions.counting = turn >= _WARM_UP + _TIMES
                simulation.now += _BETWEEN
                use_case.prepare(simulation, number)
                functions.spent, floor = Spent(), functions.floor()
                use_case.act(simulation, number)
                simulation.settle()
                spent = functions.spent
                if functions.counting:
                    counted.append(spent.calls)
                elif turn >= _WARM_UP:
                    cpu.append(spent.seconds)
                    ratios.append(spent.seconds * 2 / (floor + functions.floor()))
        functions.counting = False
    if stray := simulation.get("/unprocessed")["items"]:
        raise RuntimeError(f"{use_case.name}: some were not measured, but {sorted({one['reason'] for one in stray})}")
    return replace(once, computed=min(counted), cpu=tuple(cpu), ratios=tuple(ratios))


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

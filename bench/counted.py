"""Calls to AWS and units of DynamoDB by use case, as the tests check them. Nothing is measured anew here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bench.figures import Figure
from tests.support.counts.counting import read_expected

PART: Final = "counts"

_WORDS: Final = {"a new case": 12, "a new case, alert and acknowledgement": 12, "a reply": 4}
"""Write units that the words of the search may cost more."""

_WRITE_UNITS: Final = {"a new case": 8, "a new case, alert and acknowledgement": 8, "a reply": 6}
"""Write units that may be used, search apart."""

_READS: Final = {"read a case": 2, "read its history": 2, "read an entry": 2}
"""Calls that a read of the API may make."""

_LISTS: Final = ("list 50 cases", "search for a word")
_CALLS_OF_A_LIST_OF_MANY: Final = 4
_GROUPS_ASKED_ONE_BY_ONE: Final = 10


def figures() -> Iterator[Figure]:
    """The counts that have a target, then what each other use case costs."""
    expected = read_expected()
    for name, wanted in _WRITE_UNITS.items():
        units = _first(expected[name])["write_units"]
        yield Figure(PART, f"write units: {name}", units, "units", wanted + _WORDS[name])
    for name, wanted in _READS.items():
        yield Figure(PART, f"calls: {name}", _calls(_first(expected[name])), "calls", wanted)
    for name in _LISTS:
        for setting, counts in expected[name].items():
            yield Figure(PART, f"calls: {name}, {setting}", _calls(counts), "calls", _wanted_of_list(setting))
    yield Figure(PART, "worst growth with 1,000 cases or 21 groups", _growth(expected), "%", 10)
    for name, by_setting in expected.items():
        if name not in {*_WRITE_UNITS, *_READS, *_LISTS}:
            counts = _first(by_setting)
            yield Figure(PART, f"write units: {name}", counts["write_units"], "units")
            yield Figure(PART, f"calls: {name}", _calls(counts), "calls")


def _growth(expected: Mapping[str, Any]) -> float:
    """By how many per cent calls or units of an email's use cases grow between the smallest and the largest setting."""
    worst = 0.0
    for name in ("a new case", "a reply", "an agent's email, its two events", "a change of a case", "read its history"):
        all_settings = list(expected[name].values())
        for measure in (_calls, lambda counts: counts["write_units"], lambda counts: counts["read_units"]):
            values = [float(measure(counts)) for counts in all_settings]
            if values[0]:
                worst = max(worst, max(values) / values[0] * 100 - 100)
    return worst


def _wanted_of_list(setting: str) -> int:
    """One call for each group up to ten groups, and two more; above that four in all. Searches need fewer."""
    groups = int(setting.partition(", ")[2].split()[0]) if ", " in setting else 1
    return groups * 2 + 2 if groups <= _GROUPS_ASKED_ONE_BY_ONE else _CALLS_OF_A_LIST_OF_MANY


def _calls(counts: Mapping[str, Any]) -> int:
    calls: Mapping[str, int] = counts["calls"]
    return sum(calls.values())


def _first(by_setting: Mapping[str, Any]) -> Mapping[str, Any]:
    numbers: Mapping[str, Any] = next(iter(by_setting.values()))
    return numbers

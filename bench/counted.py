"""Calls to AWS, units of DynamoDB and bytes by use case, as the tests check them. Nothing is measured anew here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bench import housekeeping
from bench.figures import Figure
from tests.support.counts.administration import A_PURGE, A_QUIET_HOUR, PURGED
from tests.support.counts.counting import read_expected

PART: Final = "counts"

_INBOUND_CALLS: Final = {"a new case": 4, "a new case with two attachments": 6, "a reply": 4}
"""Calls that `inbound` may make for an email."""

_WORDS: Final = {"a new case": 10, "a new case, alert and acknowledgement": 10, "a reply": 0}
"""Write units of the words of the search. At most 12 of a case and 4 of a reply may be written; this reply has none."""

_WRITE_UNITS: Final = {"a new case": 8, "a new case, alert and acknowledgement": 8, "a reply": 6}
"""Write units that may be used, search apart."""

_WRITE_UNITS_OF_A_CHANGE: Final = 2

_LOG_BYTES: Final = 300
"""Bytes of the log of an email, with everything that follows from it."""

_READS: Final = {"read a case": 2, "read its history": 2, "read an entry": 2}
"""Calls that a read of the API may make."""

_LISTS: Final = ("list 50 cases", "count cases", "search for a word")
_CALLS_OF_A_SEARCH: Final = 3
_CALLS_OF_A_LIST_OF_MANY: Final = 4
_GROUPS_ASKED_ONE_BY_ONE: Final = 10
_PLACES_OF_COUNTS: Final = 1_100

_CALLS_OF_A_PURGE: Final = 50
"""Calls that a purge of 1,000 emails may make."""

_ITEMS_IN_A_CALL: Final = 100

WHY: Final = {
    "write units: a new case, alert and acknowledgement": (
        "Twelve of them are the acknowledgement, an email that can bounce and be answered: the claim and the count "
        "that ends storms, three; its entry with places in two indexes, three; the transaction that confirms it and "
        "keeps the key of its reply, five; its delivery state, one. Without `AcknowledgeSender`, which is off by "
        "default, they are not written."
    ),
    "write units: a reply": (
        "The record that makes its outcome unique takes one, its entry with places by Message-ID and in the log of "
        "activity three, the case two, and the new place of the case in the list of its group two; decision 28 says "
        "what it would cost to save one of them."
    ),
    "write units: a change of a case": (
        "No change by a person may lack its audit record, which costs three units with its two index entries; the "
        "transaction that guarantees it bills both items twice, three more; the case takes two, and its new place in "
        "the list of its group two."
    ),
    "calls: purge of 1,000 emails": (
        "The bucket keeps old versions, and only a list tells all versions of an object, also those of a write that a "
        "crash cut off from its record (decision 50). So each email that is purged costs up to three lists, one for "
        "each folder: 1.5 cents for a thousand emails, of unprocessed ones only. Without versions it was 47 calls."
    ),
}
"""Why these figures miss their target."""


_WHY_OF_LISTS: Final = (
    "Open and closed cases of a group are two lists in the index, so this list of both asks for two of each group; a "
    "list of one status, which is what the console shows, asks for one."
)


def figures() -> Iterator[Figure]:
    """The counts that have a target, then what each other use case costs."""
    expected = read_expected()
    for name, wanted in _INBOUND_CALLS.items():
        yield Figure(PART, f"calls of inbound: {name}", _first(expected[name])["calls_of"]["inbound"], "calls", wanted)
    for name, wanted in _WRITE_UNITS.items():
        figure, units = f"write units: {name}", _first(expected[name])["write_units"]
        yield Figure(PART, figure, units, "units", wanted + _WORDS[name], why=WHY.get(figure, ""))
    figure, units = "write units: a change of a case", _first(expected["a change of a case"])["write_units"]
    yield Figure(PART, figure, units, "units", _WRITE_UNITS_OF_A_CHANGE, why=WHY[figure])
    for name in ("a new case", "a reply"):
        figure, length = f"log bytes: {name}", _first(expected[name])["log_bytes"]
        yield Figure(PART, figure, length, "bytes", _LOG_BYTES)
    for name, wanted in _READS.items():
        yield Figure(PART, f"calls: {name}", _calls(_first(expected[name])), "calls", wanted)
    for name in _LISTS:
        for setting, counts in _by_setting(expected[name]):
            figure, wanted = f"calls: {name}{setting}", _wanted_of_list(name, setting)
            yield Figure(PART, figure, _calls(counts), "calls", wanted, why=_WHY_OF_LISTS)
    yield Figure(PART, "worst growth with 1,000 cases or 21 groups", _growth(expected), "%", 10)
    yield _purge(expected)
    yield from housekeeping.figures(expected, PART)
    for name, by_setting in expected.items():
        if name not in {*_WRITE_UNITS, *_READS, *_LISTS, "a change of a case"}:
            counts = _first(by_setting)
            yield Figure(PART, f"write units: {name}", counts["write_units"], "units")
            yield Figure(PART, f"calls: {name}", _calls(counts), "calls")


def _purge(expected: Mapping[str, Any]) -> Figure:
    """What the test counts with few emails, for 1,000: what an email costs, and what a transaction of 99 does."""
    calls = _first(expected[A_PURGE])["calls"]
    of_batches = calls["TransactWriteItems"] + calls["DeleteObjects"]
    found = calls["ListObjectVersions"] * 1000 / PURGED + of_batches * 1000 / (_ITEMS_IN_A_CALL - 1) + calls["Query"]
    name = "calls: purge of 1,000 emails"
    return Figure(PART, name, round(found), "calls", _CALLS_OF_A_PURGE, why=WHY[name])


def _growth(expected: Mapping[str, Any]) -> float:
    """By how many per cent calls or units of an email's use cases, and of what schedules do, grow between the smallest
    and the largest setting."""
    worst = 0.0
    names = ("a new case", "a reply", "an agent's email, its two events", "a change of a case", "read its history")
    for name in (*names, A_PURGE, A_QUIET_HOUR):
        all_settings = list(expected[name].values())
        for measure in (_calls, lambda counts: counts["write_units"], lambda counts: counts["read_units"]):
            values = [float(measure(counts)) for counts in all_settings]
            if values[0]:
                worst = max(worst, max(values) / values[0] * 100 - 100)
    return worst


def _wanted_of_list(name: str, setting: str) -> int:
    """One call for each group up to ten groups, and two more; above that four in all. A search may make three, and
    those that read the items. Counts are exact up to 50 groups, so they need two queries for each group (open and
    closed cases), and read at most 1,100 items (decision 33)."""
    cases, groups = (int(part.split()[0]) for part in setting.removeprefix(", ").split(", ")) if setting else (0, 1)
    if name.startswith("search"):
        return _CALLS_OF_A_SEARCH + -(-cases // _ITEMS_IN_A_CALL)
    if name == "count cases":
        return 2 * groups + -(-min(cases + 1, _PLACES_OF_COUNTS) // _ITEMS_IN_A_CALL)
    return groups + 2 if groups <= _GROUPS_ASKED_ONE_BY_ONE else _CALLS_OF_A_LIST_OF_MANY


def _by_setting(numbers: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The numbers with the end of a name: with the setting, or empty if they are the same in all."""
    for setting, counts in numbers.items():
        yield ("" if setting == "all" else f", {setting}"), counts


def _calls(counts: Mapping[str, Any]) -> int:
    calls: Mapping[str, int] = counts["calls"]
    return sum(calls.values())


def _first(by_setting: Mapping[str, Any]) -> Mapping[str, Any]:
    numbers: Mapping[str, Any] = next(iter(by_setting.values()))
    return numbers

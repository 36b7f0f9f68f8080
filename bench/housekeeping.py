"""What schedules and second looks cost. Whatever is kept, it depends on the emails of the day only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bench.figures import Figure
from tests.support.counts.administration import A_PURGE, A_PURGE_IN_TWO_RUNS, A_QUIET_HOUR, PURGED
from tests.support.counts.counting import SETTINGS
from tests.support.counts.use_cases import A_LOOK, A_LOOK_AT_A_REPLY

PREFIX: Final = "housekeeping: "

_DONE: Final = {
    "a purge, each email": (A_PURGE, PURGED),
    "a quiet hour": (A_QUIET_HOUR, 1),
    "the look of reconcile at the original of a case": (A_LOOK, 1),
    "the look of reconcile at the original of a reply": (A_LOOK_AT_A_REPLY, 1),
}
"""By name: the use case that the tests count, and how many emails it is about."""

_MORE_CALLS_OF_A_SECOND_RUN: Final = 10
"""The calls that a run of the purge needs for itself, and those for one batch more. No email needs further calls."""


def figures(expected: Mapping[str, Any], part: str) -> Iterator[Figure]:
    """Calls and units of each, and by how much they grow with what is kept and with service groups; then what a purge
    costs more that runs out of time, and is gone on with by the next run (the use case fails if an email is left)."""
    about = f"{SETTINGS[0]} to {SETTINGS[-1]}"
    for name, (use_case, emails) in _DONE.items():
        settings = list(expected[use_case].values())
        yield Figure(part, f"{PREFIX}calls of {name}", _calls(settings[0]) / emails, "calls")
        yield Figure(part, f"{PREFIX}units of {name}", _units(settings[0]) / emails, "units")
        grown = max(_growth([measure(one) for one in settings]) for measure in (_calls, _units))
        yield Figure(part, f"{PREFIX}growth of {name}, {about}", grown, "%", 0)
    once, twice = (next(iter(expected[name].values())) for name in (A_PURGE, A_PURGE_IN_TWO_RUNS))
    more, name = _calls(twice) - _calls(once), f"{PREFIX}more calls of a purge that resumes after it ran out of time"
    yield Figure(part, name, more, "calls", _MORE_CALLS_OF_A_SECOND_RUN)


def _calls(counts: Mapping[str, Any]) -> float:
    return float(sum(counts["calls"].values()))


def _units(counts: Mapping[str, Any]) -> float:
    return float(counts["write_units"] + counts["read_units"])


def _growth(values: list[float]) -> float:
    """By how many per cent the dearest setting costs more than the first one."""
    return max(values) / values[0] * 100 - 100

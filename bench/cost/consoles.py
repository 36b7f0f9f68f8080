"""What an open console uses: while the page can be seen, it asks again and again for what it shows."""

from __future__ import annotations

import json
import re
from functools import reduce
from typing import Any, Final

from bench.cost.drivers import CPU, Usage, use_case
from tests.support.counts.counting import Setting, read_expected
from tests.support.paths import ROOT

HOURS: Final = 160
"""The hours of a month in which an agent sees the page."""

SETTING: Final = Setting(1000, 1)
"""A service group that has a thousand open cases, as many as the counts look at."""

ASKS: Final = {
    "count cases": ("shell/me.js", 1.0),
    "list 50 cases": ("views/cases/feed.js", 0.5),
    "read a case": ("views/case/state.js", 0.5),
    "read its history": ("views/case/state.js", 0.5),
    "an agent goes on viewing a case": ("views/case/presence.js", 0.5),
}
"""By use case: the module that asks, and for which share of the time. For half of it a list is on the page, else a
case."""

_ACCESS_LOG: Final = 250
"""Bytes of the line that API Gateway writes about a request."""

_EVERY: Final = re.compile(r"^const EVERY = ([\d_]+);", re.MULTILINE)


def console_of_an_agent() -> Usage:
    """What the console of one agent uses in a month, without what the agent does: sends, changes, searches."""
    return reduce(Usage.plus, (_request(name).times(HOURS * in_an_hour(name)) for name in ASKS))


def in_an_hour(use_case_name: str) -> float:
    """How often an open console asks for this."""
    module, share = ASKS[use_case_name]
    every = _EVERY.search((ROOT / "console" / module).read_text("utf-8"))
    assert every is not None, f"{module} does not say how often it asks"
    return share * 3_600_000 / int(every[1])


def in_a_second(page: str) -> float:
    """How many requests an open page makes: that of a list (`cases`), or that of a case (`case`)."""
    asked = [name for name, (module, _) in ASKS.items() if module.startswith((f"views/{page}/", "shell/"))]
    return sum(in_an_hour(name) / ASKS[name][1] for name in asked) / 3600


def _request(name: str) -> Usage:
    by_setting: dict[str, Any] = read_expected()[name]
    counts = by_setting.get(str(SETTING)) or by_setting["all"]
    cpu: dict[str, float] = json.loads(CPU.read_text("utf-8"))["open console"]
    used = use_case(counts, {"agent_api": cpu[name]})
    return Usage({**used.units, "api request": 1}).plus(Usage({"log GB": _ACCESS_LOG / 1e9}))

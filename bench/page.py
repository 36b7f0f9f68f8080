"""Writes the figures of the last `make bench`, and the bill, into docs/performance.md and README.md: `make bench-page`.

`make bench` does it by itself. What lies between two marks in docs/performance.md is replaced. Figures that need no
measuring, such as counts, are those of today: they replace those of the last run, also in `results.json`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any, Final

from bench import counted, deployed, housekeeping
from bench.cost import memory
from bench.cost.__main__ import of_a_console
from bench.cost.__main__ import page as bill_page
from bench.cost.bill import Month, bill
from bench.cost.drivers import email_of_the_mix
from bench.cost.prices import read_prices
from bench.cost.stack import fixed
from bench.running import LATENCY, PEERS, WHOLE_WAIT
from tests.support.paths import ROOT

RESULTS: Final = Path(__file__).with_name("results.json")
PAGE: Final = ROOT / "docs" / "performance.md"
README: Final = ROOT / "README.md"

_EMAILS: Final = 1_000_000
_MONTHS: Final = 24
_WIDTH: Final = 120
_BILL: Final = re.compile(
    r"\d+\n?\s?dollars in the first month, \d+ of them SES's own fees; \d+ after two years in which all emails are kept"
    r"(?:; the open console of an agent: \d+\.\d\d more)?"
)


def main() -> int:
    """The command."""
    write_results(up_to_date(json.loads(RESULTS.read_text("utf-8"))))
    write_bill()
    return 0


def up_to_date(results: dict[str, Any]) -> dict[str, Any]:
    """The results with the counts and the bill of today. The bill takes the CPU of the last run."""
    known = [one.to_json() for one in (*counted.figures(), *deployed.bill_figures())]
    names = {(one["part"], one["name"]) for one in known}
    of_bill = [one for one in known if one["part"] != counted.PART]
    measured = [
        one for one in results["figures"] if one["part"] != counted.PART and (one["part"], one["name"]) not in names
    ]
    of_counts = [one for one in known if one["part"] == counted.PART]
    return {**results, "figures": [*of_counts, *measured, *of_bill]}


def merged(results: dict[str, Any], about: dict[str, str], figures: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The results with the figures of a run of some parts, which `about` is about. The other parts stay."""
    new = {part: [one for one in figures if one["part"] == part] for part in dict.fromkeys(_parts(figures))}
    old = {part: [one for one in results["figures"] if one["part"] == part] for part in _parts(results["figures"])}
    later = {**results.get("later", {}), **dict.fromkeys(new, about)}
    return {**results, "later": later, "figures": [one for part in (old | new).values() for one in part]}


def _parts(figures: Sequence[dict[str, Any]]) -> Iterator[str]:
    return (one["part"] for one in figures)


def write_results(results: dict[str, Any]) -> None:
    """Writes the figures for programs, and the page."""
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    write_figures(results)


def write_figures(results: dict[str, Any]) -> None:
    """Writes the table of figures that have a target."""
    _replace("figures", "\n".join(written(results)))


def write_bill() -> None:
    """Writes the bill into the page, and what README quotes of it."""
    text = bill_page(_EMAILS, _MONTHS)
    _replace("bill", "\n".join(f"    {line}".rstrip() for line in text.splitlines()))
    _replace("memory", "\n".join(memory.table()))
    README.write_text(_BILL.sub(quoted(), README.read_text("utf-8")), "utf-8")


def quoted() -> str:
    """What README says of the bill."""
    prices = read_prices()
    months = bill(email_of_the_mix(), _EMAILS, _MONTHS, fixed(), prices)
    first, last = _all(months[0]), _all(months[-1])
    return (
        f"{first} dollars in the first month, {months[0].of_ses:.0f} of them SES's own fees; {last} after two years in "
        f"which all emails are kept; the open console of an agent: {of_a_console(prices):.2f} more"
    )


def _all(month: Month) -> str:
    return f"{month.of_ses + month.of_others:.0f}"


def written(results: dict[str, Any]) -> Iterator[str]:
    """The lines of the page."""
    later = (f"; {part} at {one['measured_at']} on {one['machine']}" for part, one in results.get("later", {}).items())
    yield fill(f"Measured at {results['measured_at']} on {results['machine']}{''.join(later)}.", _WIDTH)
    if results["shortened"]:
        yield fill(f"Time was up, so some were measured less often: {', '.join(results['shortened'])}.", _WIDTH)
    yield ""
    yield "| figure | measured | wanted at most | floor |"
    yield "|---|--:|--:|--:|"
    missed = []
    for one in results["figures"]:
        if one["wanted"] is None and not one["name"].startswith(housekeeping.PREFIX):
            continue
        floor = "" if one["floor"] is None else f"{one['floor']:,.4g} {one['floor_unit']}"
        value = f"{one['value']:,.4g} {one['unit']}"
        wanted = "" if one["wanted"] is None else f"{one['wanted']:g}"
        yield f"| {one['name']} | {value if one['met'] else f'**{value}**'} | {wanted} | {floor} |"
        if not one["met"]:
            why = f"- **{one['name']}**: {one['why'] or 'nobody knows why yet'}"
            missed.append(fill(why, _WIDTH, subsequent_indent="  ", break_on_hyphens=False))
    if missed:
        yield from ["", "Missed:", "", *missed]
    peers = ", ".join(f"{peer} {times:g}" for peer, times in PEERS.items())
    text = f"Against a bare parse, other systems took for an email (measured once, in November 2026): {peers} times."
    yield from ["", *fill(text, _WIDTH).splitlines(), "", *_latency(results["figures"])]


def _latency(figures: Sequence[dict[str, Any]]) -> Iterator[str]:
    """How long an agent waits for a case, and which part of it each hop takes: p50 and p95."""
    by_when: dict[str, dict[str, dict[str, float]]] = {}
    for one in figures:
        if one["part"] == LATENCY:
            name, _, percentile = one["name"].partition(": ")
            whole = name.startswith(WHOLE_WAIT)
            when, hop = (name.removeprefix(f"{WHOLE_WAIT}, "), "all") if whole else name.split(", ")
            by_when.setdefault(when, {}).setdefault(hop, {})[percentile] = one["value"]
    yield f"From {WHOLE_WAIT}, in milliseconds (p50 / p95). Cold: each function first starts a process."
    yield ""
    hops = next(iter(by_when.values()))
    yield f"| | {' | '.join(hops)} |"
    yield "|---|" + "--:|" * len(hops)
    for when, found in by_when.items():
        waits = [f"{1000 * at['p50']:.0f} / {1000 * at['p95']:.0f}" for at in found.values()]
        yield f"| {when} | {' | '.join(waits)} |"


def _replace(mark: str, text: str) -> None:
    page = PAGE.read_text("utf-8")
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())

"""Counts the calls to AWS and the units of DynamoDB that each use case costs, with everything that follows from it.

    python -m tools.counts [words of a use case's name] [--write | --items]

Counts at 0 and 1,000 cases, and at 1, 10, 11 and 21 service groups. Prints a table: `all` says that the numbers are the
same in all settings. Numbers that differ from those that are written down are followed by the old ones. `--write`
writes the numbers down, for `tests/integration/test_counts.py`. `--items` shows which items are written and read, and
what each costs. Progress goes to standard error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from tests.support.counts.counting import (
    COUNTED,
    SETTINGS,
    WRITTEN_DOWN,
    Numbers,
    count_at,
    join,
    read_expected,
    write_expected,
)
from tests.support.counts.meter import Counts


def main() -> int:
    """Counts, and prints the table. Returns the exit status: 2 if there is no such use case."""
    parser = argparse.ArgumentParser(
        prog="make counts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", nargs="*", help="only use cases whose name contains these words")
    parser.add_argument("--write", action="store_true", help="write the numbers down")
    parser.add_argument("--items", action="store_true", help="show the items that are written and read, with few cases")
    options = parser.parse_args()
    chosen = [one for one in COUNTED if " ".join(options.name) in one.name]
    if not chosen or (options.write and options.name):
        print("No use case has this name." if not chosen else "Only all numbers can be written down.", file=sys.stderr)
        return 2
    if options.items:
        print(items(count_at(SETTINGS[0], chosen)))
        return 0
    found = {}
    for number, setting in enumerate(SETTINGS, 1):
        print(f"{number} of {len(SETTINGS)}: {setting} ...", file=sys.stderr, flush=True)
        found[str(setting)] = count_at(setting, chosen)
    numbers = join(found)
    print(table(numbers, read_expected()))
    if options.write:
        write_expected(numbers)
        print(f"written: {WRITTEN_DOWN}", file=sys.stderr)
    return 0


def table(numbers: Numbers, before: Numbers) -> str:
    """The numbers for people."""
    rows = [("use case", "at", "write units", "read units", "log bytes", "calls to AWS", "invocations")]
    for name, by_setting in numbers.items():
        for at, counts in by_setting.items():
            old = before.get(name, {})
            was = old.get(at) or old.get("all") or {}
            rows.append(
                (
                    name if at == next(iter(by_setting)) else "",
                    at,
                    _changed(counts, was, "write_units"),
                    _changed(counts, was, "read_units"),
                    _changed(counts, was, "log_bytes"),
                    f"{sum(counts['calls'].values())}: {_listed(counts['calls'])}",
                    _listed(counts["invocations"]),
                )
            )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def items(counts: Mapping[str, Counts]) -> str:
    """The items that each use case writes and reads."""
    lines = []
    for name, one in counts.items():
        lines.append(f"{name}: {one.write_units} write units")
        for write in one.writes:
            size = f"{write.before} to {write.after} bytes"
            units = f"{write.of_item} + {write.of_indexes} for indexes"
            lines.append(f"    {write.operation:20}{size:22}{units:20}  {write.key}")
        lines.append(f"{name}: {one.read_units:g} read units")
        for read in one.reads:
            how = "consistent" if read.consistent else "eventual"
            size = f"{read.size} bytes"
            lines.append(f"    {read.function:12}{read.operation:16}{how:12}{size:14}{read.units:<6g}{read.key}")
    return "\n".join(lines)


def _changed(counts: Mapping[str, Any], was: Mapping[str, Any], name: str) -> str:
    old = was.get(name, counts[name])
    return f"{counts[name]:g}" + (f" (was {old:g})" if old != counts[name] else "")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


if __name__ == "__main__":
    sys.exit(main())

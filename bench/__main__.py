"""Measures all figures of docs/performance.md: `make bench`, `make bench ARGS=inbound`.

Prints a table. A whole run also writes `bench/results.json` for programs, and the figures into docs/performance.md;
with `--write`, so does a run of some parts. A missed target is marked; the exit status stays 0.

A run takes 15 minutes at most (`--minutes`): each part has a share of the time, ends its rounds early when it is up,
and says how many it did. Each part makes one round in any case.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench import cold_starts, counted, deployed, growth, large, open_pages, page, running
from bench.cost.drivers import CPU
from bench.deadline import Deadline
from bench.figures import Figure, table

PARTS: Final[dict[str, tuple[Callable[[Deadline], Iterator[Figure]], float]]] = {
    "counts": (lambda _: counted.figures(), 0),
    "cold": (cold_starts.figures, 20),
    "large": (large.figures, 10),
    "growth": (growth.figures, 45),
    "console": (lambda _: open_pages.figures(), 5),
    "inbound": (running.figures, 20),
    "cost": (lambda _: deployed.figures(), 0),
}
"""What measures each part, and its part of the time. Those without time measure no speeds."""

_CPU_OF: Final[dict[str, tuple[str, Callable[[list[Figure]], dict[str, float]]]]] = {
    "inbound": ("milliseconds", running.cpu_milliseconds),
    "console": ("open console", open_pages.cpu_milliseconds),
}
"""What the bill takes from a part: the section of `cpu.json`, and its values."""

_MINUTES: Final = 15.0


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measures speed and cost, beside their targets.")
    parser.add_argument("part", nargs="*", choices=[[], *PARTS], help=f"only these parts: {', '.join(PARTS)}")
    parser.add_argument("--minutes", type=float, default=_MINUTES, help="how long the run may take")
    parser.add_argument("--write", action="store_true", help="write the figures down also if they are only some parts")
    options = parser.parse_args()
    chosen = options.part or list(PARTS)
    about = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {platform.system()}, Python {platform.python_version()}",
    }
    deadline, weights = Deadline(options.minutes * 60), {part: PARTS[part][1] for part in chosen}
    found: list[Figure] = []
    for n, part in enumerate(chosen, 1):
        deadline.give(sum(weights[one] for one in chosen[:n]) / (sum(weights.values()) or 1))
        begun = time.monotonic()
        print(f"{part} ...", file=sys.stderr, flush=True)
        found += PARTS[part][0](deadline)
        if part in _CPU_OF:
            section, of_part = _CPU_OF[part]
            _write_cpu(section, of_part(found), about)
        print(f"{part}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(table(found))
    for one in deadline.shortened:
        print(f"Time was up: {one}")
    figures = [one.to_json() for one in found]
    if chosen == list(PARTS):
        page.write_results({**about, "shortened": deadline.shortened, "figures": figures})
    elif options.write:
        results = page.merged(json.loads(page.RESULTS.read_text("utf-8")), about, figures)
        page.write_results({**results, "shortened": [*results["shortened"], *deadline.shortened]})
    if _CPU_OF.keys() & set(chosen):
        page.main()  # the bill takes the CPU
    missed = [one for one in found if not one.met]
    print(f"\n{len(found)} figures, {len(missed)} of them miss their target")
    return 0


def _write_cpu(section: str, measured: Mapping[str, float], about: Mapping[str, str]) -> None:
    """The bill takes the CPU of the functions and of an open console from this file."""
    written = json.loads(CPU.read_text("utf-8"))
    note = "Milliseconds of CPU of one invocation, on one whole core. Written by `make bench`."
    merged = {**written[section], **measured}
    CPU.write_text(json.dumps({**written, "note": note, **about, section: merged}, indent=2) + "\n", "utf-8")


def _processor() -> str:
    """The name of the processor, as Linux tells it."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    sys.exit(main())

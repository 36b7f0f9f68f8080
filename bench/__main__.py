"""Measures all figures of docs/performance.md: `make bench`, `make bench ARGS=inbound`.

Prints a table. A whole run also writes `bench/results.json` for programs, and the figures into docs/performance.md. A
missed target is marked; the exit status stays 0.
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

from bench import cold_starts, counted, deployed, growth, large, page, running
from bench.cost.drivers import CPU
from bench.figures import Figure, table

PARTS: Final[dict[str, Callable[[], Iterator[Figure]]]] = {
    "counts": counted.figures,
    "cold": cold_starts.figures,
    "large": large.figures,
    "growth": growth.figures,
    "inbound": running.figures,
    "cost": deployed.figures,
}


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measures speed and cost, beside their targets.")
    parser.add_argument("part", nargs="*", choices=[[], *PARTS], help=f"only these parts: {', '.join(PARTS)}")
    chosen = parser.parse_args().part or list(PARTS)
    about = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {platform.system()}, Python {platform.python_version()}",
    }
    found: list[Figure] = []
    for part in chosen:
        begun = time.monotonic()
        print(f"{part} ...", file=sys.stderr, flush=True)
        found += PARTS[part]()
        if part == running.PART:
            _write_cpu(running.cpu_milliseconds(found), about)
        print(f"{part}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(table(found))
    if chosen == list(PARTS):
        results = {**about, "figures": [one.to_json() for one in found]}
        page.write_results(results)
    if running.PART in chosen:
        page.main()  # the bill takes the CPU
    missed = [one for one in found if not one.met]
    print(f"\n{len(found)} figures, {len(missed)} of them miss their target")
    return 0


def _write_cpu(measured: Mapping[str, float], about: Mapping[str, str]) -> None:
    """The bill takes the CPU of the functions from this file."""
    written = json.loads(CPU.read_text("utf-8"))
    note = "Milliseconds of CPU of one invocation, on one whole core. Written by `make bench`."
    milliseconds = {**written["milliseconds"], **measured}
    CPU.write_text(json.dumps({"note": note, **about, "milliseconds": milliseconds}, indent=2) + "\n", "utf-8")


def _processor() -> str:
    """The name of the processor, as Linux tells it."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    sys.exit(main())

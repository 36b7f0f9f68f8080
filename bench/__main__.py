"""Measures all figures of docs/performance.md: `make bench`, `make bench ARGS=inbound`.

Prints a table, and writes `bench/results.json` for programs. A missed target is marked; the exit status stays 0.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench import cold_starts, counted, deployed, large, running
from bench.cost.drivers import CPU
from bench.figures import Figure, table

RESULTS: Final = Path(__file__).with_name("results.json")

PARTS: Final[dict[str, Callable[[], Iterator[Figure]]]] = {
    "counts": counted.figures,
    "cold": cold_starts.figures,
    "large": large.figures,
    "inbound": running.figures,
    "cost": deployed.figures,
}


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measures speed and cost, beside their targets.")
    parser.add_argument("part", nargs="*", choices=[[], *PARTS], help=f"only these parts: {', '.join(PARTS)}")
    chosen = parser.parse_args().part or list(PARTS)
    found: list[Figure] = []
    for part in chosen:
        begun = time.monotonic()
        print(f"{part} ...", file=sys.stderr, flush=True)
        found += PARTS[part]()
        print(f"{part}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(table(found))
    if chosen == list(PARTS):
        _write(found)
    missed = [one for one in found if not one.met]
    print(f"\n{len(found)} figures, {len(missed)} of them miss their target")
    return 0


def _write(found: list[Figure]) -> None:
    about = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
    }
    RESULTS.write_text(json.dumps({**about, "figures": [one.to_json() for one in found]}, indent=2) + "\n", "utf-8")
    written = json.loads(CPU.read_text("utf-8"))
    written |= {**about, "milliseconds": {**written["milliseconds"], **running.cpu_milliseconds(found)}}
    CPU.write_text(json.dumps(written, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())

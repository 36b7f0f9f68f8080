"""Runs scenarios with events in disorder: `make disorder N=2000`. `make disorder SEED=17` repeats one run."""

from __future__ import annotations

import argparse
import sys
import time

from tests.support.reliability.disorder import Disorder
from tests.support.reliability.scenarios import REPAIRS, SCENARIOS
from tests.support.reliability.simulation import open_simulation

_PROGRESS_SECONDS = 15.0


def main() -> int:
    """Returns the exit status: 0 if all runs had the right result, else 1."""
    parser = argparse.ArgumentParser(prog="make disorder", description=__doc__)
    parser.add_argument("-n", type=int, default=2000, help="how many runs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="make only the run with this seed, and print its schedule")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.n) if options.seed is None else [options.seed]
    failed: list[int] = []
    steps = 0
    told = time.monotonic()
    with open_simulation(EVENT_BUS_NAME="default") as simulation:
        disorder = Disorder(simulation)
        for done, seed in enumerate(seeds, start=1):
            run = disorder.run(seed, (*SCENARIOS, *REPAIRS))
            steps += len(run.schedule)
            if run.wrong:
                failed.append(seed)
            if options.seed is not None:
                print(run)
            elif run.wrong:
                print(f"SEED={seed}: {', '.join(run.scenarios)}", *run.wrong, sep="\n    ", flush=True)
            if time.monotonic() - told > _PROGRESS_SECONDS:
                told = time.monotonic()
                print(f"{done} of {len(seeds)} runs, {steps} steps, {len(failed)} wrong", file=sys.stderr, flush=True)
    print(f"{len(seeds)} runs, {steps} steps, {len(failed)} wrong" + (f": seeds {failed}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

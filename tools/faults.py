"""Causes every AWS fault at every call of every use case: `make faults`. ARGS selects use cases by words."""

from __future__ import annotations

import argparse
import sys

from tests.support.reliability.fault_runs import faulted
from tests.support.reliability.index_lag import LINKED_BY_INDEX
from tests.support.reliability.simulation import open_simulation
from tests.support.reliability.use_cases import USE_CASES


def main() -> int:
    """Returns the exit status: 0 if every use case had the right result after each fault, else 1."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("words", nargs="*", help="only use cases whose names have one of these words")
    parser.add_argument("-n", type=int, help="take a random sample of this many faults for each use case")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the sample")
    parser.add_argument("--lag", type=int, default=0, help="the table's indexes are this many writes behind")
    options = parser.parse_args()
    tried = failed = 0
    with open_simulation() as simulation:
        clean = simulation.save()
        for use_case in USE_CASES:
            if options.words and not any(word in use_case.name for word in options.words):
                continue
            if options.lag and use_case.name in LINKED_BY_INDEX:
                continue
            simulation.restore(clean)
            with faulted(use_case, simulation, options.lag) as trial:
                cases = trial.sample(options.n, options.seed)
                wrong = [one for case in cases for one in trial.wrong_after(case)]
            tried, failed = tried + len(cases), failed + len(wrong)
            print(f"{use_case.name}: {len(trial.calls)} calls, {len(cases)} faults, {len(wrong)} wrong", flush=True)
            print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"{tried} faults, {failed} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

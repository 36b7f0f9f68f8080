"""Stops every use case before and after each of its AWS calls, then at all pairs of calls, and reports the results.

    python -m tools.crash_report [words of a use case's name ...] [--pairs N] [--jobs N]

Prints a table. Progress and errors go to standard error. The exit status is 1 if a use case had a wrong result.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import sys
import time

from tests.support.reliability.crashes import Verdict, judge
from tests.support.reliability.simulation import open_simulation
from tests.support.reliability.use_cases import USE_CASES


def main() -> int:
    """Runs the use cases in several processes, and prints the table. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="only use cases whose name contains one of these")
    parser.add_argument("--pairs", type=int, default=None, help="at most this many pairs of crashes for each use case")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many use cases run at the same time")
    options = parser.parse_args()
    wanted = [
        (number, options.pairs)
        for number, one in enumerate(USE_CASES)
        if not options.names or any(name in one.name for name in options.names)
    ]
    began = time.monotonic()
    verdicts: dict[str, Verdict] = {}
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for verdict in pool.imap_unordered(_judge, wanted):
            verdicts[verdict.name] = verdict
            said = "ok" if not verdict.wrong else f"{len(verdict.wrong)} wrong"
            print(
                f"{len(verdicts):3d}/{len(wanted)} {time.monotonic() - began:6.0f} s  {verdict.name}: {said}",
                *verdict.wrong[:5],
                sep="\n          ",
                file=sys.stderr,
            )
    _print([verdicts[one.name] for one in USE_CASES if one.name in verdicts])
    return 1 if not verdicts or any(verdict.wrong for verdict in verdicts.values()) else 0


def _judge(wanted: tuple[int, int | None]) -> Verdict:
    number, pairs = wanted
    logging.disable(logging.CRITICAL)  # the functions log a page for each crash
    use_case = USE_CASES[number]
    try:
        with open_simulation() as simulation:
            return judge(use_case, simulation, pairs=pairs)
    except AssertionError as error:  # the use case fails even without a crash
        return Verdict(use_case.name, 0, 0, 0, (str(error),))


def _print(verdicts: list[Verdict]) -> None:
    width = max(len(one.name) for one in verdicts) if verdicts else 8
    print(f"{'use case':{width}}  calls  crashes  pairs  verdict")
    for one in verdicts:
        said = "ok" if not one.wrong else f"{len(one.wrong)} WRONG"
        print(f"{one.name:{width}}  {one.calls:5d}  {one.crashes:7d}  {one.pairs:5d}  {said}")
    calls, crashes, pairs = (sum(getattr(one, name) for one in verdicts) for name in ("calls", "crashes", "pairs"))
    wrong = sum(bool(one.wrong) for one in verdicts)
    print(f"{'in all':{width}}  {calls:5d}  {crashes:7d}  {pairs:5d}  {'ok' if not wrong else f'{wrong} WRONG'}")


if __name__ == "__main__":
    sys.exit(main())

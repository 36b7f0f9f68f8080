"""Searches among 10,000 cases in the whole system on this machine: `make search-check`.

The cases are put into the table below SMTP; one more comes by email. Checks that it is found by beginnings of words
with accents, by a Cc's address and by its number, that an agent of another group finds nothing of it, and that the
pages of a word that all cases have hold each case once. Prints how long searches take. The exit status is 1 if anything
is not as expected.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.support.system.searching import Needle, found_by
from tests.support.system.seeding import seed_cases
from tests.support.system.system_client import SystemClient, system


def main(arguments: list[str]) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make search-check", description="Searches among many cases.")
    parser.add_argument("-n", type=int, default=10_000, help="how many cases")
    count = parser.parse_args(arguments).n
    with system(EventBusName="") as client:
        begun = time.monotonic()
        seed_cases(client, count)
        print(f"{time.monotonic() - begun:5.0f} s  {count} cases are there", file=sys.stderr, flush=True)
        wrong = check(client, count)
    for one in wrong:
        print(f"wrong: {one}")
    return 1 if wrong else 0


def check(client: SystemClient, count: int) -> list[str]:
    """What is not as expected. Prints the seconds that searches take."""
    needle, wrong = Needle(client), []
    case_id, times = needle.case["case_id"], []
    for q in needle.terms:
        begun = time.monotonic()
        if (found := found_by(client, q)) != [case_id]:
            wrong.append(f"{q!r} finds {len(found)} cases")
        times.append(time.monotonic() - begun)
        if found_by(client, q, "other-agent"):
            wrong.append(f"an agent of another group finds something by {q!r}")
    begun = time.monotonic()
    found = found_by(client, "payslip")
    if len(found) != len(set(found)) or len(found) != count + 1:
        wrong.append(f"a common word finds {len(found)} cases, {len(set(found))} different ones")
    print(f"cases                         {count}")
    print(f"seconds of a search           {sorted(times)[len(times) // 2]:.2f}, at most {max(times):.2f}")
    print(f"seconds of a page of 200      {(time.monotonic() - begun) / (count / 200):.2f}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

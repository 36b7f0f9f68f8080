"""Sends many emails through the whole system on this machine, and kills workers at random: `make soak N=50000`.

Progress goes to stderr, the figures to stdout. The exit status is 1 if the outcome of any email is not exactly as
expected. The first 20 such emails are named. On two cores, 50,000 emails take about an hour. They take some gigabytes
of memory, because the embedded AWS keeps everything in memory.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.support.reliability.soak import Figures, Soak
from tests.support.reliability.soak_emails import Correspondence
from tests.support.system.system_client import system

_MOST_NAMED = 20


def main(arguments: list[str]) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make soak", description="Sends many emails while workers are killed.")
    parser.add_argument("-n", type=int, default=2000, help="how many different emails")
    parser.add_argument("--seed", default=f"{time.time_ns() % 10**5}", help="the seed from which the emails are made")
    parser.add_argument("--kill-every", type=float, default=5.0, help="mean of the seconds between two kills")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop sending after that time")
    parser.add_argument("--lose", type=float, default=0.0, help="share of the bucket's notifications that are lost")
    options = parser.parse_args(arguments)
    begun = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - begun:5.0f} s  {line}", file=sys.stderr, flush=True)

    say(f"seed {options.seed}: starting the system")
    with system(PlusAddressing="true", MaxCasesPerSenderPerHour="1000000") as client:
        correspondence = Correspondence(client, options.seed)
        soak = Soak(
            client,
            correspondence,
            kill_every=options.kill_every,
            say=say,
            most_seconds=options.minutes * 60,
            lose=options.lose,
        )
        figures = soak.run(options.n)
    print(_report(figures))
    return 1 if figures.wrong else 0


def _report(figures: Figures) -> str:
    kills = ", ".join(f"{count} of {function}" for function, count in sorted(figures.kills.items()))
    rows = {
        "emails": f"{figures.sent}, {figures.duplicates} of them sent twice",
        "should become": ", ".join(f"{count} {what}" for what, count in sorted(figures.expected.items())),
        "notifications of the bucket lost": f"{figures.lost}",
        "redriven to the arrivals queue": f"{figures.redriven_arrivals}",
        "workers killed": f"{sum(figures.kills.values())} ({kills})",
        "seconds": f"{figures.seconds:.0f}, or {figures.sent / figures.seconds:.0f} emails a second",
        "waiting at most": f"{figures.waiting} emails, the oldest for {figures.oldest:.0f} s",
        "memory at most": f"{figures.memory:.0f} MB, the embedded AWS with all emails included",
        "redriven from the dead-letter queue": f"{figures.redriven}",
        "without exactly their outcome": f"{len(figures.wrong)}",
    }
    lines = [f"{name:42} {value}" for name, value in rows.items()]
    return "\n".join(lines + [f"  {wrong}" for wrong in figures.wrong[:_MOST_NAMED]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

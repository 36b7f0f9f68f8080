"""``python -m local``: Email Channels, whole, on this machine, until Ctrl-C.

Standard output holds nothing but what is said to the person, or program, that started it: one line of JSON, or the
welcome.
Exit status 0 after Ctrl-C or SIGTERM, 2 with one line on stderr for what that person can mend.
"""

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TextIO

from local.command_line import parse
from local.errors import UserError
from local.system import System, running
from local.welcome_message import welcome_message

IMPATIENCE = 2
"""Seconds after the first Ctrl-C from which a second one ends the process without tidying up."""


def main(arguments: Sequence[str]) -> int:
    """Runs the system until a signal ends it, and returns the exit status."""
    signals = _Signals()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signals)
    try:
        options = parse(arguments)
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
        logging.getLogger("local").setLevel(logging.INFO)
        with _own_output() as output:
            # Nothing on stderr, where one clear line shall stand if it cannot start.
            if not options.json:
                _say(output, "Email Channels is starting, which takes some seconds.")
            with running(options) as system:
                _say(output, _as_json(system) if options.json else welcome_message(system, options.data))
                while True:
                    signal.pause()
    except UserError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


class _Signals:
    """Turns the first signal into KeyboardInterrupt; one process may get it from the terminal and from make."""

    def __init__(self) -> None:
        self._first: float | None = None

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._first is None:
            self._first = now
            raise KeyboardInterrupt
        if number == signal.SIGINT and now - self._first > IMPATIENCE:
            raise KeyboardInterrupt


@contextmanager
def _own_output() -> Iterator[TextIO]:
    """Standard output for us alone: whatever libraries and child processes write there goes to stderr."""
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors="replace") as output:
        os.dup2(2, 1)
        yield output


def _say(output: TextIO, text: str) -> None:
    # Who closes our output wants no words, but may want the system.
    with suppress(BrokenPipeError):
        print(text, file=output, flush=True)


def _as_json(system: System) -> str:
    return json.dumps(
        {
            "ready": True,
            "smtp_port": system.smtp_port,
            "smtps_port": system.smtps_port,
            "http_port": system.http_port,
            "ca_file": str(system.ca_file),
        }
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

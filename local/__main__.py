"""``python -m local``: runs the whole of Email Channels on this machine, until Ctrl-C.

Standard output holds only the text for the user, or the line of JSON for the program that started it.
The exit status is 0 after Ctrl-C or SIGTERM. It is 2, with one line on stderr, if the user can correct the error.
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

SECOND_CTRL_C_AFTER = 2
"""Seconds after the first Ctrl-C. From then on, a second one ends the process at once, without a clean exit."""


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
            # On stdout: if the start fails, stderr must hold one line only.
            if not options.json:
                _say(output, "Email Channels is starting. This takes some seconds.")
            with running(options) as system:
                _say(output, _as_json(system) if options.json else welcome_message(system, options.data))
                while True:
                    # Not `signal.pause`: it would wait for ever if the signal came just before it.
                    time.sleep(1)
    except UserError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


class _Signals:
    """Turns the first signal into KeyboardInterrupt. One Ctrl-C can come twice: from the terminal and from make."""

    def __init__(self) -> None:
        self._first: float | None = None

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._first is None:
            self._first = now
            raise KeyboardInterrupt
        if number == signal.SIGINT and now - self._first > SECOND_CTRL_C_AFTER:
            raise KeyboardInterrupt


@contextmanager
def _own_output() -> Iterator[TextIO]:
    """Keeps standard output for our own text: what libraries and child processes print goes to stderr."""
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors="replace") as output:
        os.dup2(2, 1)
        yield output


def _say(output: TextIO, text: str) -> None:
    # A program may close our output and still use the system.
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

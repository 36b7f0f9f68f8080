"""Reads a message in a process of its own first: one that kills or stalls its reader takes no others along.

An email comes here only after it has failed before: starting a process costs some tenths of a second.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime

from email_channels.arrival import read_arrival
from email_channels.errors import Fault
from email_channels.replies import visible_reply
from email_channels.unprocessed import Channel

# Of the function's memory; the rest is the parent's, which holds the message, too.
_SHARE_OF_MEMORY = 0.6
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE")


class Unreadable(Fault):
    """The process that read the message was killed, failed, or did not end in time."""


def try_reading(raw: bytes, seconds: float) -> None:
    """Raises Unreadable if the message cannot be read within that time."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    try:
        subprocess.run(
            [sys.executable, "-m", "email_channels.trial"],
            input=raw,
            env=environment,
            timeout=seconds,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(f"not read within {seconds:.0f} seconds") from None
    except subprocess.CalledProcessError as error:
        raise Unreadable(f"its reader ended with status {error.returncode}") from None


def _limit_memory() -> None:
    megabytes = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0"))
    if megabytes and sys.platform == "linux":
        import resource  # not on every platform

        most = int(megabytes * _SHARE_OF_MEMORY) << 20
        with suppress(ValueError):  # a lower limit is set already
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _read() -> None:
    _limit_memory()
    arrival = read_arrival(sys.stdin.buffer.read(), "raw/case_creation/trial", Channel.CASE_CREATION, datetime.now(UTC))
    visible_reply(arrival.message.text or "")


if __name__ == "__main__":
    _read()

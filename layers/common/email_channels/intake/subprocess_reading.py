"""Reads a message in a process of its own first: one that kills its reader takes no others along.

What raises, stalls or takes too much memory in Python, `intake` stops itself. This is for what ends the process: an
email comes here only after it has failed before, as starting a process costs some tenths of a second.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

from email_channels.cases.channels import Channel
from email_channels.errors import Unreadable
from email_channels.intake.arrival import read_arrival
from email_channels.intake.resource_limits import memory_limit
from email_channels.mail.replies import visible_reply

# Of the function's memory; the rest is the parent's, which holds the message, too.
_SHARE_OF_MEMORY = 0.6
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE")


def read_in_subprocess(raw: bytes, seconds: float) -> None:
    """Raises Unreadable if the message cannot be read within that time."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    try:
        subprocess.run(
            [sys.executable, "-m", "email_channels.intake.subprocess_reading"],
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


def _read() -> None:
    with memory_limit(_SHARE_OF_MEMORY):
        raw = sys.stdin.buffer.read()
        arrival = read_arrival(raw, "raw/case_creation/trial", Channel.CASE_CREATION, datetime.now(UTC))
        visible_reply(arrival.message.text or "")


if __name__ == "__main__":
    _read()

"""Tries to read an email in a subprocess, so that an email which kills its reader does not kill the function.

`limited_reading.py` handles emails whose reading raises, stalls or takes too much memory in Python. This module is for
emails that end the whole process. Starting a subprocess takes some tenths of a second, so it is used only for emails
that have failed before.
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

# The share of the function's memory that the subprocess may use. The parent process, too, holds the email.
_SHARE_OF_MEMORY = 0.6
# What the interpreter needs to start. The rest of the environment holds the function's credentials.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG")


def read_in_subprocess(raw: bytes, seconds: float, megabytes: int, share_of_memory: float = _SHARE_OF_MEMORY) -> None:
    """Raises Unreadable if a subprocess cannot read the email within `seconds`.

    `megabytes` is the memory of the function, of which the subprocess gets a share; 0: without limit.
    """
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    try:
        subprocess.run(  # noqa: S603 - the arguments are a module of ours and a number
            [sys.executable, "-m", "email_channels.intake.subprocess_reading", str(int(megabytes * share_of_memory))],
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
        raise Unreadable(f"the subprocess that read it ended with status {error.returncode}") from None


def _read(megabytes: int) -> None:
    with memory_limit(megabytes):
        raw = sys.stdin.buffer.read()
        arrival = read_arrival(raw, "raw/case_creation/trial", Channel.CASE_CREATION, datetime.now(UTC))
        visible_reply(arrival.message.text or "")


if __name__ == "__main__":
    _read(int(sys.argv[1]))

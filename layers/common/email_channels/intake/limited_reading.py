"""Reads an original within limits of time and memory: an email that is hard to read must not stop the others."""

from __future__ import annotations

from datetime import datetime

from email_channels.cases.channels import Channel
from email_channels.errors import Unreadable
from email_channels.intake.arrival import Arrival, read_arrival, read_headers, read_nothing
from email_channels.intake.resource_limits import Stalled, memory_limit, time_limit

# Reading 40 MB takes a function of 512 MB about two seconds. Headers alone are read in milliseconds.
READING_SECONDS = 10.0
HEADERS_SECONDS = 3.0
# Of the function's memory. The rest is for the interpreter's code and stacks, which the limit does not count.
_SHARE_OF_MEMORY = 0.85


def read_within_limits(raw: bytes, object_key: str, channel: Channel, now: datetime, megabytes: int) -> Arrival:
    """The email in the bytes of an original. Raises Unreadable, whatever went wrong.

    `megabytes` is the memory of the function; 0: without limit.
    """
    try:
        with time_limit(READING_SECONDS), memory_limit(int(megabytes * _SHARE_OF_MEMORY)):
            return read_arrival(raw, object_key, channel, now)
    except Stalled as stalled:
        raise Unreadable(f"not read within {READING_SECONDS:g} seconds") from stalled
    except Exception as error:
        raise Unreadable(type(error).__name__) from error


def read_headers_within_limits(raw: bytes, object_key: str, channel: Channel, now: datetime, megabytes: int) -> Arrival:
    """What the headers say; if they cannot be read either, what SES says. Never raises."""
    try:
        with time_limit(HEADERS_SECONDS), memory_limit(int(megabytes * _SHARE_OF_MEMORY)):
            return read_headers(raw, object_key, channel, now)
    except (Exception, Stalled):  # noqa: BLE001 - the headers themselves may be what fails, whatever that raises
        return read_nothing(raw, object_key, channel, now)

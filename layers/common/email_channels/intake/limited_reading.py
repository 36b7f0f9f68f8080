"""Reads an original within limits of time and memory, so that an email that is hard to read does not stop others."""

from __future__ import annotations

from datetime import datetime

from email_channels.cases.channels import Channel
from email_channels.errors import Unreadable
from email_channels.intake.arrival import Arrival, read_arrival, read_headers, read_ses_headers_only
from email_channels.intake.resource_limits import Stalled, memory_limit, time_limit

# A function with 512 MB of memory has a third of a processor. It reads 40 MB in 2 to 12 seconds. Headers alone take
# milliseconds.
READING_SECONDS = 30.0
HEADERS_SECONDS = 3.0
# The share of the function's memory that reading may use. The limit does not count the interpreter's code and stacks.
SHARE_OF_MEMORY = 0.85


def read_within_limits(
    raw: bytes, object_key: str, channel: Channel, now: datetime, megabytes: int, seconds: float | None = None
) -> Arrival:
    """Reads the whole email in `raw`, the bytes of an original. Raises Unreadable for every failure.

    `megabytes` is the memory of the function; 0 means no limit. Without `seconds`, the limit is READING_SECONDS.
    """
    seconds = READING_SECONDS if seconds is None else seconds
    try:
        with time_limit(seconds), memory_limit(int(megabytes * SHARE_OF_MEMORY)):
            return read_arrival(raw, object_key, channel, now)
    except Stalled as stalled:
        raise Unreadable(f"not read within {seconds:g} seconds") from stalled
    except Exception as error:
        raise Unreadable(type(error).__name__) from error


def read_headers_within_limits(raw: bytes, object_key: str, channel: Channel, now: datetime, megabytes: int) -> Arrival:
    """Reads only the headers; if that fails too, only the header block of SES. Never raises."""
    try:
        with time_limit(HEADERS_SECONDS), memory_limit(int(megabytes * SHARE_OF_MEMORY)):
            return read_headers(raw, object_key, channel, now)
    except (Exception, Stalled):  # noqa: BLE001 - malformed headers can make the reader raise anything
        return read_ses_headers_only(raw, object_key, channel, now)

"""Memory and CPU for emails of 40 MB, against Python's own parser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bench.deadline import Deadline
from bench.figures import Figure
from bench.large_mails import KINDS, measure
from bench.parsing import LARGE, WANTED_MEMORY, read_large

PART: Final = "large"

_WANTED_CPU: Final = 1.5


def figures(deadline: Deadline) -> Iterator[Figure]:
    """The peak as a multiple of the email's size for each kind of email, and the CPU of one with an attachment."""
    kinds = list(KINDS)
    for n in deadline.rounds("kinds of large emails", len(kinds)):
        kind = kinds[n]
        peak, _ = measure(kind, LARGE)
        yield Figure(PART, f"memory: {kind}", peak, "times its size", WANTED_MEMORY)
    _, ours = read_large("ours")
    _, bare = read_large("stdlib")
    yield Figure(PART, "CPU against Python's own parser", ours / bare, "times", _WANTED_CPU, bare, "s")

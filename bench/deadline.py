"""The time that a bench may take. Parts measure in rounds, and end their rounds early when their time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

_LAST_ROUND: Final = 0.9
"""No round begins later, so that the last ones end in time."""


class Deadline:
    """So many seconds from now on, for parts that come one after the other. `now` is a clock, in seconds.

    `shortened` says for people which rounds were left out.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._begun = now()
        self._seconds = seconds
        self._until = self._begun + seconds * _LAST_ROUND
        self.shortened: list[str] = []

    def give(self, share: float) -> None:
        """The next part may begin rounds until this share of the time has passed. What earlier parts left is its own,
        too."""
        self._until = self._begun + self._seconds * _LAST_ROUND * share

    def rounds(self, name: str, most: int, least: int = 1) -> Iterator[int]:
        """The numbers of the rounds: `most` of them, or fewer if the time is up, but `least` in any case."""
        for number in range(most):
            if number >= least and self._now() >= self._until:
                self.shortened.append(f"{name}: {number} of {most}")
                return
            yield number

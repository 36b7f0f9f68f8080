"""Waits for what happens some time after a call."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from tools.smoke.api import ApiFailed

T = TypeVar("T")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0


class Waiting:
    """`seconds` is the most that anything is waited for."""

    def __init__(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self.seconds = seconds
        self._sleep = sleep

    def until(self, look: Callable[[], T | None]) -> T | None:
        """The first result that is not None; None if there is none in time."""
        end, pause = time.monotonic() + self.seconds, _FIRST_PAUSE
        while (found := look()) is None and (left := end - time.monotonic()) > 0:
            self._sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return found

    def insist(self, action: Callable[[], None]) -> None:
        """Does the action, again and again if the API refuses it. Raises ApiFailed if it still does at the end."""
        refusals: list[ApiFailed] = []

        def attempt() -> bool | None:
            try:
                action()
            except ApiFailed as error:
                refusals.append(error)
                return None
            return True

        if self.until(attempt) is None:
            raise refusals[-1]

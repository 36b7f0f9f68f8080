"""Takes back what the test made, in any case, the last thing first."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Cleanup:
    """Note each thing before it is made: if the program is stopped in between, it is still taken back.

    So each action must also work if the thing is not there.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._actions: list[tuple[str, Callable[[], None]]] = []
        self.left: list[str] = []
        """What could not be taken back, and why."""

    def later(self, what: str, action: Callable[[], None]) -> None:
        """From now on, `run` takes back `what` by this action."""
        self._actions.append((what, action))

    def run(self) -> None:
        """Takes back everything. Ctrl-C does not stop this."""
        if not self._actions:
            return
        with self._undisturbed():
            while self._actions:
                what, action = self._actions.pop()
                try:
                    action()
                except Exception as error:  # noqa: BLE001  (the other things are taken back all the same)
                    self.left.append(f"{what}: {error}")

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        def wait(_number: int, _frame: FrameType | None) -> None:
            self._say("What the test made is being taken back. Please wait.")

        numbers = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, wait) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)

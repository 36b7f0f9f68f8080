"""Counts what happens in the embedded AWS, so that event sources can wait for work instead of polling for it."""

import threading
from collections import Counter


class Activity:
    """Counts the writes to each service (`sqs`, `s3`, `dynamodb`), the events put and the invocations. Thread-safe."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._changed = threading.Condition()

    def note(self, service: str) -> None:
        """Counts one write, and wakes up everybody who waits."""
        with self._changed:
            self._counts[service] += 1
            self._changed.notify_all()

    def count(self, *services: str) -> int:
        """The number of writes to these services so far. If no service is given, writes to all services count."""
        with self._changed:
            return self._count(services)

    def wait(self, services: tuple[str, ...], seen: int, timeout: float) -> int:
        """Waits until the count differs from `seen`, for `timeout` seconds at most. Returns the count."""
        with self._changed:
            self._changed.wait_for(lambda: self._count(services) != seen, timeout)
            return self._count(services)

    def _count(self, services: tuple[str, ...]) -> int:
        return sum(self._counts[service] for service in services or self._counts)

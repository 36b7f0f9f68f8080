"""Emits the events of sent emails, a little later than the API answers."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

_log = logging.getLogger(__name__)


class EventPublisher:
    """Gives events to `emit` from its own thread, `delay` seconds after `publish`: after the API has answered.

    If `emit` raises, the error is logged and the next event follows: EventBridge's delivery is best effort, too.
    """

    def __init__(self, emit: Callable[[dict[str, Any]], None], delay: float = 0.03) -> None:
        self._emit = emit
        self._delay = delay
        self._doubled = False
        self._reversed = False
        self._pending = 0
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[tuple[float, list[dict[str, Any]]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def order(self, *, doubled: bool, reversed_: bool) -> None:
        """From now on, emits each event twice, or those of one email in reverse order. SES may do both."""
        with self._lock:
            self._doubled, self._reversed = doubled, reversed_

    def publish(self, events: Iterable[dict[str, Any]]) -> None:
        """Takes the events of one email, in their natural order."""
        with self._lock:
            ordered = list(events)
            if self._reversed:
                ordered.reverse()
            if self._doubled:
                ordered = [event for event in ordered for _ in range(2)]
            if not ordered:
                return
            self._pending += len(ordered)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ses-events", daemon=True)
                self._thread.start()
            self._queue.put((time.monotonic() + self._delay, ordered))

    def pending(self) -> int:
        """The number of events that `emit` has not finished yet."""
        with self._lock:
            return self._pending

    def stop(self) -> None:
        """Emits the events that are left, and ends the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread:
            self._queue.put(None)
            thread.join()

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            due, events = batch
            time.sleep(max(0.0, due - time.monotonic()))
            for event in events:
                try:
                    self._emit(event)
                except Exception:  # noqa: BLE001  (logged, and the next event follows)
                    _log.exception("An SES event could not be emitted")
                finally:
                    with self._lock:
                        self._pending -= 1

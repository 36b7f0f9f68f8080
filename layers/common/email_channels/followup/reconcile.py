"""Finishes what no event will finish, on a schedule: late notifications, and sends that SES has not confirmed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from email_channels.errors import Fault
from email_channels.observability import logger


class Reconcile:
    """One run of the schedule, in parts. A part that fails does not keep the others from being done."""

    def __init__(self, notify_overdue: Callable[[datetime], int], close_stuck_sends: Callable[[datetime], int]) -> None:
        self._parts = {"notified": notify_overdue, "sends_closed": close_stuck_sends}

    def run(self, now: datetime) -> dict[str, int]:
        """Does each part as of `now`. Returns how much there was to do.

        Raises Fault in the end if a part failed, so that Lambda invokes the function again.
        """
        done, failed = {}, []
        for name, part in self._parts.items():
            try:
                done[name] = part(now)
            except Exception:  # noqa: BLE001 - whatever it is, the other parts are not to blame
                logger().exception("part failed", extra={"part": name})
                failed.append(name)
        logger().info("reconciled", extra=done)
        if failed:
            raise Fault(f"not done: {', '.join(failed)}")
        return done

"""Finishes, on a schedule, work that no event will finish: late notifications, sends that SES has not confirmed,
failed sends that their cases have not noticed, jobs that stand still; and probes the redirects of mailboxes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from email_channels.errors import Fault
from email_channels.observability import logger


class Reconcile:
    """One run of the schedule, in parts. If a part fails, the others still run."""

    def __init__(
        self,
        notify_overdue: Callable[[datetime], int],
        close_stuck_sends: Callable[[datetime], int],
        notice_failures: Callable[[datetime], int],
        wake_jobs: Callable[[datetime], int],
        probe: Callable[[datetime], int],
    ) -> None:
        self._parts = {
            "notified": notify_overdue,
            "sends_closed": close_stuck_sends,
            "failures_noticed": notice_failures,
            "jobs_woken": wake_jobs,
            "probes_sent": probe,
        }

    def run(self, now: datetime) -> dict[str, int]:
        """Runs each part for the time `now`. Returns how much each part did.

        If a part failed, raises Fault after the last part, so that Lambda retries the invocation.
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

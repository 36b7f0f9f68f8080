"""When the service group of a case is alerted that something happened in it."""

from __future__ import annotations

from datetime import datetime, timedelta

REPLY_ALERT_INTERVAL = timedelta(minutes=15)
"""The least time between two alerts of replies in a case. Alerts of new cases and of handovers do not count."""


def is_alert_due(last: datetime | None, at: datetime) -> bool:
    """Whether the group is alerted of what came into a case at the time `at`.

    `last` is the time of the last such alert. What came before it, or soon after it, needs no alert of its own. This
    holds however late it is handled, so a repeat never alerts again.
    """
    return last is None or at >= last + REPLY_ALERT_INTERVAL

"""Lets cases notice the failed emails of agents that the table's stream has given up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.errors import Fault
from email_channels.observability import logger

STREAM_TIME = timedelta(minutes=15)
"""The stream has this long before `reconcile` does its work."""


def notice_failures(store: OutboundStore, follow_up: Callable[[str, str | None], bool], now: datetime) -> int:
    """Follows up the emails that failed longer ago than STREAM_TIME, and that their cases have not noticed.

    Returns their number. One that cannot be followed up does not stop the others; raises Fault after the last one.
    """
    noticed = failed = 0
    for case_id, email_id in store.unnoticed(now - STREAM_TIME):
        try:
            if follow_up(case_id, email_id):
                noticed += 1
                logger().warning("failed send noticed late", extra={"record": case_id, "email": email_id})
        except Exception:  # noqa: BLE001 - whatever it is, the others are not to blame
            logger().exception("failed send not noticed", extra={"record": case_id, "email": email_id})
            failed += 1
    if failed:
        raise Fault(f"{failed} failed sends not noticed")
    return noticed

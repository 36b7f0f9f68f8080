"""What becomes of an inbound email."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of an inbound email."""

    CASE = "case"
    ENTRY = "entry"
    DELIVERY_REPORT = "delivery_report"
    UNPROCESSED = "unprocessed"
    DUPLICATE = "duplicate"

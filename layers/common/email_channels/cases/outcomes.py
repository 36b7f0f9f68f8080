"""The outcomes that an inbound email can have."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of an inbound email. The values are those of the API.

    - `CASE`: it made a new case
    - `ENTRY`: it became an entry of an existing case
    - `DELIVERY_REPORT`: it is a bounce, and became an entry of the case that the returned email belongs to
    - `UNPROCESSED`: it became none of these, for a `Reason`
    - `DUPLICATE`: another copy of it already has an outcome
    """

    CASE = "case"
    ENTRY = "entry"
    DELIVERY_REPORT = "delivery_report"
    UNPROCESSED = "unprocessed"
    DUPLICATE = "duplicate"

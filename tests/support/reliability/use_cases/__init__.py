"""All use cases of the product, each in a form that a test can kill at its calls to AWS.

`test_crashes.py` and `make crash-report` try all use cases in `USE_CASES`.
"""

from __future__ import annotations

from dataclasses import replace

from tests.support.reliability.use_cases.form import UseCase
from tests.support.reliability.use_cases.of_events import (
    DELIVERY,
    EVENTS,
    INTAKE,
    MERGED_MEANWHILE,
    NOTIFYING,
    PURGING,
    RECONCILE,
    SENDING,
    TOLD,
)
from tests.support.reliability.use_cases.of_people import BY_HAND, JOBS

__all__ = ["INTAKE", "USE_CASES", "UseCase"]

BY_HAND_AND_TOLD = tuple(
    replace(one, name=f"events of: {one.name}", function="events", environment={**one.environment, **TOLD}, vital=False)
    for one in (*BY_HAND, *JOBS)
    if one.name
    in {
        "by hand: an answer to another case",
        "by hand: the first email becomes a case",
        "by hand: a case into another one",
        "by hand: a case is erased",
        "by hand: an unprocessed email is retried, for another reason",
        "jobs: a person is erased",
    }
)
USE_CASES = (
    *INTAKE,
    *SENDING,
    *DELIVERY,
    *NOTIFYING,
    *EVENTS,
    *BY_HAND_AND_TOLD,
    *PURGING,
    *RECONCILE,
    *MERGED_MEANWHILE,
    *BY_HAND,
    *JOBS,
)

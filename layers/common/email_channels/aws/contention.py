"""Writes that others may cross: read, decide, write under a condition, and again if somebody else was quicker."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from pynamodb.exceptions import PynamoDBException, TransactWriteError

from email_channels.aws.record_store import CONDITION_FAILED
from email_channels.errors import ConcurrentChange

ATTEMPTS = 6
_FIRST_PAUSE_SECONDS = 0.02
# What a transaction was cancelled for that another one just then explains.
_CROSSED = {"ConditionalCheckFailed", "TransactionConflict"}

_Result = TypeVar("_Result")


def settle(attempt: Callable[[], _Result]) -> _Result:
    """What `attempt` returns, which is run again while others keep crossing its writes.

    Each run has to read anew what its condition rests on. Raises ConcurrentChange if it never comes through, and
    PynamoDB's exceptions for everything else.
    """
    for count in range(ATTEMPTS):
        try:
            return attempt()
        except PynamoDBException as error:
            if not was_crossed(error):
                raise
        # With jitter, so that those who crossed once do not meet again.
        time.sleep(random.uniform(0, _FIRST_PAUSE_SECONDS * 2**count))  # noqa: S311 - no secret
    raise ConcurrentChange("others kept changing the same items")


def was_crossed(error: PynamoDBException) -> bool:
    """Whether a write failed only because an item was not, or no longer, as its condition wanted it."""
    if isinstance(error, TransactWriteError):
        reasons = [reason.code for reason in error.cancellation_reasons if reason is not None]
        return bool(reasons) and set(reasons) <= _CROSSED | {"None"}
    return error.cause_response_code in {CONDITION_FAILED, "TransactionConflictException"}

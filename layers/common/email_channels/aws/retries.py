"""Writes that others may cross, or that DynamoDB is too busy for: decide, write under a condition, and again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from email_channels.errors import ConcurrentChange, Fault

_CONDITION_FAILED = "ConditionalCheckFailedException"
ATTEMPTS = 6
_FIRST_PAUSE_SECONDS = 0.02
# What a transaction was cancelled for that another one just then explains.
_CROSSED = {"ConditionalCheckFailed", "TransactionConflict"}
# What a transaction was cancelled for that passes by itself; the SDK asks again for none of these.
_BUSY = {"ThrottlingError", "ProvisionedThroughputExceeded"}
_PASSING = {"TransactionConflict", *_BUSY}

_Result = TypeVar("_Result")


def retry_on_conflict(attempt: Callable[[], _Result]) -> _Result:
    """What `attempt` returns, which is run again while others keep crossing its writes.

    Each run has to read anew what its condition rests on; what it finds may be its own write, of which no answer came.
    Raises ConcurrentChange if it never comes through, and PynamoDB's exceptions for everything else.
    """
    return _repeated(attempt, lambda error: was_crossed(error) or _cancelled_for(error, _CROSSED | _BUSY))


def retry_transient_faults(attempt: Callable[[], _Result]) -> _Result:
    """What `attempt` returns, which is run again while its transaction is cancelled for what passes by itself.

    Raises Fault if it does not pass, and PynamoDB's exceptions for everything else, a failed condition too.
    """
    return _repeated(attempt, lambda error: _cancelled_for(error, _PASSING))


def was_crossed(error: PynamoDBException) -> bool:
    """Whether a write failed only because an item was not, or no longer, as its condition wanted it."""
    if isinstance(error, TransactWriteError):
        return _cancelled_for(error, _CROSSED)
    return _code(error) in {_CONDITION_FAILED, "TransactionConflictException"}


def condition_failed(error: PynamoDBException) -> bool:
    """Whether a write of one item failed because its condition did not hold."""
    return _code(error) == _CONDITION_FAILED


def pause(count: int) -> None:
    """Waits a moment that grows with `count`, with full jitter, so that those who met do not meet again."""
    time.sleep(random.uniform(0, _FIRST_PAUSE_SECONDS * 2**count))  # noqa: S311 - no secret


def _repeated(attempt: Callable[[], _Result], again: Callable[[PynamoDBException], bool]) -> _Result:
    for count in range(ATTEMPTS):
        try:
            return attempt()
        except PynamoDBException as error:
            if not again(error):
                raise
            last = error
        pause(count)
    if _cancelled_for(last, _BUSY):
        raise Fault("DynamoDB stayed too busy for a transaction") from last
    raise ConcurrentChange("others kept changing the same items") from last


def _cancelled_for(error: PynamoDBException, why: set[str]) -> bool:
    """Whether it is a transaction that was cancelled for these reasons alone."""
    if not isinstance(error, TransactWriteError):
        return False
    reasons = {reason.code for reason in error.cancellation_reasons if reason is not None} - {"None"}
    return bool(reasons) and reasons <= why


def _code(error: PynamoDBException) -> str | None:
    """What DynamoDB answered; None if it did not. (`cause_response_code` itself fails where there was no answer.)"""
    return error.cause_response_code if isinstance(error.cause, ClientError) else None

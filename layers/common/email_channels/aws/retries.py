"""Retries of writes to DynamoDB: after a concurrent change, and after a transient fault that the SDK does not retry."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from email_channels.errors import ConcurrentChange, Fault

ATTEMPTS = 6
_FIRST_PAUSE_SECONDS = 0.02
_CONDITION_FAILED = "ConditionalCheckFailedException"
# Cancellation reasons of a transaction, if a concurrent change was the cause.
_CONFLICTS = {"ConditionalCheckFailed", "TransactionConflict"}
# The SDK does not retry a transaction that was cancelled because the table was throttled.
_THROTTLED = {"ThrottlingError", "ProvisionedThroughputExceeded"}
_TRANSIENT = {"TransactionConflict", *_THROTTLED}

_Result = TypeVar("_Result")


def retry_on_conflict(attempt: Callable[[], _Result]) -> _Result:
    """The result of `attempt`, which is retried while its write fails because of a concurrent change or throttling.

    Each attempt must read again the values that its condition compares. It may find its own earlier write, if the
    answer to that write was lost. After the last attempt, raises ConcurrentChange, or Fault if it was throttled. Raises
    PynamoDB's exceptions for any other error.
    """
    return _retry(attempt, lambda error: is_conflict(error) or _cancelled_only_for(error, _CONFLICTS | _THROTTLED))


def retry_transient_faults(attempt: Callable[[], _Result]) -> _Result:
    """The result of `attempt`, which is retried while its transaction is cancelled because of transient faults.

    After the last attempt, raises ConcurrentChange, or Fault if it was throttled. Raises PynamoDB's exceptions for any
    other error, including a condition that failed.
    """
    return _retry(attempt, lambda error: _cancelled_only_for(error, _TRANSIENT))


def is_conflict(error: PynamoDBException) -> bool:
    """Whether a write failed only because of a concurrent change: its condition failed, or transactions collided."""
    if isinstance(error, TransactWriteError):
        return _cancelled_only_for(error, _CONFLICTS)
    return _code(error) in {_CONDITION_FAILED, "TransactionConflictException"}


def condition_failed(error: PynamoDBException) -> bool:
    """Whether the conditional write of a single item failed because of its condition."""
    return _code(error) == _CONDITION_FAILED


def pause(count: int) -> None:
    """Waits before a retry. The pause grows with `count`, and has full jitter so that workers do not collide again."""
    time.sleep(random.uniform(0, _FIRST_PAUSE_SECONDS * 2**count))  # noqa: S311 - not a secret


def _retry(attempt: Callable[[], _Result], is_retryable: Callable[[PynamoDBException], bool]) -> _Result:
    for count in range(ATTEMPTS):
        try:
            return attempt()
        except PynamoDBException as error:
            if not is_retryable(error):
                raise
            last = error
        pause(count)
    if _cancelled_only_for(last, _THROTTLED):
        raise Fault("DynamoDB stayed too busy for a transaction") from last
    raise ConcurrentChange("others kept changing the same items") from last


def _cancelled_only_for(error: PynamoDBException, reasons: set[str]) -> bool:
    """Whether the error is a cancelled transaction, and all its cancellation reasons are among these."""
    if not isinstance(error, TransactWriteError):
        return False
    found = {reason.code for reason in error.cancellation_reasons if reason is not None} - {"None"}
    return bool(found) and found <= reasons


def _code(error: PynamoDBException) -> str | None:
    """The error code of DynamoDB; None if there was no answer (PynamoDB's `cause_response_code` then fails)."""
    return error.cause_response_code if isinstance(error.cause, ClientError) else None

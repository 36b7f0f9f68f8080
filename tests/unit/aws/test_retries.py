"""Writes are retried after concurrent changes and transient faults, and after nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from email_channels.aws.retries import ATTEMPTS, is_conflict, retry_on_conflict, retry_transient_faults
from email_channels.errors import ConcurrentChange, Conflict, Fault
from pynamodb.exceptions import (
    CancellationReason,
    GetError,
    PutError,
    PynamoDBException,
    TransactWriteError,
    UpdateError,
    VerboseClientError,
)


def failed(kind: type[PynamoDBException], code: str) -> PynamoDBException:
    return kind("failed", ClientError({"Error": {"Code": code, "Message": ""}}, "Operation"))


def cancelled(*codes: str | None) -> PynamoDBException:
    reasons = [CancellationReason(code=code) if code else None for code in codes]
    answer: Any = {"Error": {"Code": "TransactionCanceledException", "Message": ""}}
    return TransactWriteError("failed", VerboseClientError(answer, "TransactWriteItems", cancellation_reasons=reasons))


@pytest.mark.parametrize(
    ("error", "conflict"),
    [
        (failed(PutError, "ConditionalCheckFailedException"), True),
        (failed(UpdateError, "TransactionConflictException"), True),
        (failed(UpdateError, "ProvisionedThroughputExceededException"), False),
        (failed(PutError, "ValidationException"), False),
        (cancelled(None, "ConditionalCheckFailed"), True),
        (cancelled("TransactionConflict", "None"), True),
        (cancelled("ConditionalCheckFailed", "ValidationError"), False),
        (cancelled("ThrottlingError"), False),
        (failed(TransactWriteError, "InternalServerError"), False),
        (GetError("failed", ReadTimeoutError(endpoint_url="https://aws.example")), False),
    ],
    ids=str,
)
def test_is_conflict(error: PynamoDBException, conflict: bool) -> None:
    assert is_conflict(error) is conflict


def test_retry_reads_again() -> None:
    """Each retry reads the item again."""
    readings = iter([1, 2, 3])

    def attempt() -> int:
        version = next(readings)
        if version < 3:
            raise failed(UpdateError, "ConditionalCheckFailedException")
        return version

    assert retry_on_conflict(attempt) == 3


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_transient_fault(code: str) -> None:
    outcomes = iter([cancelled(code, None), cancelled(None, code)])

    def attempt() -> str:
        for error in outcomes:
            raise error
        return "done"

    assert retry_transient_faults(attempt) == "done"
    assert retry_on_conflict(attempt) == "done"


def test_failed_condition() -> None:
    """A failed condition is not a transient fault."""

    def attempt() -> None:
        raise cancelled("ConditionalCheckFailed", "TransactionConflict")

    with pytest.raises(TransactWriteError):
        retry_transient_faults(attempt)


def test_lasting_throttling() -> None:
    """A table that stays throttled raises the fault."""

    def attempt() -> None:
        raise cancelled("ThrottlingError")

    with pytest.raises(Fault, match="busy"):
        retry_transient_faults(attempt)


def test_last_attempt() -> None:
    """The last attempt raises ConcurrentChange."""
    tries = []

    def attempt() -> None:
        tries.append(1)
        raise cancelled("TransactionConflict")

    with pytest.raises(ConcurrentChange):
        retry_on_conflict(attempt)
    assert len(tries) == ATTEMPTS


@pytest.mark.parametrize("error", [failed(PutError, "ValidationException"), Conflict("no"), ValueError("x")], ids=str)
def test_other_errors(error: Exception) -> None:
    """All other errors are raised at once."""
    tries = []

    def attempt() -> None:
        tries.append(1)
        raise error

    with pytest.raises(type(error)):
        retry_on_conflict(attempt)
    assert len(tries) == 1

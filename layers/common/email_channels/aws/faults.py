"""Decides which exceptions of botocore and PynamoDB are transient faults of AWS, and which are errors of our own."""

from __future__ import annotations

from http import HTTPStatus

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NotConnected
from pynamodb.exceptions import PynamoDBException

from email_channels.errors import Fault, ServiceUnavailable, Unreadable

_TRANSIENT_CODES = {
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_CANCELLED = "TransactionCanceledException"
# The message of a cancelled transaction lists the reasons, one for each item: `[None, ThrottlingError]`.
_TRANSIENT_REASONS = ("ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict")


def translate_aws_fault(error: Exception) -> Exception:
    """ServiceUnavailable, which tells callers to retry, if `error` is a transient fault of AWS; else `error` itself."""
    causes: list[BaseException | None] = [error]
    if isinstance(error, PynamoDBException) and error.cause is not None:
        # PynamoDB copies the SDK's exception, but not its HTTP status. `__cause__` is the SDK's own exception.
        causes = [error.cause, error.cause.__cause__]
    return ServiceUnavailable("AWS did not answer") if any(_is_transient(cause) for cause in causes) else error


def is_mistake(error: BaseException) -> bool:
    """Whether this is a mistake in the program or in its permissions, or an email that the program cannot read: nothing
    that the same code would do better a moment later."""
    if isinstance(error, Unreadable):
        return True
    return isinstance(error, Exception) and not isinstance(translate_aws_fault(error), Fault)


def _is_transient(error: BaseException | None) -> bool:
    if isinstance(error, NotConnected | HTTPClientError | IncompleteReadError):
        return True
    if not isinstance(error, ClientError):
        return False
    answer = error.response.get("Error", {})
    if answer.get("Code") == _CANCELLED:
        return any(reason in answer.get("Message", "") for reason in _TRANSIENT_REASONS)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.get("Code") in _TRANSIENT_CODES

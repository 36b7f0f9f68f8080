"""Which exceptions of botocore and PynamoDB are AWS's faults, that pass, and not ours."""

from __future__ import annotations

from http import HTTPStatus

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as NotConnected
from pynamodb.exceptions import PynamoDBException

from email_channels.errors import ServiceUnavailable

_BUSY = {
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
# Of a cancelled transaction, in its message: `[None, ThrottlingError]`.
_CANCELLED_FOR = ("ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict")


def as_fault(error: Exception) -> Exception:
    """ServiceUnavailable where AWS is to blame, so that callers are told to try again; else `error` itself."""
    causes: list[BaseException | None] = [error]
    if isinstance(error, PynamoDBException) and error.cause is not None:
        # PynamoDB copies what the SDK raised, without the status.
        causes = [error.cause, error.cause.__cause__]
    return ServiceUnavailable("AWS did not answer") if any(_is_aws_fault(cause) for cause in causes) else error


def _is_aws_fault(error: BaseException | None) -> bool:
    if isinstance(error, NotConnected | HTTPClientError | IncompleteReadError):
        return True
    if not isinstance(error, ClientError):
        return False
    answer = error.response.get("Error", {})
    if answer.get("Code") == _CANCELLED:
        return any(reason in answer.get("Message", "") for reason in _CANCELLED_FOR)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.get("Code") in _BUSY

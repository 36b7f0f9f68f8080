"""What goes wrong, as problem documents (RFC 9457, `application/problem+json`)."""

from __future__ import annotations

from http import HTTPStatus

from email_channels.api.requests import Response, dump
from email_channels.errors import Fault, Invalid, Refusal

CONTENT_TYPE = "application/problem+json"
# A relative reference (RFC 9457, section 3.1.1): the last part says what it is.
TYPE_PREFIX = "/problems/"


def problem_of(error: Exception, request_id: str = "") -> Response:
    """The answer to a request that failed.

    A refusal says what is wrong with the request. Everything else is our fault or AWS's: the answer gives nothing away
    but the id under which the log tells more.
    """
    if isinstance(error, Refusal):
        document: dict[str, object] = {
            "type": TYPE_PREFIX + error.type,
            "title": HTTPStatus(error.status).phrase,
            "status": int(error.status),
            "detail": error.detail,
        }
        if isinstance(error, Invalid):
            document["errors"] = [{"field": row.field, "message": row.message} for row in error.errors]
        return Response(int(error.status), dump(document), content_type=CONTENT_TYPE)
    if isinstance(error, Fault):
        return _failure(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "try_again",
            "Something else was changing the same thing, or AWS did not answer. Try again.",
            request_id,
            {"retry-after": "1"},
        )
    return _failure(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "Something went wrong on our side. The log says what, under the request's id.",
        request_id,
        {},
    )


def _failure(status: HTTPStatus, kind: str, detail: str, request_id: str, headers: dict[str, str]) -> Response:
    document = {
        "type": TYPE_PREFIX + kind,
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "request_id": request_id,
    }
    return Response(int(status), dump(document), headers, CONTENT_TYPE)

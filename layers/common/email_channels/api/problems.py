"""Turns errors into problem documents (RFC 9457, `application/problem+json`) with their HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from email_channels.api.requests import Response, dump
from email_channels.errors import (
    BadRequest,
    CaseMerged,
    ChannelDisabled,
    Conflict,
    ContentTooLarge,
    Fault,
    Forbidden,
    Infected,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Refusal,
    UnsupportedMediaType,
)
from email_channels.values import dataclass

CONTENT_TYPE = "application/problem+json"
# The type is a relative reference (RFC 9457, section 3.1.1). Its last part identifies the problem.
TYPE_PREFIX = "/problems/"


class MethodNotAllowed(Refusal):
    """The path exists, but not with this method (RFC 9110, section 15.5.6). `allowed` are the accepted methods."""

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(f"This path accepts {', '.join(allowed)}.")
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Problem:
    """An HTTP status, and the last part of the problem's type."""

    status: HTTPStatus
    type: str


PROBLEMS: Mapping[type[Refusal], Problem] = {
    BadRequest: Problem(HTTPStatus.BAD_REQUEST, "bad_request"),
    ContentTooLarge: Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "content_too_large"),
    UnsupportedMediaType: Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
    Forbidden: Problem(HTTPStatus.FORBIDDEN, "forbidden"),
    NotFound: Problem(HTTPStatus.NOT_FOUND, "not_found"),
    MethodNotAllowed: Problem(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed"),
    Conflict: Problem(HTTPStatus.CONFLICT, "conflict"),
    ChannelDisabled: Problem(HTTPStatus.CONFLICT, "channel_disabled"),
    CaseMerged: Problem(HTTPStatus.CONFLICT, "case_merged"),
    Infected: Problem(HTTPStatus.CONFLICT, "infected"),
    PreconditionFailed: Problem(HTTPStatus.PRECONDITION_FAILED, "precondition_failed"),
    PreconditionRequired: Problem(HTTPStatus.PRECONDITION_REQUIRED, "precondition_required"),
    Invalid: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid"),
}
"""The problem of each refusal. A class that is not listed has the problem of its base class."""


def problem_of(error: Exception, request_id: str = "") -> Response:
    """The response to a request that failed.

    A Refusal says what is wrong with the request. Any other error is a fault of this system or of AWS. The response
    then gives only the request id, and the log has the details under this id.
    """
    if isinstance(error, Refusal):
        return _refused(error)
    if isinstance(error, Fault):
        return _failed(
            Problem(HTTPStatus.SERVICE_UNAVAILABLE, "try_again"),
            "Another request was changing the same data, or AWS did not answer. Try again.",
            request_id,
            {"retry-after": "1"},
        )
    return _failed(
        Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error"),
        "An unexpected error occurred. The log explains it under this request id.",
        request_id,
        {},
    )


def _refused(refusal: Refusal) -> Response:
    problem = next((PROBLEMS[kind] for kind in type(refusal).__mro__ if kind in PROBLEMS), PROBLEMS[BadRequest])
    more: dict[str, object] = {}
    headers: dict[str, str] = {}
    if isinstance(refusal, Invalid):
        more["errors"] = [{"field": row.field, "message": row.message} for row in refusal.errors]
    if isinstance(refusal, CaseMerged):
        more["merged_into"] = refusal.merged_into
    if isinstance(refusal, MethodNotAllowed):
        headers["allow"] = ", ".join(refusal.allowed)
    return _response(problem, refusal.detail, more, headers)


def _failed(problem: Problem, detail: str, request_id: str, headers: Mapping[str, str]) -> Response:
    return _response(problem, detail, {"request_id": request_id}, headers)


def _response(problem: Problem, detail: str, more: Mapping[str, object], headers: Mapping[str, str]) -> Response:
    document = {
        "type": TYPE_PREFIX + problem.type,
        "title": problem.status.phrase,
        "status": int(problem.status),
        "detail": detail,
    }
    return Response(int(problem.status), dump({**document, **more}), headers, CONTENT_TYPE)

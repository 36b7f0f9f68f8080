"""Wraps the handlers of the functions behind the HTTP API."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from email_channels.api.problems import problem_of
from email_channels.api.requests import Response, compressed, result_of
from email_channels.aws.faults import translate_aws_fault
from email_channels.bootstrap.process import Event, Handler, lambda_handler
from email_channels.errors import Refusal
from email_channels.observability import logger, raised

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def api_handler(answer: Callable[[Event], Response]) -> Handler[dict[str, Any]]:
    """The handler of a function that answers one request (payload format 2.0). Errors become problem documents.

    The answer to HEAD has no body (RFC 9110, section 9.3.2), errors included. Long answers are compressed.
    """

    def handle(event: Event, _context: LambdaContext) -> dict[str, Any]:
        return result_of(answer(event))

    with_body = lambda_handler(handle, on_error=_problem)

    @wraps(with_body)
    def handler(event: Event, context: LambdaContext) -> dict[str, Any]:
        result = with_body(event, context)
        http = (event.get("requestContext") or {}).get("http") or {}
        if http.get("method") == "HEAD":
            return result | {"body": ""}
        headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
        return compressed(result, headers.get("accept-encoding", ""))

    return handler


def _problem(error: Exception, request_id: str) -> dict[str, Any]:
    problem = problem_of(translate_aws_fault(error), request_id)
    if not isinstance(error, Refusal):
        # The caller gets only the request id, so the log must say what happened.
        logger().error("request failed", extra={"status": int(problem.status)} | raised(error))
    return result_of(problem)

"""The routes that anybody may call: `/health` and `/openapi.json`.

They have a function of their own, so that strangers cannot keep `agent_api` busy. It reads one file, calls nothing in
AWS, and imports only what its answers need: it starts in a fraction of the time of `agent_api`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from email_channels.api.document import openapi_bytes
from email_channels.api.problems import MethodNotAllowed, problem_of
from email_channels.api.requests import (
    Request,
    Response,
    compressed,
    json_response,
    request_of,
    result_of,
    takes_gzip,
)

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = Mapping[str, Any]
Result = dict[str, Any]


def handler(event: Event, context: LambdaContext) -> Result:
    """Answers a request (payload format 2.0). Errors become problem documents, as those of `agent_api`."""
    try:
        request = request_of(event)
        result = _answer(request)
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets an answer
        return _problem(error, context.aws_request_id)
    return result | {"body": "", "isBase64Encoded": False} if request.method == "HEAD" else result


def _answer(request: Request) -> Result:
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(["GET", "HEAD"])
    if request.query:
        # Only a wrong request needs this, and it reads the whole document.
        from email_channels.api.query_parameters import check_query

        check_query(request, request.path)
    if request.path == "/health":
        return result_of(json_response({"status": "ok"}))
    return _document(gzip=takes_gzip(request.headers.get("accept-encoding", "")))


@cache
def _document(*, gzip: bool) -> Result:
    """The answer with the document. It is read and compressed once."""
    return compressed(result_of(Response(200, openapi_bytes().decode())), "gzip" if gzip else "")


def _problem(error: Exception, request_id: str) -> Result:
    from email_channels.errors import Refusal

    problem = problem_of(error, request_id)
    if not isinstance(error, Refusal):
        from email_channels.observability import logger, raised

        about = {"request": request_id, "status": int(problem.status)}
        logger().error("request failed", extra=about | raised(error))
    return result_of(problem)

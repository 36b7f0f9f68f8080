"""Converts requests to events of an HTTP API (payload format 2.0), and what functions return to responses.

It follows "Create AWS Lambda proxy integrations for HTTP APIs" of the API Gateway developer guide.
"""

import base64
import binascii
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from werkzeug import Request, Response

from local.http.routes import Route

_TEXT_TYPES = {"application/json", "application/javascript", "application/xml"}


class BadFunctionResponse(Exception):
    """API Gateway cannot make a response from what the function returned."""


@dataclass(frozen=True)
class ApiIdentity:
    """The API that got the request, as events describe it."""

    account_id: str
    api_id: str
    domain_name: str


def to_event(
    request: Request,
    body: bytes,
    route: Route,
    path_parameters: Mapping[str, str],
    claims: Mapping[str, str] | None,
    api: ApiIdentity,
) -> dict[str, Any]:
    """The event that the route's function gets. ``body`` is the request's body, ``claims`` those of its token.

    ``rawPath`` is percent-decoded. HTTP APIs do that, REST APIs and function URLs do not.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    cookies = headers.pop("cookie", "")
    headers |= {
        "x-forwarded-for": request.remote_addr or "",
        "x-forwarded-port": str(request.environ.get("SERVER_PORT", "")),
        "x-forwarded-proto": request.scheme,
    }
    query = request.query_string.decode("latin-1")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": request.path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": _request_context(request, headers.get("user-agent", ""), route, claims, api),
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if parameters := _query_parameters(query):
        event["queryStringParameters"] = parameters
    if path_parameters:
        event["pathParameters"] = dict(path_parameters)
    if body:
        event["isBase64Encoded"] = not _is_text(headers.get("content-type", "text/plain"))
        event["body"] = (
            base64.b64encode(body).decode("ascii") if event["isBase64Encoded"] else body.decode("utf-8", "replace")
        )
    return event


def to_response(returned: object) -> Response:
    """The HTTP response for what a function returned. Raises BadFunctionResponse if API Gateway would answer 500.

    A value without ``statusCode`` is the body of a 200 (format 2.0).
    """
    if not isinstance(returned, Mapping) or "statusCode" not in returned:
        text = returned if isinstance(returned, str) else json.dumps(returned)
        return Response(text, 200, content_type="application/json")
    try:
        status = int(returned["statusCode"])
        headers = {str(name).lower(): str(value) for name, value in (returned.get("headers") or {}).items()}
        body = returned.get("body") or ""
        content = base64.b64decode(body, validate=True) if returned.get("isBase64Encoded") else body.encode("utf-8")
        cookies = [str(cookie) for cookie in returned.get("cookies") or []]
    except (TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise BadFunctionResponse(f"{type(error).__name__} in statusCode, headers, cookies or body") from error
    if not 100 <= status <= 599:
        raise BadFunctionResponse("statusCode is not an HTTP status")
    response = Response(content, status, content_type=headers.pop("content-type", "text/plain; charset=utf-8"))
    for name, value in headers.items():
        response.headers[name] = value
    for cookie in cookies:
        response.headers.add("set-cookie", cookie)
    return response


def _is_text(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in _TEXT_TYPES


def _request_context(
    request: Request, user_agent: str, route: Route, claims: Mapping[str, str] | None, api: ApiIdentity
) -> dict[str, Any]:
    """What API Gateway itself knows about the request: when it came, from where, on which route, with whose token."""
    now = time.time()
    context: dict[str, Any] = {
        "accountId": api.account_id,
        "apiId": api.api_id,
        "domainName": api.domain_name,
        "domainPrefix": api.domain_name.partition(".")[0],
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": request.environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "sourceIp": request.remote_addr or "",
            "userAgent": user_agent,
        },
        "requestId": uuid.uuid4().hex[:15] + "=",
        "routeKey": route.key,
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "timeEpoch": int(now * 1000),
    }
    if claims is not None:
        context["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    return context


def _query_parameters(query: str) -> dict[str, str]:
    """The decoded parameters. The values of a repeated one are joined by commas."""
    parameters: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = (unquote_plus(part) for part in pair.partition("="))
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters

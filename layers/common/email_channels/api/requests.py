"""Requests and responses of an HTTP API, in the format that API Gateway and Lambda exchange.

Payload format 2.0: "Create AWS Lambda proxy integrations for HTTP APIs" in the API Gateway developer guide.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any
from urllib.parse import parse_qsl

from email_channels.api.token_claims import token_claims
from email_channels.errors import BadRequest
from email_channels.expressions import expression
from email_channels.values import dataclass

# Lambda returns at most 6 MB (6,291,556 bytes). Inside that, quotes and line ends of the body are escaped once more.
MAX_BODY_BYTES = 4_000_000

SMALLEST_COMPRESSED = 1000
"""Bytes of a body from which on it is compressed."""

_CHARSET = expression(r";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_UTF_8 = {"utf-8", "utf8", "us-ascii", "ascii"}

# Responses contain personal data, so no cache on the way may keep them.
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `path` is percent-decoded, header names are lower case, `query` holds the first value of each name.

    `repeated` are the names in the query that occur more than once.

    `claims` are those of the verified token (`token_claims`); None on routes that need no token.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    repeated: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    claims: Mapping[str, object] | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """A response: `body` is text, or None if there is no content (204)."""

    status: int
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


def request_of(event: Mapping[str, Any]) -> Request:
    """The request in an event. Raises BadRequest for a body that is marked as base64, but is not valid base64, and for
    JSON in another charset than UTF-8."""
    context = event.get("requestContext") or {}
    http = context.get("http") or {}
    passed_on = ((context.get("authorizer") or {}).get("jwt") or {}).get("claims")
    headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    query = _query(event)
    return Request(
        method=str(http.get("method", "GET")).upper(),
        path=str(event.get("rawPath") or http.get("path") or "/"),
        query={name: values[0] for name, values in query.items()},
        repeated=tuple(name for name, values in query.items() if len(values) > 1),
        headers=headers,
        body=_body(event, headers.get("content-type", "")),
        claims=None if passed_on is None else token_claims(passed_on, headers.get("authorization", "")),
        request_id=str(context.get("requestId", "")),
    )


def result_of(response: Response) -> dict[str, Any]:
    """What the function returns to API Gateway."""
    headers = dict(_HEADERS)
    if response.body is not None:
        headers["content-type"] = response.content_type
    headers |= {name.lower(): value for name, value in response.headers.items()}
    return {
        "statusCode": response.status,
        "headers": headers,
        "body": response.body or "",
        "isBase64Encoded": False,
    }


def compressed(result: dict[str, Any], accept_encoding: str) -> dict[str, Any]:
    """What the function returns, with its body compressed if the client takes gzip. HTTP APIs do not compress.

    Short bodies are left as they are: the header costs more than it saves.
    """
    content = str(result["body"]).encode()
    if len(content) < SMALLEST_COMPRESSED or result["isBase64Encoded"]:
        return result
    headers = {**result["headers"], "vary": "accept-encoding"}
    if not takes_gzip(accept_encoding):
        return {**result, "headers": headers}
    body = base64.b64encode(gzip.compress(content, 5, mtime=0)).decode("ascii")
    return {**result, "headers": {**headers, "content-encoding": "gzip"}, "body": body, "isBase64Encoded": True}


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a client that sends this Accept-Encoding takes gzip (RFC 9110, section 12.5.3)."""
    for part in accept_encoding.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in {"gzip", "x-gzip", "*"}:
            return re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight) is None
    return False


def json_response(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A response with a JSON document."""
    return Response(status, dump(document), headers or {})


def dump(document: object) -> str:
    """JSON without spaces. Lone surrogates, as in hostile mail, are replaced, because UTF-8 cannot hold them."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _query(event: Mapping[str, Any]) -> dict[str, list[str]]:
    raw = event.get("rawQueryString")
    if raw is None:
        return {str(name): [str(value)] for name, value in (event.get("queryStringParameters") or {}).items()}
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(str(raw), keep_blank_values=True):
        query.setdefault(name, []).append(value)
    return query


def _body(event: Mapping[str, Any], content_type: str) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        content = str(body).encode("utf-8", "surrogatepass")
    else:
        try:
            content = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadRequest("The request body is marked as base64, but is not valid base64.") from error
    _check_charset(content, content_type)
    return content


def _check_charset(content: bytes, content_type: str) -> None:
    """Raises BadRequest for JSON whose letters are lost: API Gateway passes each byte that is not UTF-8 as U+FFFD."""
    named = _CHARSET.search(content_type)
    is_json = content_type.partition(";")[0].strip().lower() == "application/json"
    if is_json and named is not None and named[1].lower() not in _UTF_8 and not content.isascii():
        raise BadRequest("The request body must be JSON in UTF-8, but Content-Type names another charset.")

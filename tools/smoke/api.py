"""Requests to the API as an admin, by invoking its functions.

The authorizer of API Gateway accepts only tokens of the issuer, which the operator may not have. So the functions are
invoked with the event that API Gateway would send. A caller who may invoke them needs no token: see docs/decisions.md.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlencode

from tools.smoke.clients import Clients
from tools.smoke.stack import DeployedStack

_SENDING = re.compile(r"/cases/([^/]+)/emails")


class ApiFailed(Exception):
    """A request did not get the answer that it should get. The text says which request, and what the answer was."""


@dataclass(frozen=True)
class Answer:
    status: int
    document: Any


class Api:
    """The API of a stack. `person` is the `sub` of the caller: a user of its own, with the role admin."""

    def __init__(self, clients: Clients, stack: DeployedStack, person: str) -> None:
        self._clients = clients
        self._stack = stack
        self._person = person

    def get(self, path: str, missing_ok: bool = False, **query: str) -> Any:
        """The document; None if it is missing, and may be. Raises ApiFailed."""
        answer = self.request("GET", path, query=query, accepted=(200, 404) if missing_ok else (200,))
        return answer.document if answer.status == 200 else None

    def put(self, path: str, body: Mapping[str, Any]) -> None:
        self.request("PUT", path, body, accepted=(200, 201))

    def delete(self, path: str) -> None:
        """Deletes something, if it is there."""
        self.request("DELETE", path, headers={"if-match": "*"}, accepted=(204, 404))

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        accepted: Collection[int] = (200,),
    ) -> Answer:
        """The answer. Segments of `path` are percent-encoded. Raises ApiFailed for a status that is not accepted."""
        sending = _SENDING.fullmatch(path) if method == "POST" else None
        function = "AdhocSendFunction" if sending else "AgentApiFunction"
        event = self._event(method, unquote(path), body, query or {}, headers or {})
        if sending:
            event["pathParameters"] = {"case_id": unquote(sending[1])}
        answer = self._clients.functions.invoke(FunctionName=self._name(function), Payload=json.dumps(event).encode())
        result = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise ApiFailed(f"{method} {path}: the function {function} failed: {result.get('errorType')}")
        status, document = int(result["statusCode"]), _document(result)
        if status not in accepted:
            detail = document.get("detail") or document if isinstance(document, dict) else document
            raise ApiFailed(f"{method} {path} answered {status}: {detail}")
        return Answer(status, document)

    def _name(self, logical_id: str) -> str:
        """The alias of a function if it has one: this is what API Gateway calls. Otherwise the function."""
        aliases = self._stack.of_type("AWS::Lambda::Alias")
        named = (
            arn for name, arn in aliases.items() if name.startswith(f"{logical_id}Alias") and arn.startswith("arn:")
        )
        alias = next(named, None)
        name = alias or self._stack.physical_id(logical_id)
        if name is None:
            raise ApiFailed(f"the stack has no {logical_id}")
        return name

    def _event(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> dict[str, Any]:
        """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
        claims = {
            "iss": "smoke-test",
            "sub": self._person,
            "username": self._person,
            "name": "Smoke test",
            # Several values as one text, as Cognito's triggers write them.
            self._stack.parameter("GroupsClaim") or "cognito:groups": "agent,admin",
        }
        return {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": urlencode(query),
            "headers": {"content-type": "application/json", **headers},
            "requestContext": {
                "http": {"method": method, "path": path, "sourceIp": "127.0.0.1", "userAgent": "smoke-test"},
                "authorizer": {"jwt": {"claims": claims, "scopes": None}},
                "requestId": self._person,
            },
            "body": "" if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }


def segment(value: str) -> str:
    """A value as one segment of a path."""
    return quote(value, safe="")


def _document(result: Mapping[str, Any]) -> Any:
    text = result.get("body") or ""
    if result.get("isBase64Encoded"):
        content = base64.b64decode(text)
        zipped = str((result.get("headers") or {}).get("content-encoding", "")) == "gzip"
        text = (gzip.decompress(content) if zipped else content).decode()
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text

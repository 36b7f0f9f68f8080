"""Requests to the API in a simulation, as the events that API Gateway passes to the functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.reliability.deliveries import Function
from tests.support.tokens import with_token

USERS: Mapping[str, tuple[str, ...]] = {
    "agent": ("agent", "group.default"),
    "admin": ("agent", "admin", "group.default", "group.tax"),
}


@dataclass(frozen=True)
class Answer:
    """The answer of the API; 502 and None if its process was killed."""

    status: int
    body: Any


def call_of(
    user: str, method: str, path: str, body: object, headers: Mapping[str, str] | None
) -> tuple[Function, dict[str, Any]]:
    """The function that serves a request of one of `USERS`, and its event. `path` may have a query."""
    plain, _, query = path.partition("?")
    parts = plain.split("/")
    sends = method == "POST" and parts[1] == "cases" and parts[-1] == "emails"
    event: dict[str, Any] = {
        "version": "2.0",
        "rawPath": plain,
        "rawQueryString": query,
        "headers": {"content-type": "application/json", **(headers or {})},
        "pathParameters": {"case_id": parts[2]} if sends else None,
        "requestContext": {
            "http": {"method": method, "path": plain},
            "requestId": "r1",
        },
        "isBase64Encoded": False,
    }
    if body is not None:
        # A text is a file, and no JSON.
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    with_token(event, {"sub": user, "username": user, "cognito:groups": [*USERS[user]]})
    return "adhoc_send" if sends else "agent_api", event

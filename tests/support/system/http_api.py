"""A client of the HTTP API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx


class User:
    """One user of the API, with a token."""

    def __init__(self, http: httpx.Client, token: str | None) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, object] | None = None,
    ) -> httpx.Response:
        """Sends a request. A body of bytes is sent unchanged, any other as JSON."""
        query = query or {}
        params = {name: str(value) for name, value in query.items()}
        content = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {**self._headers, **({"Content-Type": "application/json"} if content is not None else {})}
        return self._http.request(
            method, path, content=content, params=params or None, headers={**sent, **(headers or {})}
        )

    def get(self, path: str, **query: object) -> Any:
        return answer(self.call("GET", path, query=query))

    def put(self, path: str, body: object) -> Any:
        return answer(self.call("PUT", path, body))

    def post(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        return answer(self.call("POST", path, body, headers))

    def change(self, case_id: str, **fields: object) -> Any:
        """Changes a case, whatever its version."""
        return answer(self.call("PATCH", f"/cases/{case_id}", fields, {"If-Match": "*"}))

    def write(self, case_id: str, body: Mapping[str, object], key: str) -> Any:
        """Sends an email from a case; returns the entry."""
        response = self.call("POST", f"/cases/{case_id}/emails", body, {"Idempotency-Key": key})
        assert response.status_code == 202, f"{response.status_code} {response.text}"
        return response.json()

    def items(self, path: str, **query: object) -> list[Any]:
        """All items of a list, over all its pages."""
        query = {"limit": 200, **query}
        found: list[Any] = []
        page = self.get(path, **query)
        while True:
            assert sorted(page) == ["items", "next_cursor"]
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            page = self.get(path, cursor=page["next_cursor"], **query)


def answer(response: httpx.Response) -> Any:
    """The JSON of a successful answer."""
    request = response.request
    assert response.is_success, f"{request.method} {request.url}: {response.status_code} {response.text}"
    return response.json() if response.content else None


def problem(response: httpx.Response, status: int) -> Any:
    """The problem document (RFC 9457) of an answer that must be an error."""
    request = response.request
    assert response.status_code == status, f"{request.method} {request.url}: {response.status_code} {response.text}"
    assert response.headers["content-type"].partition(";")[0] == "application/problem+json"
    document = response.json()
    assert {"type", "title", "status", "detail"} <= set(document)
    assert document["status"] == status
    assert document["detail"]
    return document


def wrong_fields(response: httpx.Response) -> set[str]:
    """The wrong fields that an answer with status 422 names, each with its message."""
    errors = problem(response, 422)["errors"]
    assert all(sorted(error) == ["field", "message"] and error["message"] for error in errors)
    return {error["field"] for error in errors}

"""Plain HTTP requests, as browsers make them, but without following redirects."""

from __future__ import annotations

import httpx

_SECONDS = 30.0


class WebFailed(Exception):
    """No answer. The text says why."""


def fetch(method: str, url: str, content: bytes | None = None, headers: dict[str, str] | None = None) -> httpx.Response:
    """The answer of the server, whatever it is. Raises WebFailed if there is none."""
    try:
        # No proxy for this machine, whatever the environment says.
        local = {"all://127.0.0.1": httpx.HTTPTransport()}
        with httpx.Client(timeout=_SECONDS, follow_redirects=False, mounts=local) as client:
            return client.request(method, url, content=content, headers=headers)
    except httpx.HTTPError as error:
        raise WebFailed(f"{method} {url.partition('?')[0]}: {type(error).__name__}: {error}") from error

"""A web server that always gives the same answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.http.wsgi_server import WsgiServer


@contextmanager
def web(status: str, content: bytes) -> Iterator[str]:
    """The URL of a server that always answers in this way."""

    def application(_: Any, start_response: Any) -> list[bytes]:
        start_response(status, [("content-type", "text/plain")])
        return [content]

    server = WsgiServer(application)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()

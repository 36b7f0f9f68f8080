"""The HTTP server of the local stack: its port, and the application that answers."""

import http.client
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug import Response

from local.errors import UserError
from local.http.server import HttpServer, bind


@pytest.fixture
def server() -> Iterator[HttpServer]:
    server = HttpServer(Response("local"), 0)
    yield server
    server.stop()


def _get(server: HttpServer, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_before_the_gateway(server: HttpServer) -> None:
    """Until the gateway is ready, only the local routes answer."""
    assert server.url == f"http://127.0.0.1:{server.port}"
    assert _get(server, "/local/health") == (200, "local")
    assert _get(server, "/cases") == (503, '{"message":"Service Unavailable"}')

    server.gateway = Response("gateway")

    assert _get(server, "/local/health") == (200, "local")
    assert _get(server, "/cases") == (200, "gateway")
    assert _get(server, "/localities") == (200, "gateway")


def test_port_in_use(server: HttpServer) -> None:
    """The error names the option."""
    with pytest.raises(UserError) as raised:
        HttpServer(Response("second"), server.port)

    assert str(raised.value) == (
        f"Port {server.port} is in use: choose another with --http-port, or 0 for any free one."
    )


def test_forbidden_port(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)

    with pytest.raises(
        UserError, match=r"^Port 25 cannot be opened \(Permission denied\): choose another with --smtp-port"
    ):
        bind(25, "--smtp-port")


def test_keep_alive(server: HttpServer) -> None:
    """Several requests use one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for _ in range(3):
        connection.request("GET", "/local/health")
        assert connection.getresponse().read() == b"local"
    connection.close()

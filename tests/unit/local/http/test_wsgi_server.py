"""The connections of the local WSGI server."""

import http.client
import socket
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest

from local.http.wsgi_server import WsgiServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    match environ["PATH_INFO"]:
        case "/fails":
            raise RuntimeError("inside")
        case "/nothing":
            start_response("204 NO CONTENT", [])
            return []
        case _:
            body = environ["wsgi.input"].read()
            start_response("200 OK", [("Content-Length", "999"), ("X-Length", str(len(body)))])
            return [body[:2], body[2:]]


@pytest.fixture
def server() -> Iterator[WsgiServer]:
    server = WsgiServer(application)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def connection(server: WsgiServer) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    yield connection
    connection.close()


def test_keep_alive(connection: http.client.HTTPConnection) -> None:
    """Many requests use one connection."""
    connection.connect()
    assert connection.sock is not None
    port = connection.sock.getsockname()[1]
    answers = []
    for method, path, body in (
        ("POST", "/", b"hello"),
        ("HEAD", "/", None),
        ("GET", "/nothing", None),
        ("GET", "/fails", None),
        ("POST", "/", iter([b"chunk", b"ed"])),
    ):
        connection.request(method, path, body, encode_chunked=not isinstance(body, bytes))
        with connection.getresponse() as response:
            answers.append((response.status, response.headers.get("Content-Length"), response.read()))
        assert connection.sock.getsockname()[1] == port
    assert answers == [
        (200, "5", b"hello"),
        (200, "999", b""),
        (204, None, b""),
        (500, "21", b"Internal Server Error"),
        (200, "7", b"chunked"),
    ]


def test_expect_continue(server: WsgiServer) -> None:
    """The server asks for a large body, and waits for it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abc")
        assert client.recv(1000).endswith(b"\r\n\r\nabc")


def test_connection_close(server: WsgiServer) -> None:
    """The server closes the connection if the client asks for that."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(b"GET /nothing HTTP/1.0\r\n\r\n")
        answer = b""
        while part := client.recv(1000):
            answer += part
    assert answer.startswith(b"HTTP/1.1 204 NO CONTENT\r\n")
    assert b"\r\nConnection: close\r\n" in answer

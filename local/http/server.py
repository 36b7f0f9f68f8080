"""The HTTP server of the local stack. It binds its port before the stack is deployed, as the stack needs the URL."""

import errno
import socket
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.serving import make_server

from local.errors import UserError
from local.http.wsgi_server import KeepAlive

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"


class HttpServer:
    """Serves ``/local/`` at once, and all other paths once ``gateway`` is set. Until then it answers 503."""

    def __init__(self, local: "WSGIApplication", port: int) -> None:
        """Binds and starts at once. A ``port`` of 0 means any free port. Raises UserError if it cannot be bound."""
        self.gateway: WSGIApplication | None = None
        self._local = local
        with bind(port, "--http-port") as listener:
            listener.listen(128)
            self._server = make_server(
                HOST, port, self._dispatch, threaded=True, request_handler=KeepAlive, fd=listener.fileno()
            )
        self.port = int(self._server.server_address[1])
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="http", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops listening. Requests that are being served are cut off when the process ends."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _dispatch(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/local/"):
            return self._local(environ, start_response)
        gateway = self.gateway
        if gateway is None:
            headers = [("Content-Type", "application/json"), ("Retry-After", "1")]
            start_response("503 Service Unavailable", headers)
            return [b'{"message":"Service Unavailable"}']
        return gateway(environ, start_response)


def bind(port: int, option: str) -> socket.socket:
    """A socket bound to ``port`` on 127.0.0.1. Raises UserError, with the option's name, if this is not possible."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
        raise UserError(f"Port {port} {why}: choose another with {option}, or 0 for any free one.") from error
    return listener

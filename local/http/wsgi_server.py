"""An HTTP/1.1 server for WSGI applications that keeps connections open.

Werkzeug's server closes each connection after one request. For the embedded AWS, this doubles the cost of a request.
"""

import io
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_OURS = {"connection", "content-length", "date", "transfer-encoding"}
"""Headers that the server sets itself."""


class WsgiServer:
    """Serves `application` on 127.0.0.1 from `start` to `stop`. A `port` of 0 means any free port."""

    def __init__(
        self, application: "WSGIApplication", handler: type[WSGIRequestHandler] | None = None, port: int = 0
    ) -> None:
        """`handler` can be a class with its own `make_environ`. Raises OSError if the port is in use."""
        kept_alive = type("Handler", (KeepAlive, handler or WSGIRequestHandler), {})
        self._server = ThreadedWSGIServer("127.0.0.1", port, application, handler=kept_alive)
        self._server.daemon_threads = True
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._serve, name=f"http-{self.port}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.1)


class KeepAlive(WSGIRequestHandler):
    """Reads the whole request, sends the whole response, and then waits for the next request."""

    protocol_version = "HTTP/1.1"
    # Otherwise, a small response waits up to 40 ms for the acknowledgement of the previous one.
    disable_nagle_algorithm = True
    timeout = 120
    """Seconds after which a silent connection is closed."""

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        stream = environ["wsgi.input"]
        if not environ.get("wsgi.input_terminated"):
            stream = io.BytesIO(stream.read(int(environ.get("CONTENT_LENGTH") or 0)))
        else:
            body = stream.read()
            environ["CONTENT_LENGTH"] = str(len(body))
            stream = io.BytesIO(body)
        environ["wsgi.input"] = stream
        environ["wsgi.input_terminated"] = True
        status, headers, content = self._answer(environ)
        self._send(status, headers, content)

    def _answer(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        started: list[tuple[str, list[tuple[str, str]]]] = []
        written: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:  # noqa: ARG001  (WSGI)
            started[:] = [(status, headers)]
            return written.append

        try:
            answer: Iterable[bytes] = self.server.app(environ, start_response)
            try:
                written.extend(answer)
            finally:
                if hasattr(answer, "close"):
                    answer.close()
            return (*started[0], b"".join(written))
        except Exception as error:  # noqa: BLE001  (an error of the application must not end the server)
            self.server.log("error", "%s while serving %s %s", repr(error), self.command, self.path.partition("?")[0])
            return "500 INTERNAL SERVER ERROR", [("Content-Type", "text/plain")], b"Internal Server Error"

    def _send(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        code = int(status.partition(" ")[0])
        lines = [f"HTTP/1.1 {status}", f"Date: {self.date_time_string()}"]
        for name, value in headers:
            # A response to HEAD has no body, but the Content-Length of the response to GET.
            if name.lower() not in _OURS or (self.command == "HEAD" and name.lower() == "content-length"):
                lines.append(f"{name}: {value}")
        if code < 200 or code in {204, 304} or self.command == "HEAD":
            content = b""
        else:
            lines.append(f"Content-Length: {len(content)}")
        if self.close_connection:
            lines.append("Connection: close")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + content)

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002  (the base's name)
        """Logs nothing. Werkzeug calls this for idle connections that time out, which is not an error."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Logs nothing. With a line for each request, important lines would be hard to find."""

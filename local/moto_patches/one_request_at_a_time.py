"""Lets one request at a time into moto, and counts the writes.

moto's conditional writes, transactions and queues are not thread-safe: they lose writes and messages. Serving one
request at a time costs little, as Python runs one thread at a time anyway.
"""

import io
import json
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from local.activity import Activity

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_READS = ("Get", "Describe", "List", "Query", "Scan", "BatchGet", "Receive")
_RECEIVE = "AmazonSQS.ReceiveMessage"

_Response = tuple[str, list[tuple[str, str]], bytes]
"""Status, headers, body."""


class OneRequestAtATime:
    """A WSGI application in front of moto's. It holds `lock` while moto serves a request."""

    def __init__(self, application: "WSGIApplication", lock: threading.Lock, activity: Activity) -> None:
        self._application = application
        self._lock = lock
        self._activity = activity

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        status, headers, content = self._receive(environ) if target == _RECEIVE else self._serve(environ)
        service = _written_service(environ, target)
        if service is not None:
            self._activity.note(service)
        start_response(status, headers)
        return [content]

    def _serve(self, environ: "WSGIEnvironment") -> _Response:
        from werkzeug.test import run_wsgi_app

        with self._lock:
            chunks, status, headers = run_wsgi_app(self._application, environ, buffered=True)
            return status, list(headers), b"".join(chunks)

    def _receive(self, environ: "WSGIEnvironment") -> _Response:
        """Long polling of a queue. moto would wait while it holds the lock, so the waiting is done here."""
        request = json.loads(environ["wsgi.input"].read() or b"{}")
        deadline = time.monotonic() + int(request.get("WaitTimeSeconds", 0))
        body = json.dumps({**request, "WaitTimeSeconds": 0}).encode()
        while True:
            seen = self._activity.count("sqs", "s3")
            response = self._serve({**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
            left = deadline - time.monotonic()
            if left <= 0 or not response[0].startswith("200") or b'"Messages"' in response[2]:
                return response
            # For a second at most: without any write, a message becomes visible when its visibility timeout ends.
            self._activity.wait(("sqs", "s3"), seen, min(left, 1.0))


def _written_service(environ: "WSGIEnvironment", target: str) -> str | None:
    """The service that this request wrote to. None if it only read, or deleted messages from a queue."""
    service, _, operation = target.partition(".")
    if not target:
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        scope = authorization.partition("Credential=")[2].partition(",")[0].split("/")
        signed_for = scope[3] if len(scope) > 3 else "s3"
        return None if environ["REQUEST_METHOD"] in {"GET", "HEAD"} else signed_for
    if operation.startswith(_READS) or (service == "AmazonSQS" and operation.startswith("Delete")):
        return None
    return {"AmazonSQS": "sqs", "DynamoDB_20120810": "dynamodb"}.get(service, service)

"""Keeps what functions put on event buses (PutEvents), as rules and targets would get it.

WSGI middleware in front of moto, which checks such calls and answers them, but keeps no event.
"""

import io
import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.embedded_aws import ACCOUNT_ID, REGION, EmbeddedAws

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PUT_EVENTS = "AWSEvents.PutEvents"
_MOST = 10_000
"""How many events are kept. EventBridge itself keeps none."""


class PutEvents:
    """Passes all requests on to `app`, and keeps the entries of PutEvents that are taken, oldest first.

    `emit` gets each event of the default bus, as EventBridge gives it to targets.
    """

    def __init__(self, app: "WSGIApplication", emit: Callable[[dict[str, Any]], None]) -> None:
        self._app = app
        self._emit = emit
        self._kept: deque[dict[str, Any]] = deque(maxlen=_MOST)
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("HTTP_X_AMZ_TARGET") != _PUT_EVENTS:
            return self._app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        answer = b"".join(self._app(environ, start_response))
        results = json.loads(answer).get("Entries", [])
        for entry, result in zip(json.loads(body)["Entries"], results, strict=False):
            if "EventId" in result:
                event = _as_delivered(entry, result["EventId"])
                with self._lock:
                    self._kept.append(event)
                if entry.get("EventBusName", "default") == "default":
                    self._emit(event)
        return [answer]

    def events(self) -> list[dict[str, Any]]:
        """The kept events, newest last."""
        with self._lock:
            return list(self._kept)


def make_bus(aws: EmbeddedAws, name: str) -> None:
    """Makes the bus that a parameter names. On AWS it must exist before the deployment; here, nobody could make it."""
    client = aws.client("events")
    if name and name not in {bus["Name"] for bus in client.list_event_buses()["EventBuses"]}:
        client.create_event_bus(Name=name)


def _as_delivered(entry: Mapping[str, Any], event_id: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html"""
    at = datetime.fromtimestamp(entry["Time"], UTC) if "Time" in entry else datetime.now(UTC)
    return {
        "version": "0",
        "id": event_id,
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": ACCOUNT_ID,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": entry.get("Resources", []),
        "detail": json.loads(entry["Detail"]),
    }

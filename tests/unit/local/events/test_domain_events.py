"""What is put on event buses is kept as targets would get it; what EventBridge refuses is not."""

import io
import json
from collections.abc import Iterable
from typing import Any

from local.events.domain_events import PutEvents

ENTRY = {"Source": "email-channels", "DetailType": "case.created", "Detail": '{"id": "a"}', "Time": 1795459416}


def put(entries: list[dict[str, Any]], results: list[dict[str, str]], target: str = "AWSEvents.PutEvents") -> Any:
    """The kept events, those that went to rules of the default bus, and what the service got and answered."""
    got: list[bytes] = []

    def service(environ: Any, start_response: Any) -> Iterable[bytes]:
        got.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [json.dumps({"FailedEntryCount": 0, "Entries": results}).encode()]

    emitted: list[dict[str, Any]] = []
    middle = PutEvents(service, emitted.append)
    body = json.dumps({"Entries": entries}).encode()
    environ: Any = {"HTTP_X_AMZ_TARGET": target, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    answer = b"".join(middle(environ, lambda *_: lambda _: None))
    assert got == [body]
    assert json.loads(answer)["Entries"] == results
    return middle.events(), emitted


def test_put_events() -> None:
    """Only entries that were taken are kept. Rules of the default bus get those of this bus."""
    entries = [ENTRY | {"EventBusName": "default"}, ENTRY, ENTRY | {"EventBusName": "hr"}]
    results = [{"EventId": "1"}, {"ErrorCode": "ThrottlingException"}, {"EventId": "3"}]
    kept, emitted = put(entries, results)
    assert [event["id"] for event in kept] == ["1", "3"]
    assert [event["id"] for event in emitted] == ["1"]
    assert kept[0] == {
        "version": "0",
        "id": "1",
        "detail-type": "case.created",
        "source": "email-channels",
        "account": "123456789012",
        "time": "2026-11-23T18:43:36Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": {"id": "a"},
    }


def test_other_calls() -> None:
    """Other calls pass through."""
    assert put([ENTRY], [{"EventId": "1"}], "AWSEvents.ListRules") == ([], [])

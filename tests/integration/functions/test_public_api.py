"""`public_api`: the routes that anybody may call, without AWS and without what only `agent_api` needs."""

import base64
import gzip
import json
import subprocess
import sys
from typing import Any

import pytest
from email_channels.api.document import openapi_bytes

from functions.public_api.app import handler
from tests.support.lambda_context import lambda_context


def call(path: str, method: str = "GET", query: str = "", **headers: str) -> dict[str, Any]:
    http = {"method": method, "path": path}
    event = {"rawPath": path, "rawQueryString": query, "headers": headers, "requestContext": {"http": http}}
    return handler(event, lambda_context())


def test_health() -> None:
    answer = call("/health")
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"status": "ok"})
    assert answer["headers"]["cache-control"] == "no-store"


def test_document() -> None:
    answer = call("/openapi.json")
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "application/json")
    assert answer["body"].encode() == openapi_bytes()


def test_compressed() -> None:
    """HTTP APIs do not compress. The work is done once, whatever clients send."""
    answer = call("/openapi.json", **{"Accept-Encoding": "br, gzip"})
    assert gzip.decompress(base64.b64decode(answer["body"])) == openapi_bytes()
    assert answer["headers"]["content-encoding"] == "gzip"
    again = call("/openapi.json", **{"accept-encoding": "gzip;q=0.5"})
    assert again["body"] is answer["body"]


@pytest.mark.parametrize("path", ["/health", "/openapi.json"])
def test_head(path: str) -> None:
    answer = call(path, "HEAD", **{"accept-encoding": "gzip"})
    assert (answer["statusCode"], answer["body"], answer["isBase64Encoded"]) == (200, "", False)


def test_refused() -> None:
    """As in `agent_api`: other methods, and query parameters that do not exist."""
    answer = call("/health", "POST")
    assert (answer["statusCode"], answer["headers"]["allow"]) == (405, "GET, HEAD")
    answer = call("/health", query="deep=1")
    assert answer["statusCode"] == 422
    assert json.loads(answer["body"])["errors"][0]["field"] == "deep"


def test_unexpected_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.public_api.app._answer", lambda _request: 1 / 0)
    answer = call("/health")
    assert (answer["statusCode"], json.loads(answer["body"])["type"]) == (500, "/problems/internal_error")


def test_small() -> None:
    """It imports neither AWS's SDK nor the reading of email: a stranger's call is cheap, also the first one."""
    code = "import sys, functions.public_api.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "email_channels.api.requests" in loaded
    assert not loaded & {"boto3", "botocore", "pynamodb", "jsonschema", "nh3", "aws_lambda_powertools"}
    assert not [name for name in loaded if name.startswith(("email_channels.aws", "email_channels.mail."))]

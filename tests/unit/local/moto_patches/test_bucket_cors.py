"""The CORS answers of the local S3: as the bucket's rules say, and nothing else."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import Client

from local.moto_patches.bucket_cors import BucketCors, Rule

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

RULES: dict[str, list[Rule]] = {
    "mail": [
        {"AllowedOrigins": ["https://*.acme.example"], "AllowedMethods": ["DELETE"], "ExposeHeaders": ["etag"]},
        {
            "AllowedOrigins": ["*"],
            "AllowedMethods": ["GET", "PUT"],
            "AllowedHeaders": ["content-type"],
            "MaxAgeSeconds": 3600,
        },
    ]
}
ORIGIN = {"Origin": "https://console.example"}


def moto(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """It allows everything."""
    start_response("200 OK", [("Access-Control-Allow-Origin", "*"), ("ETag", "x")])
    return [b"content"]


@pytest.fixture
def client() -> Client:
    return Client(BucketCors(moto, RULES))


def cors(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in headers if name.startswith("Access-Control-")}


def test_upload(client: Client) -> None:
    """A browser asks before it uploads, and may send a Content-Type."""
    asked = client.options(
        "/mail/uploads/1",
        headers=ORIGIN | {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "Content-Type"},
    )
    assert asked.status_code == 200
    assert cors(asked.headers) == {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, PUT",
        "Access-Control-Allow-Headers": "content-type",
        "Access-Control-Max-Age": "3600",
    }
    put = client.put("/mail/uploads/1", headers=ORIGIN)
    assert put.text == "content"
    assert cors(put.headers) == {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET, PUT"}


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/mail/1", "POST", ""),
        ("/mail/1", "PUT", "content-type, x-amz-meta-more"),
        ("/mail/1", "DELETE", ""),
        ("/other/1", "GET", ""),
        ("/", "POST", ""),
    ],
)
def test_refused(client: Client, path: str, method: str, headers: str) -> None:
    """What no rule allows is refused: another method, another header, another bucket, the other services."""
    asked = {"Access-Control-Request-Method": method}
    if headers:
        asked["Access-Control-Request-Headers"] = headers
    answer = client.options(path, headers=ORIGIN | asked)
    assert (answer.status_code, cors(answer.headers)) == (403, {})


def test_no_rule_for_request(client: Client) -> None:
    """Requests that need no question are served, but the browser keeps the answer from the page."""
    assert cors(client.get("/other/1", headers=ORIGIN).headers) == {}
    assert cors(client.get("/mail/1").headers) == {}


def test_first_rule_that_fits(client: Client) -> None:
    """The origin may be a pattern; then the answer names the origin."""
    answer = client.delete("/mail/1", headers={"Origin": "https://console.acme.example"})
    assert cors(answer.headers) == {
        "Access-Control-Allow-Origin": "https://console.acme.example",
        "Access-Control-Allow-Methods": "DELETE",
        "Access-Control-Expose-Headers": "etag",
    }

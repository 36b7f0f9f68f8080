"""API answers are compressed for clients that take it."""

import base64
import gzip

import pytest
from email_channels.api.requests import SMALLEST_COMPRESSED, compressed, json_response, result_of, takes_gzip

LONG = result_of(json_response({"items": ["x" * 100] * 100}))


def test_long_answer() -> None:
    """The content is the same, and caches are told that it depends on the request."""
    small = compressed(LONG, "gzip, deflate, br")
    assert small["isBase64Encoded"]
    assert gzip.decompress(base64.b64decode(small["body"])).decode() == LONG["body"]
    assert small["headers"] == {**LONG["headers"], "content-encoding": "gzip", "vary": "accept-encoding"}
    assert len(small["body"]) < len(LONG["body"]) / 10


def test_client_without_gzip() -> None:
    plain = compressed(LONG, "identity")
    assert plain == {**LONG, "headers": {**LONG["headers"], "vary": "accept-encoding"}}


def test_short_answer() -> None:
    short = result_of(json_response({"text": "x" * (SMALLEST_COMPRESSED - 20)}))
    assert compressed(short, "gzip") == short


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("*", True),
        ("x-gzip", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
    ],
)
def test_takes_gzip(accepted: str, taken: bool) -> None:
    assert takes_gzip(accepted) is taken

"""The AWS clients."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.useragent import UserAgentString
from botocore.utils import parse_timestamp
from email_channels.aws import clients, timeouts


class _Sent(Exception):
    """Stands for the answer to a request."""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-west-1")


def test_user_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request names botocore, Python and the system. The text is not put together for each request."""
    client = clients._client("sqs", timeouts.SQS)
    agents: list[bytes] = []

    def stop(request: Any, **_: Any) -> None:
        agents.append(request.headers["User-Agent"])
        raise _Sent

    client.meta.events.register_first("before-send.*.*", stop)
    monkeypatch.delattr(UserAgentString, "_build_os_metadata")
    with pytest.raises(_Sent):
        client.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/q", MessageBody="x")
    assert agents[0].startswith(b"Botocore/")
    assert b" Python/" in agents[0]


def test_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times of all forms are read as botocore reads them; those in headers of S3 without its slow parser."""
    forms: list[Any] = ["2026-11-30T18:05:09.123Z", "2026-11-30T18:05:09Z", "1796061909", 1796061909.5]
    for form in forms:
        assert clients.read_timestamp(form) == parse_timestamp(form)
    header = "Mon, 30 Nov 2026 18:05:09 GMT"
    expected = parse_timestamp(header)
    client = clients._client("s3", timeouts.S3)
    headers: Any = {"Last-Modified": header, "Content-Length": "0"}
    answer = AWSResponse("", 200, headers, BytesIO())
    client.meta.events.register_first("before-send.*.*", lambda **_: answer)
    monkeypatch.delattr("dateutil.parser.parse")
    read = client.get_object(Bucket="b", Key="k")["LastModified"]
    assert (read, read.utcoffset()) == (expected, expected.utcoffset())

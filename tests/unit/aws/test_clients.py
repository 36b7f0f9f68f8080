"""The AWS clients."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.useragent import UserAgentString
from email_channels.aws import clients, timeouts


class _Sent(Exception):
    """Stands for the answer to a request."""


def test_user_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request names botocore, Python and the system. The text is not put together for each request."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-west-1")
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

"""The request to SES, and what its answers mean: sent, refused, outcome unknown, or retried."""

from __future__ import annotations

import base64
import json
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)
from email_channels.aws.ses_client import NO_TIME_LEFT, RETRY_SECONDS, SesClient
from email_channels.errors import DeadlineExceeded, SendOutcomeUnknown, SendRefused

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

URL = "https://email.eu-central-1.amazonaws.com"
TAKEN = (200, "", {"MessageId": "0107-abc"})
THROTTLED = (429, "TooManyRequestsException", {"message": "Maximum sending rate exceeded."})


class _Answer(AWSResponse):
    """An answer of SES, as botocore's HTTP session returns it."""

    def __init__(self, status: int, code: str, body: dict[str, Any]) -> None:
        headers = HeadersDict({"x-amzn-ErrorType": code} if code else {})
        super().__init__(URL, status, headers, None)  # type: ignore[arg-type]  # what botocore itself gives it
        self._body = json.dumps(body).encode()

    @property
    def content(self) -> bytes:
        return self._body


class Ses:
    """Answers each request with the next of `answers`; raises it if it is an exception."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str, dict[str, Any]] | Exception] = []
        self.requests: list[dict[str, Any]] = []
        self.waits: list[float] = []
        self.seconds = 0.0

    def __call__(self, request: Any, **_: object) -> AWSResponse:
        self.requests.append(json.loads(request.body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return _Answer(*answer)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds


@pytest.fixture
def ses() -> Ses:
    return Ses()


@pytest.fixture
def client(ses: Ses) -> Iterator[SesClient]:
    client: SESV2Client = boto3.client(
        "sesv2",
        region_name="eu-central-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )
    events: Any = client.meta.events
    events.register("before-send.sesv2.SendEmail", ses)
    yield SesClient(client, "the-set", wait=ses.wait, clock=lambda: ses.seconds)
    client.close()


def send(client: SesClient) -> str:
    return client.send(
        b"Subject: hi\r\n\r\nh\xc3\xa9",
        source="service@b\u00fccher.example",
        destinations=["zoe@acme.example", "marcus@B\u00dcCHER.example"],
        bcc=["secret@acme.example"],
        tags={"kind": "ad_hoc", "record": "7K3F92QDX0", "email": "E1"},
    )


def test_request(ses: Ses, client: SesClient) -> None:
    ses.answers = [TAKEN]
    assert send(client) == "0107-abc"
    assert client.region == "eu-central-1"
    [request] = ses.requests
    assert base64.b64decode(request["Content"]["Raw"]["Data"]) == b"Subject: hi\r\n\r\nh\xc3\xa9"
    del request["Content"]
    assert request == {
        "FromEmailAddress": "service@xn--bcher-kva.example",
        "Destination": {
            "ToAddresses": ["zoe@acme.example", "marcus@xn--bcher-kva.example"],
            "BccAddresses": ["secret@acme.example"],
        },
        "EmailTags": [
            {"Name": "kind", "Value": "ad_hoc"},
            {"Name": "record", "Value": "7K3F92QDX0"},
            {"Name": "email", "Value": "E1"},
        ],
        "ConfigurationSetName": "the-set",
    }


@pytest.mark.parametrize("code", ["SendingPausedException", "AccountSuspendedException"])
def test_paused(ses: Ses, client: SesClient, code: str) -> None:
    """While sending is paused, a later attempt can succeed, but it is no use to wait some seconds."""
    ses.answers = [(400, code, {"message": "Sending is paused."}), TAKEN]
    with pytest.raises(SendRefused) as refused:
        send(client)
    assert (refused.value.code, refused.value.throttled, ses.waits) == (code, True, [])


def test_waited_in_vain(ses: Ses, client: SesClient) -> None:
    """After a wait in vain, each email is tried once for a while. One that SES takes ends that."""
    client._shut_seconds = 60.0
    ses.answers = [THROTTLED] * 100
    with pytest.raises(SendRefused):
        send(client)
    tried = len(ses.requests)
    assert tried > 2
    for _ in range(2):
        with pytest.raises(SendRefused):
            send(client)
    assert len(ses.requests) == tried + 2
    ses.answers = [TAKEN, THROTTLED, TAKEN]
    send(client)
    send(client)
    assert ses.answers == []
    ses.answers = [THROTTLED] * 100
    with pytest.raises(SendRefused):
        send(client)
    ses.seconds += 61
    ses.answers = [THROTTLED, TAKEN]
    send(client)


@pytest.mark.parametrize(
    "answer",
    [
        (500, "InternalFailure", {}),
        (503, "ServiceUnavailable", {}),
        (408, "RequestTimeoutException", {}),
        ReadTimeoutError(endpoint_url=URL),
        ConnectionClosedError(endpoint_url=URL),
    ],
    ids=str,
)
def test_unknown_outcome(ses: Ses, client: SesClient, answer: Any) -> None:
    """A send with an unknown outcome is not retried."""
    ses.answers = [answer, TAKEN]
    with pytest.raises(SendOutcomeUnknown):
        send(client)
    assert len(ses.requests) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "MessageRejected"),
        (400, "MailFromDomainNotVerifiedException"),
        (400, "BadRequestException"),
        (404, "NotFoundException"),
        (403, "AccessDeniedException"),
    ],
)
def test_refusal(ses: Ses, client: SesClient, status: int, code: str) -> None:
    """A refusal gives the reason of SES, and is not retried."""
    ses.answers = [(status, code, {"message": "Email address is not verified."}), TAKEN]
    with pytest.raises(SendRefused) as refused:
        send(client)
    assert (refused.value.code, refused.value.detail) == (code, "Email address is not verified.")
    assert not refused.value.throttled
    assert len(ses.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (400, "MessageRejected", {"message": "Email address is not verified: zoe@acme.example"}),
        (429, "TooManyRequestsException", {"message": "Too many for zoe@acme.example"}),
        (500, "InternalFailure", {"message": "zoe@acme.example"}),
        ParamValidationError(report="Invalid length for zoe@acme.example"),
    ],
    ids=["refused", "throttled", "unknown", "not valid"],
)
def test_words_of_ses_in_logs(ses: Ses, client: SesClient, answer: Any) -> None:
    """They hold addresses. The log of an error shows its causes, too."""
    ses.answers = [answer] * 1000
    with pytest.raises((SendRefused, SendOutcomeUnknown)) as failed:
        send(client)
    assert "zoe@" not in "".join(traceback.format_exception(failed.value))
    assert "zoe@" not in repr(failed.value)


@pytest.mark.parametrize(
    "fault",
    [
        THROTTLED,
        (400, "ThrottlingException", {}),
        EndpointConnectionError(endpoint_url=URL),
        ConnectTimeoutError(endpoint_url=URL),
    ],
    ids=str,
)
def test_retried(ses: Ses, client: SesClient, fault: Any) -> None:
    """A send that SES certainly did not take is retried."""
    ses.answers = [fault, fault, TAKEN]
    assert send(client) == "0107-abc"
    assert len(ses.waits) == 2
    assert all(0 <= wait <= 0.5 for wait in ses.waits)


def test_new_connection(ses: Ses, client: SesClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """No send uses a connection that may have broken unnoticed, while the process was frozen."""
    closed: list[int] = []
    monkeypatch.setattr(client._client, "close", lambda: closed.append(len(ses.requests)))
    ses.answers = [TAKEN, TAKEN]
    send(client)
    send(client)
    assert closed == [0, 1]


def test_no_time_left(ses: Ses, client: SesClient) -> None:
    """No attempt was made, so the next invocation may send it. Waiting would take the rest of the time."""
    ses.answers = [DeadlineExceeded("no time is left to ask AWS"), TAKEN]
    with pytest.raises(SendRefused) as refused:
        send(client)
    assert (refused.value.code, refused.value.throttled) == (NO_TIME_LEFT, True)
    assert (len(ses.requests), ses.waits) == (1, [])


def test_attempts_end(ses: Ses, client: SesClient) -> None:
    """The number of attempts is limited."""
    ses.answers = [THROTTLED] * 1000
    with pytest.raises(SendRefused) as refused:
        send(client)
    assert refused.value.throttled
    assert refused.value.code == "TooManyRequestsException"
    assert 0 < ses.seconds <= RETRY_SECONDS

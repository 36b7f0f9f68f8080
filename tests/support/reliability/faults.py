"""Faults of AWS, for each attempt of a call: the SDK sees them in place of the answer of moto.

They happen below the retries of the SDK, so these are tested, too. Pauses take no time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError
from botocore.retries.quota import RetryQuota
from email_channels.aws import retries, timeouts
from email_channels.aws.ses_client import SesClient
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

Answer = Callable[[], AWSResponse]


@dataclass(frozen=True)
class Attempt:
    """One attempt of a call. All attempts of one call have the same `call`."""

    service: str
    operation: str
    request: AWSPreparedRequest
    call: str

    @property
    def body(self) -> bytes:
        """The body of the request."""
        body: Any = self.request.body
        return body.encode() if isinstance(body, str) else bytes(body)

    @property
    def name(self) -> str:
        return f"{self.service}.{self.operation}"


@dataclass(frozen=True)
class Fault:
    """A fault of AWS at one attempt. `strike` gives the faulty answer, or raises; it may carry out the request before
    that.

    `operations` are the operations at which the fault can occur (service, or service and operation). Empty: all
    operations.
    """

    name: str
    strike: Callable[[Attempt, Answer], AWSResponse]
    operations: tuple[str, ...] = ()

    def fits(self, name: str) -> bool:
        return not self.operations or name in self.operations or name.partition(".")[0] in self.operations


def _refusal(status: int, code: str, message: str = "Injected.", **more: Any) -> Callable[..., AWSResponse]:
    def strike(attempt: Attempt, _: Answer) -> AWSResponse:
        if attempt.service == "s3":
            body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
            return _response(attempt, status, {"content-type": "application/xml"}, body)
        document = {"__type": f"com.amazonaws#{code}", "message": message, "Message": message, **more}
        headers = {"content-type": "application/x-amz-json-1.0", "x-amzn-errortype": code}
        return _response(attempt, status, headers, json.dumps(document).encode())

    return strike


def _response(attempt: Attempt, status: int, headers: Mapping[str, str], body: bytes) -> AWSResponse:
    return AWSResponse(attempt.request.url, status, dict(headers), MockRawResponse(body))  # type: ignore[arg-type]  # reads as one


def _not_connected(attempt: Attempt, _: Answer) -> AWSResponse:
    raise ConnectTimeoutError(endpoint_url=attempt.request.url)


def _never_arrived(attempt: Attempt, _: Answer) -> AWSResponse:
    raise ReadTimeoutError(endpoint_url=attempt.request.url)


def _answer_lost(attempt: Attempt, answer: Answer) -> AWSResponse:
    answer()
    raise ReadTimeoutError(endpoint_url=attempt.request.url)


def _connection_broke(attempt: Attempt, answer: Answer) -> AWSResponse:
    answer()
    raise ConnectionClosedError(endpoint_url=attempt.request.url)


def _failed_afterwards(attempt: Attempt, answer: Answer) -> AWSResponse:
    answer()
    return _refusal(500, "InternalError" if attempt.service == "s3" else "InternalServerError")(attempt, answer)


def _truncated(attempt: Attempt, answer: Answer) -> AWSResponse:
    whole = answer()
    body = whole.content
    headers = dict(whole.headers) | {"content-length": str(len(body))}
    return _response(attempt, whole.status_code, headers, body[: len(body) // 2])


def _half_unprocessed(attempt: Attempt, _: Answer) -> AWSResponse:
    """DynamoDB returns none of the requested items, which it is allowed to do."""
    asked = json.loads(attempt.body)["RequestItems"]
    body = {"Responses": {table: [] for table in asked}, "UnprocessedKeys": asked}
    return _response(attempt, 200, {"content-type": "application/x-amz-json-1.0"}, json.dumps(body).encode())


def _not_deleted(attempt: Attempt, _: Answer) -> AWSResponse:
    text = attempt.body.decode()
    keys = [part.partition("</Key>")[0] for part in text.split("<Key>")[1:]]
    errors = "".join(
        f"<Error><Key>{key}</Key><VersionId>v</VersionId><Code>InternalError</Code><Message>Injected.</Message></Error>"
        for key in keys
    )
    body = f'<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{errors}</DeleteResult>'.encode()
    return _response(attempt, 200, {"content-type": "application/xml"}, body)


def _not_taken(attempt: Attempt, _: Answer) -> AWSResponse:
    """EventBridge answers, and takes none of the events."""
    results = [{"ErrorCode": "ThrottlingException", "ErrorMessage": "Injected."}] * len(
        json.loads(attempt.body)["Entries"]
    )
    body = json.dumps({"FailedEntryCount": len(results), "Entries": results}).encode()
    return _response(attempt, 200, {"content-type": "application/x-amz-json-1.1"}, body)


def _cancelled(code: str) -> Callable[[Attempt, Answer], AWSResponse]:
    def strike(attempt: Attempt, answer: Answer) -> AWSResponse:
        count = len(json.loads(attempt.body)["TransactItems"])
        reasons = [{"Code": code, "Message": "Injected."}] + [{"Code": "None"}] * (count - 1)
        codes = ", ".join(reason["Code"] for reason in reasons)
        message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        return _refusal(400, "TransactionCanceledException", message, CancellationReasons=reasons)(attempt, answer)

    return strike


_TABLE = "dynamodb"
_WRITES = tuple(f"{_TABLE}.{name}" for name in ("PutItem", "UpdateItem"))
_TRANSACTION = f"{_TABLE}.TransactWriteItems"

THROTTLED = (
    Fault("ProvisionedThroughputExceeded", _refusal(400, "ProvisionedThroughputExceededException"), (_TABLE,)),
    Fault("RequestLimitExceeded", _refusal(400, "RequestLimitExceeded"), (_TABLE,)),
    Fault("ThrottlingException", _refusal(400, "ThrottlingException"), (_TABLE, "sqs", "secrets-manager", "events")),
    Fault("SlowDown", _refusal(503, "SlowDown"), ("s3",)),
    Fault("TooManyRequests", _refusal(429, "TooManyRequestsException"), ("sesv2",)),
)
LOST = Fault("done, and the answer lost", _answer_lost)
# Not retried by the SDK.
REFUSED = Fault("refused for good", _refusal(403, "AccessDenied"))
UNAVAILABLE = Fault("503", _refusal(503, "ServiceUnavailable"))
FAULTS = (
    *THROTTLED,
    UNAVAILABLE,
    Fault("500", _refusal(500, "InternalServerError")),
    Fault("not connected", _not_connected),
    Fault("read time-out, not done", _never_arrived),
    LOST,
    Fault("done, and the connection broke", _connection_broke),
    Fault("done, and 500", _failed_afterwards),
    Fault("bytes broke off", _truncated, ("s3.GetObject",)),
    Fault("nothing of the batch", _half_unprocessed, (f"{_TABLE}.BatchGetItem",)),
    Fault("no event taken", _not_taken, ("events.PutEvents",)),
    Fault("not deleted", _not_deleted, ("s3.DeleteObjects",)),
    Fault("transaction conflict", _refusal(400, "TransactionConflictException"), _WRITES),
    Fault("cancelled for a conflict", _cancelled("TransactionConflict"), (_TRANSACTION,)),
    Fault("cancelled for throttling", _cancelled("ThrottlingError"), (_TRANSACTION,)),
)


@dataclass
class Injector:
    """Injects faults. `plan` gets the number of the call, the number of the attempt (both from 0) and the name of the
    call.

    `plan` returns the fault for this attempt, or None. `calls` are the names of the watched calls. `struck` is the
    number of attempts that got a fault.
    """

    plan: Callable[[int, int, str], Fault | None] = lambda *_: None
    watches: Callable[[], bool] = lambda: True
    calls: list[str] = field(default_factory=list)
    struck: int = 0
    slept: float = 0.0
    _last: str = ""
    _attempts: int = 0
    _tokens: dict[str, AWSResponse] = field(default_factory=dict)

    def meet(self, attempt: Attempt, answer: Answer) -> AWSResponse:
        """The answer, or the fault, that the SDK gets."""
        if not self.watches():
            return answer()
        if attempt.call != self._last:
            self.calls.append(attempt.name)
            self._last, self._attempts = attempt.call, 0
        else:
            self._attempts += 1
        fault = self.plan(len(self.calls) - 1, self._attempts, attempt.name)
        once = self._idempotent(attempt, answer)
        if fault is None:
            return once()
        self.struck += 1
        return fault.strike(attempt, once)

    def _idempotent(self, attempt: Attempt, answer: Answer) -> Answer:
        """DynamoDB carries out a transaction only once for each token. moto ignores the token."""
        if attempt.name != _TRANSACTION:
            return answer
        token = json.loads(attempt.body)["ClientRequestToken"]

        def once() -> AWSResponse:
            if token in self._tokens:
                return self._tokens[token]
            given = answer()
            if given.status_code == 200:
                self._tokens[token] = given
            return given

        return once


@contextmanager
def injected(injector: Injector) -> Iterator[None]:
    """Within the block, the injector decides each attempt, pauses take no time, and the SDK may always retry."""
    stub = BotocoreStubber.__call__

    def meet(self: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **more: Any) -> AWSResponse | None:
        if not self.enabled:
            return None
        _, service, operation = event_name.split(".")
        call = request.headers.get("amz-sdk-invocation-id")
        call = call.decode() if isinstance(call, bytes) else str(call)

        def answer() -> AWSResponse:
            given = stub(self, event_name, request, **more)
            assert given is not None
            return given

        return injector.meet(Attempt(service, operation, request, call), answer)

    def monotonic() -> float:
        return began + injector.slept

    def sleep(seconds: float) -> None:
        injector.slept += seconds

    began = time.monotonic()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BotocoreStubber, "__call__", meet)
        patched.setattr("botocore.endpoint.time", SimpleNamespace(sleep=sleep))
        patched.setattr(retries, "time", SimpleNamespace(sleep=sleep))
        patched.setattr(timeouts, "time", SimpleNamespace(monotonic=monotonic))
        defaults = SesClient.__init__.__kwdefaults__
        assert defaults is not None
        patched.setitem(defaults, "wait", sleep)
        patched.setitem(defaults, "clock", monotonic)
        patched.setattr(RetryQuota, "acquire", lambda *_: True)
        yield

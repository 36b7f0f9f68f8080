"""The time that AWS may take fits the timeouts of the functions in the template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from email_channels.aws import clients, timeouts
from email_channels.aws.rows import table
from email_channels.aws.ses_client import RETRY_SECONDS
from email_channels.aws.timeouts import ANSWER_SECONDS, DYNAMODB, EVENTS, S3, SECRETS_MANAGER, SES, SQS, ServiceTimeouts
from email_channels.bootstrap.jobs import NEEDED_MILLISECONDS as JOBS_NEED
from email_channels.bootstrap.purge import NEEDED_MILLISECONDS as PURGE_NEEDS
from email_channels.bootstrap.reconcile import NEEDED_MILLISECONDS as RECONCILE_NEEDS
from email_channels.bootstrap.trying import API_SECONDS, INBOUND_MEGABYTES
from email_channels.errors import DeadlineExceeded
from email_channels.intake.batch import _SUBPROCESS_SECONDS, EMAIL_SECONDS, RESERVE_SECONDS
from email_channels.intake.limited_reading import HEADERS_SECONDS, READING_SECONDS
from moto.core.botocore_stubber import BotocoreStubber

from functions.console.issuer import _TIMEOUT as ISSUER_SECONDS
from functions.setup import app as setup
from functions.setup.app import TRIES
from local.cloudformation.template import read_template
from tests.support.new_process import forget_clients
from tests.support.paths import TEMPLATE
from tests.support.reliability.simulation import Simulation, open_simulation

# API Gateway's HTTP APIs wait no longer for a function.
GATEWAY_SECONDS = 30
USED = {
    "InboundFunction": (DYNAMODB, S3, SECRETS_MANAGER),
    "AgentApiFunction": (DYNAMODB, S3, SQS),
    "AdhocSendFunction": (DYNAMODB, S3, SECRETS_MANAGER, SES),
    "NotifyFunction": (DYNAMODB, S3, SECRETS_MANAGER, SES),
    "EventsFunction": (DYNAMODB, EVENTS),
    "DeliveryFunction": (DYNAMODB,),
    "PurgeFunction": (DYNAMODB, S3),
    "JobsFunction": (DYNAMODB, S3, SECRETS_MANAGER, SQS),
    "ReconcileFunction": (DYNAMODB, S3, SECRETS_MANAGER, SES, SQS),
    "ConsoleFunction": (),  # it calls nothing in AWS
    "PublicApiFunction": (),  # nor does it
}
MADE = {"dynamodb": DYNAMODB, "events": EVENTS, "s3": S3, "ses": SES, "secrets_manager": SECRETS_MANAGER, "sqs": SQS}


def function_timeouts() -> Mapping[str, float]:
    """The functions' time-outs in seconds."""
    resources: dict[str, Any] = read_template(TEMPLATE)["Resources"]
    return {
        name: float(resource["Properties"]["Timeout"])
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def test_every_function() -> None:
    """This file covers every function."""
    assert function_timeouts().keys() == {*USED, "SetupFunction"}


@pytest.mark.parametrize("name", USED)
def test_one_call(name: str) -> None:
    """One call with all its attempts fits the function's time; the deadline ends a series of failing calls."""
    for one in USED[name]:
        assert one.attempt_seconds + ANSWER_SECONDS <= function_timeouts()[name] * 2 / 3, (
            "no time would be left for a second call"
        )
        if one is not S3 or function_timeouts()[name] > GATEWAY_SECONDS:
            assert one.call_seconds + ANSWER_SECONDS <= function_timeouts()[name]


def test_call_of_setup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the layer, `setup` has its own client. CloudFormation waits longer for its answer."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    setup._ses.cache_clear()
    config: Any = setup._ses().meta.config
    setup._ses.cache_clear()
    its = ServiceTimeouts(config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"])
    assert its.call_seconds + TRIES * 11 <= function_timeouts()["SetupFunction"]


@pytest.mark.parametrize("name", ["AgentApiFunction", "AdhocSendFunction", "ConsoleFunction"])
def test_api(name: str) -> None:
    """The API and the console answer before the gateway gives up."""
    assert function_timeouts()[name] <= GATEWAY_SECONDS
    assert ANSWER_SECONDS >= 1


def test_silent_issuer() -> None:
    """The console says that the issuer does not answer: its request may wait for a connection, then for the answer."""
    assert function_timeouts()["ConsoleFunction"] >= 2 * ISSUER_SECONDS + ANSWER_SECONDS


def test_stalled_email() -> None:
    """An email that stalls, and the record of its failure, fit the time of `inbound`."""
    recording = HEADERS_SECONDS + READING_SECONDS + S3.attempt_seconds + ANSWER_SECONDS
    assert EMAIL_SECONDS + recording <= RESERVE_SECONDS
    assert function_timeouts()["InboundFunction"] >= RESERVE_SECONDS + 10, "the time of a cold start counts, too"
    assert READING_SECONDS < _SUBPROCESS_SECONDS < EMAIL_SECONDS


def test_tried_email() -> None:
    """An email that is tried has the memory of `inbound`, and as much processor time; reading it twice fits a
    request."""
    template = read_template(TEMPLATE)
    memory = template["Globals"]["Function"]["MemorySize"]
    ours: Any = template["Resources"]["AgentApiFunction"]["Properties"]["MemorySize"]
    assert "MemorySize" not in template["Resources"]["InboundFunction"]["Properties"]
    assert memory == INBOUND_MEGABYTES
    assert API_SECONDS * ours / memory >= READING_SECONDS * 2 / 3
    reading = 2 * API_SECONDS + HEADERS_SECONDS + 1
    assert reading + ANSWER_SECONDS < function_timeouts()["AgentApiFunction"]


def test_one_failing_call_per_step() -> None:
    """A function that starts another step has time for one failing call in it."""
    longest = max(DYNAMODB.attempt_seconds, S3.attempt_seconds, SECRETS_MANAGER.attempt_seconds)
    assert longest + ANSWER_SECONDS <= RESERVE_SECONDS
    assert 2 * DYNAMODB.attempt_seconds + S3.attempt_seconds + ANSWER_SECONDS <= PURGE_NEEDS / 1000
    assert S3.call_seconds + DYNAMODB.attempt_seconds + ANSWER_SECONDS <= RECONCILE_NEEDS / 1000
    assert 2 * S3.call_seconds + DYNAMODB.call_seconds + ANSWER_SECONDS <= JOBS_NEED / 1000
    assert SES.attempt_seconds + RETRY_SECONDS + ANSWER_SECONDS <= function_timeouts()["NotifyFunction"]


@pytest.mark.parametrize(("name", "wanted"), MADE.items())
def test_every_client(monkeypatch: pytest.MonkeyPatch, name: str, wanted: ServiceTimeouts) -> None:
    """Every client has these timeouts."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    forget_clients()
    config = getattr(clients, name)().meta.config
    assert (config.connect_timeout, config.read_timeout) == (wanted.connect_seconds, wanted.read_seconds)
    assert config.retries == {"mode": "standard", "total_max_attempts": wanted.attempts}
    table.bind("a-table", generation="budgets")
    shared: object = clients.dynamodb()
    assert table.connection().client is shared
    forget_clients()


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    with open_simulation() as made:
        yield made


@contextmanager
def _silent_aws(slow: float) -> Iterator[list[float]]:
    """Within the block, AWS never answers, and each attempt takes its whole time. Yields the passed seconds."""
    passed = [0.0]

    def wait(_: BotocoreStubber, event_name: str, request: Any, **__: Any) -> None:
        passed[0] += next(one.attempt_seconds for name, one in _SERVICES.items() if f".{name}." in event_name) * slow
        raise ReadTimeoutError(endpoint_url=request.url)

    def sleep(seconds: float) -> None:
        passed[0] += seconds

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BotocoreStubber, "__call__", wait)
        patched.setattr("botocore.endpoint.time", SimpleNamespace(sleep=sleep))
        patched.setattr("botocore.retries.standard.random.random", lambda: 1.0)
        patched.setattr(timeouts, "time", SimpleNamespace(monotonic=lambda: passed[0]))
        yield passed


_SERVICES = {
    "dynamodb": DYNAMODB,
    "events": EVENTS,
    "s3": S3,
    "sesv2": SES,
    "secrets-manager": SECRETS_MANAGER,
    "sqs": SQS,
}


@pytest.mark.parametrize("seconds", [3.0, 10.0, 30.0, 60.0])
@pytest.mark.parametrize("slow", [0.3, 1.0])
def test_function_without_aws(simulation: Simulation, seconds: float, slow: float) -> None:
    """A function ends before its timeout, even if AWS never answers."""
    with _silent_aws(slow) as passed:
        timeouts.set_deadline(seconds)
        while True:
            try:
                clients.s3().get_object(Bucket=simulation.aws.bucket_name, Key="raw/case_creation/1")
            except DeadlineExceeded:
                break
            except ReadTimeoutError:
                continue
    assert passed[0] <= seconds - ANSWER_SECONDS


def test_no_time_for_a_retry(simulation: Simulation) -> None:
    """The call fails at once, with what its attempt failed with: no pause takes what is left of the time."""
    with _silent_aws(1.0) as passed:
        timeouts.set_deadline(S3.attempt_seconds + ANSWER_SECONDS + 0.5)
        with pytest.raises(ReadTimeoutError):
            clients.s3().get_object(Bucket=simulation.aws.bucket_name, Key="raw/case_creation/1")
    assert passed[0] == S3.attempt_seconds
    timeouts.set_deadline(float("inf"))


def test_send_without_time(simulation: Simulation) -> None:
    """No send is started if there is no time to wait for its answer."""
    assert simulation.sent == []
    timeouts.set_deadline(SES.attempt_seconds)
    with pytest.raises(DeadlineExceeded):
        clients.ses().send_email(Content={"Raw": {"Data": b"Subject: x\r\n\r\n"}})
    assert simulation.sent == []
    timeouts.set_deadline(float("inf"))

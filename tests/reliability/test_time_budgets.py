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
from email_channels.aws.timeouts import ANSWER_SECONDS, DYNAMODB, S3, SECRETS_MANAGER, SES, SQS, ServiceTimeouts
from email_channels.bootstrap.purge import NEEDED_MILLISECONDS as PURGE_NEEDS
from email_channels.bootstrap.reconcile import NEEDED_MILLISECONDS as RECONCILE_NEEDS
from email_channels.errors import DeadlineExceeded
from email_channels.intake.batch import _SUBPROCESS_SECONDS, EMAIL_SECONDS, RESERVE_SECONDS
from email_channels.intake.limited_reading import HEADERS_SECONDS, READING_SECONDS
from moto.core.botocore_stubber import BotocoreStubber

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
    "AgentApiFunction": (DYNAMODB, S3),
    "AdhocSendFunction": (DYNAMODB, S3, SECRETS_MANAGER, SES),
    "NotifyFunction": (DYNAMODB, S3, SECRETS_MANAGER, SES),
    "DeliveryFunction": (DYNAMODB,),
    "PurgeFunction": (DYNAMODB, S3),
    "ReconcileFunction": (DYNAMODB, S3, SECRETS_MANAGER, SES, SQS),
}
MADE = {"dynamodb": DYNAMODB, "s3": S3, "ses": SES, "secrets_manager": SECRETS_MANAGER, "sqs": SQS}


def function_timeouts() -> Mapping[str, float]:
    """The functions' time-outs in seconds."""
    resources: dict[str, Any] = read_template(TEMPLATE)["Resources"]
    return {
        name: float(resource["Properties"]["Timeout"])
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def test_every_function_is_here() -> None:
    assert function_timeouts().keys() == {*USED, "SetupFunction"}


@pytest.mark.parametrize("name", USED)
def test_a_call_with_all_its_attempts_fits_into_the_functions_time(name: str) -> None:
    """What is more, several calls that all fail, is ended by the watch of the time left."""
    for one in USED[name]:
        assert one.attempt_seconds + ANSWER_SECONDS <= function_timeouts()[name] * 2 / 3, (
            "no second call would be begun"
        )
        if one is not S3 or function_timeouts()[name] > GATEWAY_SECONDS:
            assert one.call_seconds + ANSWER_SECONDS <= function_timeouts()[name]


def test_a_call_of_the_setup_fits_into_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has its own client, as it has no layer; CloudFormation, which waits for its answer, waits longer."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    setup._ses.cache_clear()
    config: Any = setup._ses().meta.config
    setup._ses.cache_clear()
    its = ServiceTimeouts(config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"])
    assert its.call_seconds + TRIES * 11 <= function_timeouts()["SetupFunction"]


@pytest.mark.parametrize("name", ["AgentApiFunction", "AdhocSendFunction"])
def test_the_api_answers_before_the_gateway_gives_up(name: str) -> None:
    assert function_timeouts()[name] <= GATEWAY_SECONDS
    assert ANSWER_SECONDS >= 1


def test_an_email_that_stalls_and_its_record_fit_into_the_time_of_inbound() -> None:
    recording = HEADERS_SECONDS + READING_SECONDS + S3.attempt_seconds + ANSWER_SECONDS
    assert EMAIL_SECONDS + recording <= RESERVE_SECONDS
    assert function_timeouts()["InboundFunction"] >= RESERVE_SECONDS + 10, "a cold start may be counted"
    assert READING_SECONDS < _SUBPROCESS_SECONDS < EMAIL_SECONDS


def test_what_begins_another_piece_of_work_has_time_for_one_failing_call_each() -> None:
    longest = max(DYNAMODB.attempt_seconds, S3.attempt_seconds, SECRETS_MANAGER.attempt_seconds)
    assert longest + ANSWER_SECONDS <= RESERVE_SECONDS
    assert 2 * DYNAMODB.attempt_seconds + S3.attempt_seconds + ANSWER_SECONDS <= PURGE_NEEDS / 1000
    assert S3.call_seconds + DYNAMODB.attempt_seconds + ANSWER_SECONDS <= RECONCILE_NEEDS / 1000
    assert SES.attempt_seconds + RETRY_SECONDS + ANSWER_SECONDS <= function_timeouts()["NotifyFunction"]


@pytest.mark.parametrize(("name", "wanted"), MADE.items())
def test_every_client_is_made_so(monkeypatch: pytest.MonkeyPatch, name: str, wanted: ServiceTimeouts) -> None:
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
    """AWS never answers, and each attempt takes its whole time. Yields the seconds that have passed."""
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


_SERVICES = {"dynamodb": DYNAMODB, "s3": S3, "sesv2": SES, "secrets-manager": SECRETS_MANAGER, "sqs": SQS}


@pytest.mark.parametrize("seconds", [3.0, 10.0, 30.0, 60.0])
@pytest.mark.parametrize("slow", [0.3, 1.0])
def test_a_function_ends_before_its_time_whatever_aws_does(simulation: Simulation, seconds: float, slow: float) -> None:
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


def test_no_send_is_begun_whose_answer_could_not_be_waited_for(simulation: Simulation) -> None:
    assert simulation.sent == []
    timeouts.set_deadline(SES.attempt_seconds)
    with pytest.raises(DeadlineExceeded):
        clients.ses().send_email(Content={"Raw": {"Data": b"Subject: x\r\n\r\n"}})
    assert simulation.sent == []
    timeouts.set_deadline(float("inf"))

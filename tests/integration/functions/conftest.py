"""The functions in this process, each with its environment."""

from collections.abc import Iterator

import boto3
import pytest

from tests.support.in_process.ad_hoc_channel import AdHocChannel, open_ad_hoc_channel
from tests.support.in_process.aws import Aws
from tests.support.in_process.aws_calls import AwsCalls, watch
from tests.support.in_process.notifying_functions import environment_of


@pytest.fixture
def notify_environment(aws: Aws) -> Iterator[None]:
    with environment_of(aws):
        yield


@pytest.fixture
def reconcile_environment(aws: Aws) -> Iterator[None]:
    queue_url = boto3.client("sqs").create_queue(QueueName="inbound")["QueueUrl"]
    jobs_url = boto3.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    with environment_of(aws, INBOUND_QUEUE_URL=queue_url, JOBS_QUEUE_URL=jobs_url):
        yield


@pytest.fixture
def ad_hoc(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[AdHocChannel]:
    with open_ad_hoc_channel(aws, monkeypatch) as made:
        yield made


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> AwsCalls:
    """Records the AWS calls of this process from now on."""
    return watch(monkeypatch)

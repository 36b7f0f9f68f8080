"""The function `setup` in this process, in an account with receiving."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest

from functions.setup import app
from local.cloudformation.account_api import AccountApi
from local.embedded_aws import EmbeddedAws
from local.ses.emulation import SesEmulation
from tests.support.in_process.setup_function import Account, CloudFormation, filters
from tests.support.permissions import STACK_ID

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient


@pytest.fixture(scope="module")
def embedded() -> Iterator[Account]:
    made: dict[str, Any] = {}

    def in_front(application: Any) -> SesEmulation:
        made["api"] = AccountApi(application, STACK_ID)
        made["emulation"] = SesEmulation(made["api"], lambda event: None)
        return cast("SesEmulation", made["emulation"])

    aws = EmbeddedAws(in_front)
    aws.start()
    aws.client("sesv2").create_email_identity(EmailIdentity="acme.example")
    yield Account(aws, made["api"], made["emulation"])
    aws.stop()


@pytest.fixture
def account(embedded: Account) -> Iterator[Account]:
    """An account in which CloudFormation creates the stack."""
    yield embedded
    embedded.api.stack_status = "CREATE_IN_PROGRESS"
    embedded.api.executions, embedded.api.reserved = 1000, 0
    embedded.emulation.filters.ipv6 = True


@pytest.fixture
def ses(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator["SESClient"]:
    """The SES client of the function, by which a test also looks at the result and acts for others in the account."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.aws.endpoint_url)
    monkeypatch.setenv("AWS_REGION", account.aws.region)
    monkeypatch.setenv("AWS_DEFAULT_REGION", account.aws.region)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    app._ses.cache_clear()
    client = app._ses()
    yield client
    client.set_active_receipt_rule_set()
    for each in client.list_receipt_rule_sets()["RuleSets"]:
        client.delete_receipt_rule_set(RuleSetName=each["Name"])
    for name in filters(client):
        client.delete_receipt_filter(FilterName=name)
    app._ses.cache_clear()


@pytest.fixture
def cloudformation(ses: "SESClient") -> Iterator[CloudFormation]:
    receiver = CloudFormation()
    yield receiver
    receiver.stop()

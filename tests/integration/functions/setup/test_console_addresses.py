"""`setup` tells the user pool where the console is."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from functions.setup import app
from tests.support.in_process.setup_function import Account, CloudFormation

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient


class TestConsoleAddresses:
    URL = "https://abc123.execute-api.eu-west-1.amazonaws.com/"

    @pytest.fixture
    def pool(self, account: Account, ses: "SESClient", monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        app._cognito.cache_clear()
        pool: str = account.aws.client("cognito-idp").create_user_pool(PoolName="agents")["UserPool"]["Id"]
        monkeypatch.setenv("USER_POOL_ID", pool)
        yield pool
        app._cognito.cache_clear()

    @pytest.fixture
    def client(self, account: Account, pool: str) -> str:
        """The client as CloudFormation makes it: without the console's address."""
        made = account.aws.client("cognito-idp").create_user_pool_client(
            UserPoolId=pool,
            ClientName="console",
            AllowedOAuthFlows=["code"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthScopes=["openid", "email"],
            CallbackURLs=["https://console.invalid/"],
            LogoutURLs=["https://console.invalid/"],
            SupportedIdentityProviders=["COGNITO"],
            RefreshTokenValidity=8,
        )
        return str(made["UserPoolClient"]["ClientId"])

    def test_create(self, account: Account, cloudformation: CloudFormation, pool: str, client: str) -> None:
        """The client returns to the console, and keeps all its other settings; a repeated request changes nothing."""
        cognito = account.aws.client("cognito-idp")
        before = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client)["UserPoolClient"]
        for type_ in ("Create", "Create", "Update"):
            answer = cloudformation.request(
                type_, "Custom::ConsoleAddresses", UserPoolId=pool, ClientId=client, ConsoleUrl=self.URL
            )
            assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"ConsoleUrl": self.URL})
            after = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client)["UserPoolClient"]
            changing = {"CallbackURLs", "LogoutURLs", "LastModifiedDate"}
            assert (after["CallbackURLs"], after["LogoutURLs"]) == ([self.URL], [self.URL])
            assert {k: v for k, v in after.items() if k not in changing} == {
                k: v for k, v in before.items() if k not in changing
            }

    def test_delete(self, cloudformation: CloudFormation) -> None:
        """Nothing is asked at deletion: the client may be gone already."""
        answer = cloudformation.request(
            "Delete", "Custom::ConsoleAddresses", UserPoolId="gone", ClientId="gone", ConsoleUrl=self.URL
        )
        assert answer["Status"] == "SUCCESS"

    def test_unknown_client(self, cloudformation: CloudFormation, pool: str) -> None:
        """An error of Cognito fails the deployment, and is told."""
        answer = cloudformation.request(
            "Create", "Custom::ConsoleAddresses", UserPoolId=pool, ClientId="nobody", ConsoleUrl=self.URL
        )
        assert answer["Status"] == "FAILED"
        assert "ResourceNotFound" in answer["Reason"]

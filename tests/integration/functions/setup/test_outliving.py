"""`setup` makes what outlives the stack usable, and changes nothing that is there already."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from functions.setup import app
from tests.support.in_process.setup_function import PREFIX, Account, CloudFormation

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient


class TestTagKeyValue:
    @pytest.fixture
    def secret(self, account: Account, ses: "SESClient", monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        """The secret as CloudFormation makes it: without a value."""
        app._secrets_manager.cache_clear()
        made: str = account.aws.client("secretsmanager").create_secret(Name=PREFIX)["ARN"]
        yield made
        account.aws.client("secretsmanager").delete_secret(SecretId=made, ForceDeleteWithoutRecovery=True)
        app._secrets_manager.cache_clear()

    def value(self, account: Account, secret: str) -> str:
        return str(account.aws.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])

    def test_create(self, account: Account, cloudformation: CloudFormation, secret: str) -> None:
        """The secret gets a key once. No later request changes it, and nor does a rotation."""
        assert cloudformation.request("Create", "Custom::TagKeyValue", SecretId=secret)["Status"] == "SUCCESS"
        first = self.value(account, secret)
        keys = json.loads(first)
        assert (len(keys["current"]), keys["previous"]) == (64, [])
        for type_ in ("Create", "Update", "Delete"):
            assert cloudformation.request(type_, "Custom::TagKeyValue", SecretId=secret)["Status"] == "SUCCESS"
        assert self.value(account, secret) == first
        for value in ("rotated", "rotated again", "and again"):
            account.aws.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=value)
        assert cloudformation.request("Update", "Custom::TagKeyValue", SecretId=secret)["Status"] == "SUCCESS"
        assert self.value(account, secret) == "and again"

    def test_at_the_same_time(
        self, account: Account, cloudformation: CloudFormation, secret: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A request that did not see the other's value does not replace it."""
        cloudformation.request("Create", "Custom::TagKeyValue", SecretId=secret)
        first = self.value(account, secret)
        monkeypatch.setattr(app._secrets_manager(), "describe_secret", lambda **_: {})
        assert cloudformation.request("Create", "Custom::TagKeyValue", SecretId=secret)["Status"] == "SUCCESS"
        assert self.value(account, secret) == first


class TestUserPoolGroups:
    @pytest.fixture
    def pool(self, account: Account, ses: "SESClient", monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        app._cognito.cache_clear()
        pool: str = account.aws.client("cognito-idp").create_user_pool(PoolName="agents")["UserPool"]["Id"]
        monkeypatch.setenv("USER_POOL_ID", pool)
        yield pool
        app._cognito.cache_clear()

    def ask(self, cloudformation: CloudFormation, type_: str, pool: str, *groups: str) -> None:
        answer = cloudformation.request(type_, "Custom::UserPoolGroups", UserPoolId=pool, Groups=[*groups])
        assert answer["Status"] == "SUCCESS", answer

    def test_members_stay(self, account: Account, cloudformation: CloudFormation, pool: str) -> None:
        """Missing groups are made; those that exist keep their members, whatever becomes of the name and the stack."""
        cognito = account.aws.client("cognito-idp")
        cognito.create_group(UserPoolId=pool, GroupName="group.hr")  # by an admin
        cognito.admin_create_user(UserPoolId=pool, Username="kim")
        self.ask(cloudformation, "Create", pool, "agent", "admin", "group.default")
        for group in ("agent", "group.default", "group.hr"):
            cognito.admin_add_user_to_group(UserPoolId=pool, Username="kim", GroupName=group)
        self.ask(cloudformation, "Update", pool, "agent", "admin", "group.hr")
        self.ask(cloudformation, "Delete", pool, "agent", "admin", "group.hr")
        groups = cognito.admin_list_groups_for_user(UserPoolId=pool, Username="kim")["Groups"]
        assert {group["GroupName"] for group in groups} == {"agent", "group.default", "group.hr"}
        assert len(cognito.list_groups(UserPoolId=pool)["Groups"]) == 4

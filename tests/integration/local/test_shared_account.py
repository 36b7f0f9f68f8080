"""The template of the product is deployed to an account that another system uses."""

from collections.abc import Mapping

import pytest

from local import default_parameters
from local.errors import UserError
from local.stack import Stack
from tests.support.paths import TEMPLATE

URL = "http://127.0.0.1:8080"


class InUse(Stack):
    """A stack in an account that another system uses: with a receipt rule set and a filter of its own."""

    def _verify_domains(self, parameters: Mapping[str, str]) -> None:
        super()._verify_domains(parameters)
        ses = self.aws.client("ses")
        ses.create_receipt_rule_set(RuleSetName="theirs")
        ses.set_active_receipt_rule_set(RuleSetName="theirs")
        ses.create_receipt_filter(Filter={"Name": "theirs", "IpFilter": {"Policy": "Block", "Cidr": "203.0.113.0/24"}})


def _in_use(**given: str) -> InUse:
    return InUse(TEMPLATE, default_parameters.with_defaults(f"{URL}/local/oidc", given), URL)


def _start(**given: str) -> None:
    stack = Stack(TEMPLATE, default_parameters.with_defaults(f"{URL}/local/oidc", given), URL)
    try:
        stack.start()
    finally:
        stack.stop()


def test_preflight_changes_nothing() -> None:
    """A deployment that is refused changes nothing that others notice, and leaves nothing that outlives the stack."""
    stack = _in_use()
    try:
        with pytest.raises(UserError, match=r"Preflight: Nothing was changed\. The receipt rule set theirs is active"):
            stack.start()
        client = stack.aws.client
        assert client("ses").describe_active_receipt_rule_set()["Metadata"]["Name"] == "theirs"
        assert [each["Name"] for each in client("ses").list_receipt_filters()["Filters"]] == ["theirs"]
        assert [each["Name"] for each in client("ses").list_receipt_rule_sets()["RuleSets"]] == ["theirs"]
        assert client("s3").list_buckets()["Buckets"] == []
        assert client("dynamodb").list_tables()["TableNames"] == []
        assert client("secretsmanager").list_secrets()["SecretList"] == []
    finally:
        stack.stop()


def test_shared_account() -> None:
    """The stack adds its rules to the other system's set, and leaves the filters alone."""
    stack = _in_use(ReceiptRuleSetName="theirs", ManageReceiptFilters="false")
    try:
        stack.start()
        ses = stack.aws.client("ses")
        assert ses.describe_active_receipt_rule_set()["Metadata"]["Name"] == "theirs"
        assert len(ses.describe_active_receipt_rule_set()["Rules"]) == 2
        assert [each["Name"] for each in ses.list_receipt_filters()["Filters"]] == ["theirs"]
        assert stack.deployment.outputs["ReceiptRuleSetStatus"] == "theirs is active"
    finally:
        stack.stop()


# No other stack runs here: a process can have one at a time.


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"PurgeAfterDays": "0"}, "parameter PurgeAfterDays: '0' is less than 1"),
        ({"JwtAudience": ""}, "JwtIssuer and JwtAudience belong together"),
        (
            {"JwtIssuer": "", "JwtAudience": ""},
            "UserPool: the local stack does not support the resource type AWS::Cognito",
        ),
        ({"ReceiptRuleSetName": "theirs"}, "Preflight: .*there is no receipt rule set theirs"),
    ],
)
def test_unsupported_template(given: dict[str, str], words: str) -> None:
    """The error is one line."""
    with pytest.raises(UserError, match=words) as told:
        _start(**given)
    assert "\n" not in str(told.value)

"""The order in which CloudFormation makes the resources, by the dependencies of the expanded template."""

import pytest

from tests.support.safety.dependencies import AFTERWARDS, Dependencies, dependencies

DEPLOYMENTS = [
    {},
    {"SesIdentityDomain": "acme.example", "AlarmEmailAddress": "a@acme.example", "EventBusName": "bus"},
    {"ReceiptRuleSetName": "theirs", "ManageReceiptFilters": "false"},
    {"JwtIssuer": "https://login.example", "JwtAudience": "cases", "ConsoleEnabled": "false"},
    {"AdHocEnabled": "false", "DashboardEnabled": "true"},
]

RECEIVING = ("Custom::ReceiptFilters", "AWS::SES::ReceiptRule", "Custom::ActiveReceiptRuleSet")
"""The types of what receives emails, or affects what others in the account receive."""

SHARED = ("AWS::SES::", "AWS::Cognito::UserPool", "Custom::")
"""The types of what others in the account can notice, or what keeps people's data."""


@pytest.fixture(params=DEPLOYMENTS, ids=lambda given: ", ".join(given) or "defaults")
def order(request: pytest.FixtureRequest) -> Dependencies:
    return dependencies(**request.param)


def test_processing_comes_first(order: Dependencies) -> None:
    """Nothing that receives emails exists before all that processes them: functions, their events, queues, alarms."""
    receiving = {name for name in order.of_type(*RECEIVING) if order.types[name] != "AWS::SES::ReceiptRuleSet"}
    processing = order.processing()
    assert len(receiving) >= 3
    assert len(processing) > 60
    missing = {(each, name) for name in receiving for each in processing - order.needs(name)}
    assert missing == set(), "add these to DependsOn or AlsoAfter of ReceiptFilters"


def test_rules_come_last(order: Dependencies) -> None:
    """First the filters, then the rules, then their activation. Deletion goes the other way."""
    (active,) = order.of_type("Custom::ActiveReceiptRuleSet")
    rules = {name for name in order.of_type("AWS::SES::ReceiptRule") if order.types[name] == "AWS::SES::ReceiptRule"}
    assert rules <= order.needs(active)
    for rule in rules:
        assert {"ReceiptFilters", "BucketPolicy"} <= order.needs(rule)
    assert "ActiveReceiptRuleSet" in order.needs("ReceivingWatch")


def test_preflight_comes_first(order: Dependencies) -> None:
    """If the preflight refuses, there is nothing that outlives the stack, and nothing that others notice."""
    resources = order.resources
    protected = {name for name in order.of_type(*SHARED) if name != "Preflight"}
    # A version ends with its function.
    protected |= {
        name
        for name, each in resources.items()
        if str(each.get("DeletionPolicy", "")).startswith("Retain") and each["Type"] != "AWS::Lambda::Version"
    }
    # Without it, no reply finds its case by subject or address.
    protected.add("TagKey")
    assert {"Bucket", "Table", "Key", "ReceiptFilters", "ConfigurationSet"} <= protected
    assert {name for name in protected if "Preflight" not in order.needs(name)} == set()


def test_preflight_needs_only_its_function(order: Dependencies) -> None:
    assert order.needs("Preflight") == {"SetupFunction", "SetupRole", "SetupLogGroup"}


def test_exceptions_exist() -> None:
    assert AFTERWARDS.keys() <= dependencies(DashboardEnabled="true").types.keys()

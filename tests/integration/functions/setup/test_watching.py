"""`setup` looks, on a schedule, whether receiving is still as deployed, and counts the problems for an alarm."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from functions.setup import app
from tests.support.in_process.setup_function import PREFIX, RULES, CloudFormation, delete_rules, make_rule_set

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

Watch = Callable[..., list[str]]


@pytest.fixture
def watch(ses: "SESClient", cloudformation: CloudFormation, capsys: pytest.CaptureFixture[str]) -> Watch:
    """Deploys the stack's filters and rules. Returns what finds the problems, which also checks the metric."""
    make_rule_set(ses, PREFIX, *RULES)
    cloudformation.filters("Create", "192.0.2.0/24")
    cloudformation.active("Create")

    def look(manage: str = "true") -> list[str]:
        capsys.readouterr()
        watched: dict[str, Any] = {"RuleSetName": PREFIX, "Prefix": PREFIX, "Rules": [*RULES]}
        answer = app.handler({"Watch": {**watched, "ManageReceiptFilters": manage}}, None)
        assert answer is not None
        line = json.loads(capsys.readouterr().out)
        (metric,) = line["_aws"]["CloudWatchMetrics"]
        assert metric["Namespace"] == "EmailChannels"
        assert [line[name] for name in metric["Dimensions"][0]] == [PREFIX]
        assert [line[each["Name"]] for each in metric["Metrics"]] == [len(answer["problems"])]
        problems: list[str] = answer["problems"]
        return problems

    return look


def test_as_deployed(watch: Watch) -> None:
    assert watch() == []


def test_another_set(ses: "SESClient", watch: Watch) -> None:
    make_rule_set(ses, "theirs")
    ses.set_active_receipt_rule_set(RuleSetName="theirs")
    assert watch() == [f"the receipt rule set theirs is active; {PREFIX} should be"]


def test_no_set(ses: "SESClient", watch: Watch) -> None:
    ses.set_active_receipt_rule_set()
    assert watch() == [f"no receipt rule set is active; {PREFIX} should be"]


def test_rules(ses: "SESClient", watch: Watch) -> None:
    """A rule was deleted, another one disabled."""
    delete_rules(ses, PREFIX, RULES[0])
    ses.update_receipt_rule(RuleSetName=PREFIX, Rule={"Name": RULES[1], "Enabled": False})
    assert watch() == [f"the receipt rule {rule} is missing or disabled" for rule in RULES]


def test_filter(ses: "SESClient", watch: Watch) -> None:
    ses.delete_receipt_filter(FilterName=f"{PREFIX}-block-all")
    assert watch() == [f"the receipt filter {PREFIX}-block-all is missing: every server may deliver"]
    assert watch("false") == []

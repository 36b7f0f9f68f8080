"""`setup` activates the receipt rule set with the stack's rules, and never harms that of others."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.in_process.setup_function import (
    PREFIX,
    RULES,
    Account,
    CloudFormation,
    active,
    add_rules,
    delete_rules,
    make_rule_set,
)

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient


@pytest.fixture(autouse=True)
def _rule_sets(ses: "SESClient") -> None:
    make_rule_set(ses, PREFIX, *RULES)
    make_rule_set(ses, "theirs", "their-rule")


def test_none_active(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """If no rule set is active, ours is activated."""
    for type_ in ("Create", "Create", "Update"):
        answer = cloudformation.active(type_)
        assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Status": f"{PREFIX} is active"})
        assert active(ses) == PREFIX
    assert cloudformation.active("Delete")["Status"] == "SUCCESS"
    assert active(ses) is None
    assert cloudformation.active("Delete")["Status"] == "SUCCESS"


def test_other_active(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """Another active rule set is an error, if it became active after the preflight."""
    ses.set_active_receipt_rule_set(RuleSetName="theirs")
    answer = cloudformation.active("Create")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("The receipt rule set theirs is active in this account and region")
    assert active(ses) == "theirs"
    # CloudFormation then deletes what it could not create.
    assert cloudformation.active("Delete")["Status"] == "SUCCESS"
    assert active(ses) == "theirs"


def test_replace_other(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """Another active rule set is replaced if the parameter allows it."""
    ses.set_active_receipt_rule_set(RuleSetName="theirs")
    assert cloudformation.active("Create", replace="true")["Status"] == "SUCCESS"
    assert active(ses) == PREFIX


def test_foreign_set(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """Our rules may be part of a rule set that somebody else owns. It is not activated, and not deactivated."""
    answer = cloudformation.active("Create", "theirs", replace="true")
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Status"].startswith("theirs is NOT active: nothing is received until its owner")
    assert active(ses) is None
    ses.set_active_receipt_rule_set(RuleSetName="theirs")
    assert cloudformation.active("Update", "theirs")["Data"] == {"Status": "theirs is active"}
    assert cloudformation.active("Delete", "theirs")["Status"] == "SUCCESS"
    assert active(ses) == "theirs"


# Updates. CloudFormation could not roll one back that fails here.


@pytest.mark.parametrize("name", [PREFIX, "theirs"])
def test_update_finds_another_set(ses: "SESClient", cloudformation: CloudFormation, name: str) -> None:
    """The update goes on, leaves the other set alone, and says that nothing is received."""
    make_rule_set(ses, "third", "their-third-rule")
    ses.set_active_receipt_rule_set(RuleSetName="third")
    answer = cloudformation.active("Update", name)
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"] == {
        "Status": f"{name} is NOT active: third is, so emails to the stack's addresses are refused"
    }
    assert active(ses) == "third"


def test_update_of_a_stack_of_version_0_1(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """Its properties have no RulePrefix."""
    old: dict[str, Any] = {"RuleSetName": PREFIX, "OwnRuleSet": "true", "ReplaceActiveRuleSet": "false"}
    assert cloudformation.request("Delete", "Custom::ActiveReceiptRuleSet", **old)["Status"] == "SUCCESS"


# Moving to another rule set: CloudFormation makes the rules there, then calls setup, then deletes the old rules.


def test_move_to_a_named_set(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """At no moment is a set active without the stack's rules."""
    ses.set_active_receipt_rule_set(RuleSetName=PREFIX)
    add_rules(ses, "theirs", *RULES)
    answer = cloudformation.active("Update", "theirs")
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Status": "theirs is active"})
    assert active(ses) == "theirs"
    delete_rules(ses, PREFIX, *RULES)
    ses.delete_receipt_rule_set(RuleSetName=PREFIX)
    assert [rule["Name"] for rule in ses.describe_active_receipt_rule_set()["Rules"]] == [*RULES, "their-rule"]


def test_move_that_is_rolled_back(account: Account, ses: "SESClient", cloudformation: CloudFormation) -> None:
    """A rollback gives the old set back, because the rules in the new one are deleted next."""
    ses.set_active_receipt_rule_set(RuleSetName=PREFIX)
    add_rules(ses, "theirs", *RULES)
    cloudformation.active("Update", "theirs")
    account.api.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    answer = cloudformation.active("Update")
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Status": f"{PREFIX} is active"})
    assert active(ses) == PREFIX


@pytest.mark.parametrize("replace", ["false", "true"])
def test_move_away_from_the_rules_of_others(ses: "SESClient", cloudformation: CloudFormation, replace: str) -> None:
    """Rules of others in the old set go on receiving, unless ReplaceActiveRuleSet says otherwise."""
    add_rules(ses, "theirs", *RULES)
    ses.set_active_receipt_rule_set(RuleSetName="theirs")
    assert cloudformation.active("Update", replace=replace)["Status"] == "SUCCESS"
    assert active(ses) == {"false": "theirs", "true": PREFIX}[replace]


def test_move_back(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """A set that holds nothing but the stack's rules may be left without asking."""
    delete_rules(ses, "theirs", "their-rule")
    add_rules(ses, "theirs", *RULES)
    ses.set_active_receipt_rule_set(RuleSetName="theirs")
    assert cloudformation.active("Update")["Data"] == {"Status": f"{PREFIX} is active"}


# Deletion


def test_delete_after_change(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """Deleting leaves a rule set that was activated later."""
    cloudformation.active("Create")
    ses.set_active_receipt_rule_set(RuleSetName="theirs")
    assert cloudformation.active("Delete")["Status"] == "SUCCESS"
    assert active(ses) == "theirs"


def test_delete_with_rules_of_others(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """SES deletes a rule set with every rule in it. So the stack is not deleted until the rules of others are gone."""
    cloudformation.active("Create")
    add_rules(ses, PREFIX, "marketing", "sales")
    answer = cloudformation.active("Delete")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"The receipt rule set {PREFIX} holds rules of others (marketing, sales)")
    assert active(ses) == PREFIX
    delete_rules(ses, PREFIX, "marketing", "sales")
    assert cloudformation.active("Delete")["Status"] == "SUCCESS"
    assert active(ses) is None

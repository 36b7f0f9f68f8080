"""The preflight refuses a deployment that would go wrong, and changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from functions.setup import app
from tests.support.in_process.setup_function import (
    PREFIX,
    RULES,
    Account,
    CloudFormation,
    active,
    add_rules,
    filters,
    make_rule_set,
)

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

Prepare = Callable[["SESClient"], Any]


def block(ses: "SESClient", name: str, cidr: str = "203.0.113.0/24") -> None:
    ses.create_receipt_filter(Filter={"Name": name, "IpFilter": {"Policy": "Block", "Cidr": cidr}})


def activate(ses: "SESClient", name: str, *rules: str) -> None:
    make_rule_set(ses, name, *rules)
    ses.set_active_receipt_rule_set(RuleSetName=name)


def test_nothing_against_it(ses: "SESClient", cloudformation: CloudFormation) -> None:
    answer = cloudformation.preflight("Create")
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Findings": "none"})
    assert (filters(ses), active(ses)) == ({}, None)
    assert cloudformation.preflight("Delete")["Status"] == "SUCCESS"


REFUSED: dict[str, tuple[Prepare, dict[str, Any], str]] = {
    "another set is active": (
        lambda ses: activate(ses, "theirs", "rule"),
        {},
        "The receipt rule set theirs is active in this account and region",
    ),
    "another than the named one": (
        lambda ses: [make(ses, name) for make, name in ((make_rule_set, "named"), (activate, "theirs"))],
        {"ReceiptRuleSetName": "named"},
        "ReceiptRuleSetName is named, but theirs is active",
    ),
    "no such set": (lambda ses: None, {"ReceiptRuleSetName": "nowhere"}, "there is no receipt rule set nowhere"),
    "malformed range": (lambda ses: None, {"AllowedIpRanges": "192.0.2.1/24"}, "192.0.2.1/24 is not a range"),
    "no room for filters": (
        lambda ses: [each(ses, f"email-channels-other-{n}") for n in range(99) for each in (block,)],
        {},
        "2 new receipt filters are needed, and this account has 99",
    ),
    "filters of others": (
        lambda ses: block(ses, "office"),
        {},
        "This account has receipt filters of others in this region (office)",
    ),
    "no identity": (
        lambda ses: None,
        {"FromAddresses": ["cases@other.example", ""]},
        "SES has no identity for other.example, from which the stack sends",
    ),
    "identity exists": (
        lambda ses: None,
        {"SesIdentityDomain": "acme.example"},
        "SesIdentityDomain: SES has the identity acme.example already",
    ),
    "no executions to reserve": (
        lambda ses: None,
        {"ApiReservedConcurrency": "451"},
        "ApiReservedConcurrency is 451 for each of 2 functions, but this account runs at most 1000 functions at a time",
    ),
    "no event bus": (
        lambda ses: None,
        {"EventBusName": "hr"},
        "EventBusName is hr, but this account has no event bus of this name in this region",
    ),
}


@pytest.mark.parametrize(("prepare", "changes", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(
    ses: "SESClient", cloudformation: CloudFormation, prepare: Prepare, changes: dict[str, Any], reason: str
) -> None:
    """A new stack is refused, with the reason, and nothing has changed."""
    prepare(ses)
    before = (filters(ses), active(ses), ses.list_receipt_rule_sets()["RuleSets"])
    answer = cloudformation.preflight("Create", **changes)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Nothing was changed.")
    assert reason in answer["Reason"]
    assert (filters(ses), active(ses), ses.list_receipt_rule_sets()["RuleSets"]) == before


ACCEPTED: dict[str, tuple[Prepare, dict[str, Any], str]] = {
    "the active set is named": (
        lambda ses: activate(ses, "theirs", "rule"),
        {"ReceiptRuleSetName": "theirs"},
        "none",
    ),
    "the active set is replaced": (
        lambda ses: activate(ses, "theirs", "rule"),
        {"ReplaceActiveRuleSet": "true"},
        "none",
    ),
    "the named set is not active": (
        lambda ses: make_rule_set(ses, "theirs"),
        {"ReceiptRuleSetName": "theirs"},
        "No receipt rule set is active: nothing is received until the owner of theirs activates it.",
    ),
    "filters are left alone": (lambda ses: block(ses, "office"), {"ManageReceiptFilters": "false"}, "none"),
    "another stack's filters": (lambda ses: block(ses, "email-channels-9z9z9z9z-block-all"), {}, "none"),
    "the stack makes the identity": (
        lambda ses: None,
        {
            "SesIdentityDomain": "other.example",
            "FromAddresses": ["a@other.example"],
            "Recipients": ["in.other.example"],
        },
        "none",
    ),
    "receiving domain not verified": (
        lambda ses: None,
        {"Recipients": ["payroll@in.elsewhere.example"]},
        "SES has not verified in.elsewhere.example: it receives nothing for this domain until then.",
    ),
    "an event bus": (lambda ses: None, {"EventBusName": "default"}, "none"),
    "executions to reserve": (lambda ses: None, {"ApiReservedConcurrency": "450"}, "none"),
}


@pytest.mark.parametrize(("prepare", "changes", "finding"), ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(
    ses: "SESClient", cloudformation: CloudFormation, prepare: Prepare, changes: dict[str, Any], finding: str
) -> None:
    prepare(ses)
    answer = cloudformation.preflight("Create", **changes)
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Findings": finding})


def test_all_reasons_at_once(ses: "SESClient", cloudformation: CloudFormation) -> None:
    activate(ses, "theirs", "rule")
    block(ses, "office")
    answer = cloudformation.preflight("Create")
    assert "theirs is active" in answer["Reason"]
    assert "filters of others" in answer["Reason"]


def test_region_without_receiving(
    ses: "SESClient", cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There, SES answers "Unavailable Operation"."""

    def refuse() -> None:
        raise ClientError(
            {"Error": {"Code": "InvalidAction", "Message": "Unavailable Operation"}}, "ListReceiptFilters"
        )

    with monkeypatch.context() as here:
        here.setattr(ses, "list_receipt_filters", refuse)
        answer = cloudformation.preflight("Create")
    assert answer["Status"] == "FAILED"
    assert "SES does not receive email in eu-west-1." in answer["Reason"]


def test_new_account(account: Account, cloudformation: CloudFormation) -> None:
    """A new account runs ten functions at a time. That is no reason to refuse, unless some are to be reserved."""
    account.api.executions = 10
    answer = cloudformation.preflight("Create")
    assert answer["Data"]["Findings"].startswith("This account runs at most 10 functions at a time in this region.")
    answer = cloudformation.preflight("Create", ApiReservedConcurrency="1")
    assert "ApiReservedConcurrency is 1 for each of 2 functions, but this account runs at most 10" in answer["Reason"]


def test_identity_not_verified(
    account: Account, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be verified later: its DNS records take a while."""

    found = account.aws.client("sesv2").get_email_identity

    class Pending:
        exceptions = account.aws.client("sesv2").exceptions

        def get_email_identity(self, **arguments: str) -> dict[str, Any]:
            return {**found(**arguments), "VerificationStatus": "PENDING"}

    made = app._account
    monkeypatch.setattr(app, "_account", lambda event: replace(made(event), identities=cast("Any", Pending())))
    answer = cloudformation.preflight("Create")
    assert answer["Status"] == "SUCCESS"
    assert (
        "SES has not verified acme.example yet: nothing can be sent from it until then." in answer["Data"]["Findings"]
    )


# Updates


def test_update_finds_another_set(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """The stack receives nothing already. An update does not fail for it; the preflight of a new version neither."""
    make_rule_set(ses, PREFIX, *RULES)
    activate(ses, "theirs", "rule")
    for answer in (cloudformation.preflight("Update", {}), cloudformation.preflight("Create")):
        assert answer["Status"] == "SUCCESS"
        assert answer["Data"]["Findings"].startswith("The receipt rule set theirs is active")


def test_update_with_new_filters_of_others(ses: "SESClient", cloudformation: CloudFormation) -> None:
    cloudformation.filters("Create", "192.0.2.0/24")
    block(ses, "office")
    answer = cloudformation.preflight("Update", {}, AllowedIpRanges="192.0.2.0/25")
    assert answer["Status"] == "SUCCESS"
    assert "filters of others in this region (office)" in answer["Data"]["Findings"]


@pytest.mark.parametrize(
    ("rules", "named", "replaces", "reason"),
    [
        # From the stack's own set to a named one.
        ([PREFIX], "theirs", "false", None),
        ([PREFIX, "marketing"], "theirs", "true", "would be deleted, and the rules of others in it (marketing)"),
        # From the named set to the stack's own.
        (["theirs"], "", "false", None),
        (["theirs", "marketing"], "", "false", "also holds rules of others (marketing)"),
        (["theirs", "marketing"], "", "true", None),
        # From one named set to another.
        (["theirs", "marketing"], "third", "false", "also holds rules of others (marketing)"),
        (["theirs", "marketing"], "third", "true", None),
    ],
)
def test_move(
    ses: "SESClient", cloudformation: CloudFormation, rules: list[str], named: str, replaces: str, reason: str | None
) -> None:
    """A move to another rule set is refused before it begins, if it would stop or delete the rules of others."""
    old, *others = rules
    for name in {"theirs", "third", old}:
        make_rule_set(ses, name)
    add_rules(ses, old, *RULES, *others)
    ses.set_active_receipt_rule_set(RuleSetName=old)
    before = {"ReceiptRuleSetName": "" if old == PREFIX else old}
    answer = cloudformation.preflight("Update", before, ReceiptRuleSetName=named, ReplaceActiveRuleSet=replaces)
    if reason is None:
        assert answer["Data"]["Findings"] == f"{named or PREFIX} becomes the active receipt rule set in place of {old}."
    else:
        assert answer["Status"] == "FAILED"
        assert reason in answer["Reason"]


def test_rollback(account: Account, ses: "SESClient", cloudformation: CloudFormation) -> None:
    """A rollback is never refused: it would leave a stack that cannot be updated."""
    activate(ses, "theirs", *RULES, "marketing")
    account.api.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    answer = cloudformation.preflight("Update", {"ReceiptRuleSetName": "theirs"}, AllowedIpRanges="nonsense")
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"] == {"Findings": "not checked, because a failed update is rolled back"}


def test_identity_of_an_existing_stack(account: Account, cloudformation: CloudFormation) -> None:
    """An update finds the identity that the stack itself made."""
    account.api.stack_status = "UPDATE_IN_PROGRESS"
    answer = cloudformation.preflight("Update", {}, SesIdentityDomain="acme.example")
    assert answer["Status"] == "SUCCESS"


def test_event_bus_deleted(account: Account, cloudformation: CloudFormation) -> None:
    """An update that has nothing to do with the bus is not refused for it. One that names another bus is."""
    account.api.stack_status = "UPDATE_IN_PROGRESS"
    answer = cloudformation.preflight("Update", {"EventBusName": "hr"}, EventBusName="hr")
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Findings"].startswith("EventBusName is hr, but this account has no event bus")
    answer = cloudformation.preflight("Update", {"EventBusName": "hr"}, EventBusName="payroll")
    assert answer["Status"] == "FAILED"


def test_reserved_before(account: Account, cloudformation: CloudFormation) -> None:
    """What the stack has reserved already counts as free for it."""
    account.api.reserved = 500
    answer = cloudformation.preflight("Update", {"ApiReservedConcurrency": "250"}, ApiReservedConcurrency="450")
    assert answer["Status"] == "SUCCESS"
    answer = cloudformation.preflight("Update", {"ApiReservedConcurrency": "250"}, ApiReservedConcurrency="451")
    assert answer["Status"] == "FAILED"

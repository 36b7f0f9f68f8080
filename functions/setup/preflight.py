"""The preflight: looks at the account before the stack changes anything in it, and refuses what would go wrong.

It only reads. Everything that affects others in the account, or that outlives the stack, depends on it. All reasons to
refuse are reported at once. The remaining findings are in the attribute `Findings`.

While CloudFormation restores the state before a failed update, nothing is checked: a refusal would leave a stack that
cannot be updated.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from email_channels.values import dataclass

from functions.setup import concurrency, event_bus, identities, receipt_filters, receipt_rule_set
from functions.setup.findings import Finding, refused
from functions.setup.rule_sets import active_set, rule_set

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda.type_defs import AccountLimitTypeDef
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client


class Refused(Exception):
    """The deployment must not begin. The message has all reasons."""


@dataclass(frozen=True)
class Account:
    """The account and region that the stack is deployed to.

    `stack_status` is that of the stack in CloudFormation, `executions` reads the `AccountLimit` of Lambda.
    """

    region: str
    stack_status: str
    ses: "SESClient"
    identities: "SESV2Client"
    executions: Callable[[], "AccountLimitTypeDef"]
    events: "EventBridgeClient"


def apply(account: Account, request: str, properties: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, str]:
    """Properties: `Prefix`, with which the names of the stack's filters and rules begin, and which is the name of its
    own rule set; parameters of the template under their names; `FromAddresses` and `Recipients`, lists of both
    channels. `before` are the properties before an update. Returns `Findings`, a text for people.

    Raises Refused.
    """
    if request == "Delete":
        return {}
    if "ROLLBACK" in account.stack_status:
        return {"Findings": "not checked, because a failed update is rolled back"}
    found = list(_findings(account, request, properties, before))
    reasons = [finding.text for finding in found if finding.refuses]
    if reasons:
        raise Refused(" ".join(["Nothing was changed.", *reasons]))
    return {"Findings": " ".join(finding.text for finding in found) or "none"}


def _findings(
    account: Account, request: str, properties: Mapping[str, Any], before: Mapping[str, Any]
) -> Iterator[Finding]:
    ses, prefix = account.ses, properties["Prefix"]
    try:
        filters = receipt_filters.names(ses)
    except ClientError as error:
        # "Unavailable Operation": SES has the operation in regions that receive.
        if error.response["Error"]["Code"] != "InvalidAction":
            raise
        yield refused(
            f"SES does not receive email in {account.region}. Deploy to one of the regions in "
            "https://docs.aws.amazon.com/ses/latest/dg/regions.html#region-receive-email."
        )
        return
    # A stack of version 0.1 gets its preflight by an update.
    exists = rule_set(ses, prefix) is not None or bool(receipt_filters.ours(prefix, filters))
    first = request == "Create" and not exists
    named = properties["ReceiptRuleSetName"]
    yield from receipt_rule_set.check(
        ses,
        prefix,
        named,
        active_set(ses),
        replace=properties["ReplaceActiveRuleSet"] == "true",
        first=first,
        moving=before.get("ReceiptRuleSetName") != named,
    )
    if receipt_filters.manages(properties):
        yield from receipt_filters.check(prefix, properties["AllowedIpRanges"], filters)
    yield from identities.check(
        account.identities,
        _addresses(properties["FromAddresses"]),
        _addresses(properties["Recipients"]),
        properties["SesIdentityDomain"],
        first=first,
        creating=account.stack_status == "CREATE_IN_PROGRESS",
    )
    yield from concurrency.check(
        account.executions(),
        int(properties["ApiReservedConcurrency"] or 0),
        int(before.get("ApiReservedConcurrency") or 0),
    )
    yield from event_bus.check(account.events, properties["EventBusName"], before.get("EventBusName", ""))


def _addresses(lists: list[str]) -> list[str]:
    """The addresses of several comma-separated lists."""
    return [part.strip() for each in lists for part in each.split(",") if part.strip()]

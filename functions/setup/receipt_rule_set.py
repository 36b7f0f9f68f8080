"""The active receipt rule set: one per account and region, and only an API call makes it so.

https://docs.aws.amazon.com/ses/latest/APIReference/API_SetActiveReceiptRuleSet.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient


class AnotherRuleSetIsActive(Exception):
    """Activating ours would stop the receiving of whoever activated the other one: a person has to decide."""


def apply(ses: "SESClient", request: str, properties: Mapping[str, Any]) -> dict[str, str]:
    """Properties: `RuleSetName`; `OwnRuleSet`, true if the stack made that rule set, false if it only adds rules to it;
    `ReplaceActiveRuleSet`. Gives `Status`, for people.

    Raises AnotherRuleSetIsActive; nothing has been changed then.
    """
    name = properties["RuleSetName"]
    own = properties["OwnRuleSet"] == "true"
    active = ses.describe_active_receipt_rule_set().get("Metadata", {}).get("Name")
    if request == "Delete":
        # Without a name, the call deactivates. Nothing of ours is active if another rule set is.
        if own and active == name:
            ses.set_active_receipt_rule_set()
        return {}
    if not own:
        return {"Status": _status_of_foreign(name, active)}
    if active not in (None, name) and properties["ReplaceActiveRuleSet"] != "true":
        raise AnotherRuleSetIsActive(
            f"The receipt rule set {active} is active in this account and region, and SES has one active at a time. "
            "Name it as ReceiptRuleSetName to have the rules added to it, or set ReplaceActiveRuleSet to true: what it "
            "receives now will then no longer be received."
        )
    if active != name:
        ses.set_active_receipt_rule_set(RuleSetName=name)
    return {"Status": f"{name} is active"}


def _status_of_foreign(name: str, active: str | None) -> str:
    """A rule set of somebody else is neither activated nor deactivated."""
    if active == name:
        return f"{name} is active"
    if active is None:
        return f"{name} is NOT active: nothing is received until its owner activates it"
    raise AnotherRuleSetIsActive(
        f"ReceiptRuleSetName names {name}, but {active} is active in this account and region. Activate {name} (the "
        f"stack does not do that with a rule set that is not its own), or name {active}."
    )

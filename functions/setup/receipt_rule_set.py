"""The active receipt rule set: one per account and region. Only an API call can activate it.

https://docs.aws.amazon.com/ses/latest/APIReference/API_SetActiveReceiptRuleSet.html
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient


class AnotherRuleSetIsActive(Exception):
    """Another rule set is active, and would stop receiving if ours were activated. A person has to decide this."""


def apply(ses: "SESClient", request: str, properties: Mapping[str, Any]) -> dict[str, str]:
    """Properties: `RuleSetName`; `OwnRuleSet`, true if the stack made that rule set, false if it only adds rules to it;
    `ReplaceActiveRuleSet`. Returns `Status`, a text for people.

    Raises AnotherRuleSetIsActive before it changes anything.
    """
    name = properties["RuleSetName"]
    own = properties["OwnRuleSet"] == "true"
    active = ses.describe_active_receipt_rule_set().get("Metadata", {}).get("Name")
    if request == "Delete":
        # Without a name, the call deactivates the active rule set, which must be ours.
        if own and active == name:
            ses.set_active_receipt_rule_set()
        return {}
    if not own:
        return {"Status": _status_of_foreign(name, active)}
    if active not in (None, name) and properties["ReplaceActiveRuleSet"] != "true":
        raise AnotherRuleSetIsActive(
            f"The receipt rule set {active} is active in this account and region, and SES allows one active rule set. "
            "Set ReceiptRuleSetName to its name to add the rules to it. Or set ReplaceActiveRuleSet to true: then it "
            "no longer receives anything."
        )
    if active != name:
        ses.set_active_receipt_rule_set(RuleSetName=name)
    return {"Status": f"{name} is active"}


def _status_of_foreign(name: str, active: str | None) -> str:
    """The status of a rule set that the stack did not make. The stack never activates or deactivates it."""
    if active == name:
        return f"{name} is active"
    if active is None:
        return f"{name} is NOT active: nothing is received until its owner activates it"
    raise AnotherRuleSetIsActive(
        f"ReceiptRuleSetName is {name}, but {active} is active in this account and region. Set ReceiptRuleSetName to "
        f"{active}, or activate {name} yourself: the stack only activates a rule set of its own."
    )

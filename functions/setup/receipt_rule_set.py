"""The active receipt rule set: one per account and region. Only an API call can activate it.

https://docs.aws.amazon.com/ses/latest/APIReference/API_SetActiveReceiptRuleSet.html

**Moving.** If the active set holds the stack's rules, and they belong into another set from now on, that set becomes
active as soon as its rules exist. CloudFormation deletes the rules in the old set only afterwards, so no email is
refused in between. This must not stop the rules of others: `check` refuses the update before it changes anything, or
ReplaceActiveRuleSet allows it.

**An update never fails because of the active set.** CloudFormation would try to restore the earlier state, fail in the
same way, and leave a stack that cannot be updated. The status says what is wrong, and an alarm rings.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from functions.setup.findings import Finding, refused
from functions.setup.rule_sets import RuleSet, active_set, rule_set

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient


class AnotherRuleSetIsActive(Exception):
    """Another rule set is active, and would stop receiving if ours were activated. A person has to decide this."""


class RulesOfOthers(Exception):
    """The stack's own rule set holds rules of others. They would be deleted with it."""


def apply(
    ses: "SESClient", request: str, properties: Mapping[str, Any], *, rolling_back: bool = False
) -> dict[str, str]:
    """Properties: `RuleSetName`; `OwnRuleSet`, true if the stack made that rule set, false if it only adds rules to it;
    `RulePrefix`, with which the names of its rules begin; `ReplaceActiveRuleSet`. Returns `Status`, a text for people.

    `rolling_back`: CloudFormation restores the state before a failed update. Raises AnotherRuleSetIsActive at a
    creation, RulesOfOthers at a deletion, both before it changes anything.
    """
    name = properties["RuleSetName"]
    own = properties["OwnRuleSet"] == "true"
    replace = properties["ReplaceActiveRuleSet"] == "true"
    prefix = properties.get("RulePrefix", name)
    active = active_set(ses)
    if request == "Delete":
        if own:
            _leave(ses, name, prefix, active)
        return {}
    if active is not None and active.name == name:
        return {"Status": f"{name} is active"}
    if active is None:
        activate = own
    elif active.ours(prefix):
        activate = rolling_back or not _move_refused(active, name, prefix, replace=replace)
    else:
        activate = own and replace
    if activate:
        ses.set_active_receipt_rule_set(RuleSetName=name)
        return {"Status": f"{name} is active"}
    if active is None:
        return {"Status": f"{name} is NOT active: nothing is received until its owner activates it"}
    if request == "Create":
        raise AnotherRuleSetIsActive(_another(name, active.name, own=own))
    return {"Status": f"{name} is NOT active: {active.name} is, so emails to the stack's addresses are refused"}


def check(
    ses: "SESClient", prefix: str, named: str, active: RuleSet | None, *, replace: bool, first: bool, moving: bool
) -> Iterator[Finding]:
    """What stands against the rule set that is wanted: that of this name, or the stack's own if the name is empty.

    `first`: the stack has received nothing so far. Later, another active set is reported, not refused: see above.
    `moving`: the rule set that is wanted may not be that of before.
    """
    name = named or prefix
    if named and rule_set(ses, named) is None:
        yield refused(f"ReceiptRuleSetName: there is no receipt rule set {named} in this account and region.")
        return
    own = rule_set(ses, prefix)
    if named and own is not None and own.others(prefix):
        yield refused(
            f"The stack's own receipt rule set {prefix} would be deleted, and the rules of others in it "
            f"({', '.join(own.others(prefix))}). Move them to another rule set first."
        )
        return
    if active is None:
        if named:
            yield Finding(
                f"No receipt rule set is active: nothing is received until the owner of {named} activates it."
            )
    elif active.name != name and active.ours(prefix):
        problem = _move_refused(active, name, prefix, replace=replace)
        if problem is not None:
            yield Finding(problem, refuses=moving)
        else:
            yield Finding(f"{name} becomes the active receipt rule set in place of {active.name}.")
    elif active.name != name and (named or not replace):
        yield Finding(_another(name, active.name, own=not named), refuses=first)


def _move_refused(active: RuleSet, name: str, prefix: str, *, replace: bool) -> str | None:
    """Why the rule set `name` must not become active in place of the one that holds the stack's rules now."""
    others = active.others(prefix)
    if not others or (replace and active.name != prefix):
        return None
    return (
        f"The active receipt rule set {active.name} also holds rules of others ({', '.join(others)}), which would no "
        f"longer receive anything if {name} were activated. "
        + (
            "Move them to another rule set first."
            if active.name == prefix
            else "Set ReplaceActiveRuleSet to true if this is intended."
        )
    )


def _another(name: str, active: str, *, own: bool) -> str:
    if own:
        return (
            f"The receipt rule set {active} is active in this account and region, and SES allows one active rule set. "
            "Set ReceiptRuleSetName to its name to add the rules to it. Or set ReplaceActiveRuleSet to true: then it "
            "no longer receives anything."
        )
    return (
        f"ReceiptRuleSetName is {name}, but {active} is active in this account and region. Set ReceiptRuleSetName to "
        f"{active}, or activate {name} yourself: the stack activates it only in place of the set with its own rules."
    )


def _leave(ses: "SESClient", name: str, prefix: str, active: RuleSet | None) -> None:
    """Deactivates the stack's own rule set, which CloudFormation deletes next: with every rule in it."""
    own = rule_set(ses, name)
    others = own.others(prefix) if own is not None else []
    if others:
        raise RulesOfOthers(
            f"The receipt rule set {name} holds rules of others ({', '.join(others)}), which would be deleted with it. "
            "Move them to another rule set, then delete the stack again."
        )
    # Without a name, the call deactivates the active rule set, which must be ours.
    if active is not None and active.name == name:
        ses.set_active_receipt_rule_set()

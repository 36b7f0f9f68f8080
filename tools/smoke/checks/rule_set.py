"""SES has one active receipt rule set. It must hold the stack's rules, as the stack made them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.smoke.findings import Finding
from tools.smoke.run import Run

if TYPE_CHECKING:
    from mypy_boto3_ses.type_defs import ReceiptRuleOutputTypeDef

_AGAIN = "Deploy the stack again; if CloudFormation sees no change, `aws cloudformation detect-stack-drift` shows it."


def look(run: Run) -> Iterator[Finding]:
    expected = run.stack.parameter("ReceiptRuleSetName") or run.stack.physical_id("ReceiptRuleSet")
    active = run.clients.ses.describe_active_receipt_rule_set()
    name = active.get("Metadata", {}).get("Name")
    if name != expected:
        yield Finding(
            f"The receipt rule set {expected} is not active: {name or 'none'} is. The stack receives no email.",
            f"Activate it: aws ses set-active-receipt-rule-set --rule-set-name {expected}. If the other one belongs to "
            "another system, that system then receives nothing: see docs/deployment.md.",
        )
        return
    rules = active.get("Rules", [])
    for logical_id, parameter in (("CaseCreationRule", "CaseCreationRecipients"), ("AdHocRule", "AdHocRecipients")):
        rule_name = run.stack.physical_id(logical_id)
        if rule_name is not None:
            yield from _rule(rules, rule_name, run.stack.listed(parameter), run.stack.bucket)


def _rule(rules: list[ReceiptRuleOutputTypeDef], name: str, recipients: list[str], bucket: str) -> Iterator[Finding]:
    position = next((number for number, rule in enumerate(rules) if rule["Name"] == name), None)
    if position is None:
        yield Finding(f"The active rule set has no rule {name}.", _AGAIN)
        return
    rule = rules[position]
    if not rule.get("Enabled"):
        yield Finding(f"The rule {name} is disabled: SES refuses its recipients.", _AGAIN)
    if rule.get("TlsPolicy") != "Require":
        yield Finding(f"The rule {name} takes emails without TLS.", _AGAIN)
    if not rule.get("ScanEnabled"):
        yield Finding(f"The rule {name} does not scan for spam and viruses.", _AGAIN)
    if _lower(rule.get("Recipients", [])) != _lower(recipients):
        yield Finding(f"The rule {name} has other recipients than the stack's parameters.", _AGAIN)
    if [action.get("S3Action", {}).get("BucketName") for action in rule.get("Actions", [])] != [bucket]:
        yield Finding(f"The rule {name} does not store emails in {bucket}, or does something else, too.", _AGAIN)
    for earlier in rules[:position]:
        if earlier.get("Enabled") and _ends(earlier) and _covers(earlier, recipients):
            yield Finding(
                f"The rule {earlier['Name']} comes before {name}, and may keep its emails away: it stops or bounces.",
                f"Move {name} before it (aws ses set-receipt-rule-position), or give it other recipients.",
            )


def _ends(rule: ReceiptRuleOutputTypeDef) -> bool:
    return any("StopAction" in action or "BounceAction" in action for action in rule.get("Actions", []))


def _covers(rule: ReceiptRuleOutputTypeDef, recipients: list[str]) -> bool:
    """Whether the rule is for one of the recipients. A rule without recipients is for all."""
    theirs = _lower(rule.get("Recipients", []))
    ours = _lower(recipients) | {each.rpartition("@")[2] for each in _lower(recipients)}
    parents = {each for each in theirs if each.startswith(".") and any(one.endswith(each) for one in ours)}
    domains = {each.rpartition("@")[2] for each in theirs if each.rpartition("@")[2] in _lower(recipients)}
    return not theirs or bool(theirs & ours or parents or domains)


def _lower(recipients: list[str]) -> set[str]:
    return {each.lower() for each in recipients}

"""What the receipt rule sets of the account and region hold.

https://docs.aws.amazon.com/ses/latest/APIReference/API_DescribeReceiptRuleSet.html

The names of the stack's rules begin with its prefix. All other rules in a set belong to somebody else.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from email_channels.values import dataclass

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient


@dataclass(frozen=True)
class RuleSet:
    """A receipt rule set. `rules` are the names of all its rules in their order, `enabled` of those that are on."""

    name: str
    rules: tuple[str, ...] = ()
    enabled: tuple[str, ...] = ()

    def ours(self, prefix: str) -> list[str]:
        """The rules of the stack with this prefix."""
        return [rule for rule in self.rules if rule.startswith(f"{prefix}-")]

    def others(self, prefix: str) -> list[str]:
        """The rules of everybody else."""
        return [rule for rule in self.rules if not rule.startswith(f"{prefix}-")]


def active_set(ses: "SESClient") -> RuleSet | None:
    """The active rule set; None if none is active."""
    return _rule_set(ses.describe_active_receipt_rule_set())


def rule_set(ses: "SESClient", name: str) -> RuleSet | None:
    """The rule set with this name; None if it does not exist."""
    try:
        return _rule_set(ses.describe_receipt_rule_set(RuleSetName=name))
    except ses.exceptions.RuleSetDoesNotExistException:
        return None


def _rule_set(described: Mapping[str, Any]) -> RuleSet | None:
    name = described.get("Metadata", {}).get("Name")
    if name is None:
        return None
    rules = described.get("Rules", [])
    return RuleSet(
        name,
        tuple(rule["Name"] for rule in rules),
        tuple(rule["Name"] for rule in rules if rule.get("Enabled")),
    )

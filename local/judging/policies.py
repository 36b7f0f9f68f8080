"""A role's policies: what they allow, and which of their permissions allowed it.

Tests hold this evaluator against moto's (`moto.iam.access_control`), which takes most of a second to import, and knows
no conditions; a worker has no second.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from local.errors import UserError
from local.judging.required_permissions import RequiredPermission

_KNOWN = {"Sid", "Effect", "Action", "Resource", "Condition"}


@dataclass(frozen=True)
class Permission:
    """One action on one resource, as the policy writes them (with `*`). `id` tells it from the others of the function:
    the statement's number, the action, the resource's number."""

    id: str
    action: str
    resource: str
    conditions: Mapping[str, Sequence[str]]

    def covers(self, need: RequiredPermission) -> bool:
        """Whether it allows this, conditions left aside."""
        return _matches(self.action.lower(), need.action.lower()) and _matches(self.resource, need.resource)

    def allows(self, need: RequiredPermission) -> bool:
        return self.covers(need) and all(need.context.get(key) in values for key, values in self.conditions.items())


def permissions_of(role: Mapping[str, Any]) -> list[Permission] | None:
    """Those of a role's resolved properties; None if not all are written there (managed policies).

    Raises UserError for what is not understood here: anything but Allow, and conditions other than StringEquals.
    """
    if role.get("ManagedPolicyArns"):
        return None
    statements = [
        statement for policy in role.get("Policies", []) for statement in _list(policy["PolicyDocument"]["Statement"])
    ]
    return [permission for number, statement in enumerate(statements) for permission in _permissions(number, statement)]


def allowing(permissions: Iterable[Permission], need: RequiredPermission) -> Permission | None:
    """The first that allows it, None if none does."""
    return next((permission for permission in permissions if permission.allows(need)), None)


def _permissions(number: int, statement: Mapping[str, Any]) -> Iterator[Permission]:
    unknown = statement.keys() - _KNOWN
    if unknown or statement["Effect"] != "Allow":
        raise UserError(f"template: policies of functions have statements that allow, without {', '.join(unknown)}")
    conditions = statement.get("Condition", {})
    if conditions.keys() - {"StringEquals"}:
        raise UserError("template: in policies of functions, only the condition StringEquals is known")
    equals = {key: _list(value) for key, value in conditions.get("StringEquals", {}).items()}
    for action in _list(statement["Action"]):
        for position, resource in enumerate(_list(statement["Resource"])):
            yield Permission(f"{number}/{action}/{position}", action, resource, equals)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _matches(pattern: str, value: str) -> bool:
    return _expression(pattern).fullmatch(value) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html"""
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)

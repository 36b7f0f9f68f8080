"""Evaluates a role's policies: whether they allow a call, and which permission allows it.

Tests compare it with moto's evaluator (`moto.iam.access_control`). Workers cannot use moto's: it takes most of a second
to import, and does not support conditions.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from local.errors import UserError
from local.judging.required_permissions import RequiredPermission

_KNOWN = {"Sid", "Effect", "Action", "Resource", "Condition"}
_CONDITIONS = {"StringEquals": None, "StringEqualsIgnoreCase": None}.keys()  # in order, unlike a set


@dataclass(frozen=True)
class Permission:
    """One action on one resource, as written in the policy (with `*`).

    `id` is unique for the function: the number of the statement, the action, the number of the resource. `conditions`
    holds the values of StringEquals by their key, `conditions_in_any_case` those of StringEqualsIgnoreCase.
    """

    id: str
    action: str
    resource: str
    conditions: Mapping[str, Sequence[str]]
    conditions_in_any_case: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def covers(self, need: RequiredPermission) -> bool:
        """Whether this permission allows `need`, if its conditions are met."""
        return _matches(self.action.lower(), need.action.lower()) and _matches(self.resource, need.resource)

    def allows(self, need: RequiredPermission) -> bool:
        return (
            self.covers(need)
            and all(need.context.get(key) in values for key, values in self.conditions.items())
            and all(
                need.context.get(key, "").lower() in {value.lower() for value in values}
                for key, values in self.conditions_in_any_case.items()
            )
        )


def permissions_of(role: Mapping[str, Any]) -> list[Permission] | None:
    """The permissions of a role, from its resolved properties. None if it has managed policies, too.

    Raises UserError for statements other than Allow, and for conditions other than StringEquals and
    StringEqualsIgnoreCase.
    """
    if role.get("ManagedPolicyArns"):
        return None
    statements = [
        statement for policy in role.get("Policies", []) for statement in _list(policy["PolicyDocument"]["Statement"])
    ]
    return [permission for number, statement in enumerate(statements) for permission in _permissions(number, statement)]


def allowing(permissions: Iterable[Permission], need: RequiredPermission) -> Permission | None:
    """The first permission that allows the need. None if there is none."""
    return next((permission for permission in permissions if permission.allows(need)), None)


def _permissions(number: int, statement: Mapping[str, Any]) -> Iterator[Permission]:
    unknown = statement.keys() - _KNOWN
    if unknown or statement["Effect"] != "Allow":
        what = ", ".join(sorted(unknown)) or f"the effect {statement['Effect']}"
        raise UserError(f"template: the local stack does not support {what} in the policies of functions")
    conditions = statement.get("Condition", {})
    if conditions.keys() - _CONDITIONS:
        what = ", ".join(sorted(conditions.keys() - _CONDITIONS))
        raise UserError(f"template: the local stack does not support the condition {what} in the policies of functions")
    equals, equals_in_any_case = (
        {key: _list(value) for key, value in conditions.get(operator, {}).items()} for operator in _CONDITIONS
    )
    for action in _list(statement["Action"]):
        for position, resource in enumerate(_list(statement["Resource"])):
            yield Permission(f"{number}/{action}/{position}", action, resource, equals, equals_in_any_case)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _matches(pattern: str, value: str) -> bool:
    return _expression(pattern).fullmatch(value) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """A pattern of a policy, with `*` and `?`, as a regular expression.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)

"""Least privilege: what the roles of the functions may do."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from tests.support.paths import TEMPLATE
from tests.support.template import functions, resources


def test_roles_and_logs() -> None:
    """Every function has a role and a log group of its own."""
    roles = {name: each["Role"]["Fn::GetAtt"] for name, each in functions().items()}
    logs = {name: each["LoggingConfig"]["LogGroup"]["Ref"] for name, each in functions().items()}
    assert len(set(roles.values())) == len(set(logs.values())) == len(functions())
    # Managed policies grant the logs and queues of the whole account.
    assert all("ManagedPolicyArns" not in role["Properties"] for role in resources("AWS::IAM::Role").values())


def test_wildcards() -> None:
    """A wildcard has its reason beside it."""
    lines = TEMPLATE.read_text(encoding="utf-8").splitlines()
    unexplained = [
        f"line {line + 1}: {resource}"
        for line, statement in statements()
        for resource in wide(statement["Resource"])
        if not lines[line - 1].lstrip().startswith("#")
    ]
    assert unexplained == []


def test_actions() -> None:
    """No action is a wildcard."""
    actions = [action for _, statement in statements() for action in as_list(statement["Action"])]
    assert actions
    assert [action for action in actions if "*" in action] == []


def test_from_addresses() -> None:
    """Who sends is compared without case: the functions write a domain in lower case, whatever the parameter says.

    `tests/integration/functions/test_notify.py` sends so.
    """
    conditions = [
        (operator, key)
        for _, statement in statements()
        for operator, values in statement.get("Condition", {}).items()
        for key in values
        if "ses:SendEmail" in statement["Action"]
    ]
    assert conditions == [("StringEqualsIgnoreCase", "ses:FromAddress")] * 3


def wide(resource: Any) -> list[str]:
    """The resources of a statement whose wildcard covers more than one prefix or one table of ours."""
    texts = [each.get("Fn::Sub", "") if isinstance(each, dict) else each for each in as_list(resource)]
    ours = re.compile(r"\$\{(Bucket\.Arn\}/[a-z_]+|Table\.Arn\}/index)/\*")
    return [text for text in texts if "*" in text and not ours.fullmatch(text)]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements() -> Iterator[tuple[int, dict[str, Any]]]:
    """Every statement of the functions' roles, with the number (from 0) of its first line."""
    yield from _statements_of_roles()
    for name, policy in resources("AWS::IAM::RolePolicy").items():
        root = yaml.compose(TEMPLATE.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        nodes = child(root, "Resources", name, "Properties", "PolicyDocument", "Statement").value
        for statement, node in zip(policy["Properties"]["PolicyDocument"]["Statement"], nodes, strict=True):
            yield node.start_mark.line, statement["Fn::If"][1] if "Fn::If" in statement else statement


def _statements_of_roles() -> Iterator[tuple[int, dict[str, Any]]]:
    root = yaml.compose(TEMPLATE.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    for name, role in resources("AWS::IAM::Role").items():
        nodes = child(root, "Resources", name, "Properties", "Policies")
        for policy, policy_node in zip(role["Properties"]["Policies"], nodes.value, strict=True):
            statement_nodes = child(policy_node, "PolicyDocument", "Statement").value
            for statement, node in zip(policy["PolicyDocument"]["Statement"], statement_nodes, strict=True):
                # A statement with a condition: [condition, statement, nothing].
                yield node.start_mark.line, statement["Fn::If"][1] if "Fn::If" in statement else statement


def child(node: Any, *path: str) -> Any:
    for key in path:
        node = next(value for name, value in node.value if name.value == key)
    return node

"""The template as the table of safety properties sees it: objects with a name, each a tree of properties.

Each resource is such an object. So are some sections of the template, and `Resources`, which lists the resources of
each type. Roles are summarised: which permissions a function needs is known from the calls that it makes (the
permission proof, local/judging). Here only what the proof cannot see counts: wildcards, conditions, and other kinds of
statements.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.safety.short_form import NO_VALUE, short

SECTIONS = ("Parameters", "Conditions", "Globals", "Rules")
ROLE = "AWS::IAM::Role"

_OURS = re.compile(r"!Sub \$\{(Bucket\.Arn\}/[a-z_]+|Table\.Arn\}/index)/\*")
"""All objects of one kind, and all indexes of the table."""


def objects(template: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The short form of all that the table covers, by name."""
    resources = template["Resources"]
    found = {name: view_of(resource) for name, resource in resources.items()}
    assert not found.keys() & {*SECTIONS, "Resources"}, "a resource has the name of a section"
    found["Resources"] = inventory({name: resource["Type"] for name, resource in resources.items()})
    return found | {section: short(template.get(section, {})) for section in SECTIONS}


def inventory(types: Mapping[str, str]) -> dict[str, list[str]]:
    """The names of the resources of each type. `types` has the type of each."""
    by_type: dict[str, list[str]] = {}
    for name, type_ in sorted(types.items()):
        by_type.setdefault(type_, []).append(name)
    return by_type


def view_of(resource: Mapping[str, Any]) -> dict[str, Any]:
    """A resource: attributes and properties side by side. `Resources` has its type."""
    attributes = {name: value for name, value in resource.items() if name not in {"Type", "Properties"}}
    properties = dict(resource.get("Properties", {}))
    assert not attributes.keys() & properties.keys(), "a property has the name of an attribute"
    if resource["Type"] == ROLE and "Policies" in properties:
        policies = properties.pop("Policies")
        attributes |= {"policies": _frames(policies), **_summary(policies)}
    view: dict[str, Any] = short({**attributes, **properties})
    return view


def _frames(policies: list[dict[str, Any]]) -> dict[str, Any]:
    """The policies without their statements."""
    return {
        each.get("PolicyName", "no name"): {
            key: value for key, value in each.get("PolicyDocument", {}).items() if key != "Statement"
        }
        for each in policies
    }


def _summary(policies: list[dict[str, Any]]) -> dict[str, Any]:
    """What is unusual in the statements of a role. Each entry names the statement by its actions."""
    found: dict[str, Any] = {}
    for policy in policies:
        for there, statement in _statements(policy.get("PolicyDocument", {}).get("Statement", [])):
            actions, resources = _texts(statement.get("Action")), _texts(statement.get("Resource"))
            title = ", ".join(actions)
            allowed = {"Sid", "Effect", "Action", "Resource", "Condition"}
            if not statement.keys() <= allowed or statement.get("Effect") != "Allow" or not actions or not resources:
                found.setdefault("unusual statements", []).append(statement)
            if there:
                found.setdefault("statements that are not always there", {})[title] = there
            if "Condition" in statement:
                found.setdefault("conditions", {}).setdefault(title, []).append(statement["Condition"])
            wide = [each for each in resources if ("*" in each or "?" in each) and not _OURS.fullmatch(each)]
            if wide:
                found.setdefault("wide resources", {}).setdefault(title, []).extend(wide)
            wide = [each for each in actions if "*" in each or "?" in each]
            if wide:
                found.setdefault("wide actions", []).extend(wide)
    return found


def _statements(items: list[Any], there: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The statements, each with what decides whether it is there: a condition, or nothing."""
    for item in items:
        if isinstance(item, dict) and item.keys() == {"Fn::If"}:
            condition, yes, no = item["Fn::If"]
            yield from _statements([yes] if yes != NO_VALUE else [], f"if {condition}")
            yield from _statements([no] if no != NO_VALUE else [], f"if not {condition}")
        else:
            yield there, item


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [each if isinstance(each, str) else str(each) for each in map(short, values)]


def nodes(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every part of an object, the object itself excepted, with its path."""
    for below, part in children(tree, path):
        yield below, part
        yield from nodes(part, below)


def children(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The parts of an object or of a list of objects, with their paths. A list of plain values is one value."""
    if isinstance(tree, dict):
        for key, part in tree.items():
            yield f"{path}{key if key.startswith('[') or not path else f'.{key}'}", part
    elif isinstance(tree, list) and any(isinstance(each, dict) for each in tree):
        for index, part in enumerate(tree):
            yield f"{path}[{index}]", part

"""Harmful changes of the template, each with a name, and how they are made in a copy of it."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, cast

Change = Callable[[dict[str, Any]], None]
"""Changes the copy of a template. Raises HarmOutdated if the template does not have what it changes."""


class HarmOutdated(Exception):
    """The template has changed, so that the change changes nothing. It needs another path or value."""


@dataclass(frozen=True)
class Harm:
    """`what` says what would happen to people or data."""

    what: str
    change: Change

    def done_to(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """A changed copy of the template. Raises HarmOutdated."""
        changed = deepcopy(dict(template))
        self.change(changed)
        if changed == template:
            raise HarmOutdated(f"{self.what}: nothing changes; the template is so already")
        return changed


def put(path: str, value: Any) -> Change:
    """Sets a property, whether it is there or not. Its parent must be there."""

    def change(template: dict[str, Any]) -> None:
        parent, key = _parent(template, path)
        parent[key] = value

    return change


def drop(path: str) -> Change:
    """Removes a property or an item that must be there."""

    def change(template: dict[str, Any]) -> None:
        parent, key = _parent(template, path)
        try:
            del parent[key]
        except (KeyError, IndexError) as error:
            raise HarmOutdated(path) from error

    return change


def add(path: str, *items: Any) -> Change:
    """Appends to a list."""

    def change(template: dict[str, Any]) -> None:
        parent, key = _parent(template, path)
        whole = parent[key]
        parent[key] = [*(whole if isinstance(whole, list) else [whole]), *items]

    return change


def _parent(template: dict[str, Any], path: str) -> tuple[Any, Any]:
    """The object or list that holds what the path names, and its key there.

    A path begins with a resource or a section: `Bucket/LifecycleConfiguration/Rules/uploads/Prefix`. Properties need no
    `Properties` before them. An item of a list is named by its number, Sid or Id; conditions around it are passed.
    """
    first, *keys = path.split("/")
    node: Any = template["Resources"].get(first, template.get(first))
    if node is None:
        raise HarmOutdated(f"{path}: there is no {first}")
    if first in template["Resources"] and not (keys and keys[0] in _ATTRIBUTES):
        node = node.setdefault("Properties", {})
    for key in keys[:-1]:
        node = _child(node, key, path)
    if isinstance(node, list):
        return node, _index(node, keys[-1], path)
    return node, keys[-1]


_ATTRIBUTES = {"Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata", "Type"}


def _child(node: Any, key: str, path: str) -> Any:
    child = node[_index(node, key, path)] if isinstance(node, list) else node.get(key)
    if isinstance(child, dict) and child.keys() == {"Fn::If"} and isinstance(child["Fn::If"][1], dict):
        child = child["Fn::If"][1]
    if child is None:
        raise HarmOutdated(f"{path}: there is no {key}")
    return child


def _index(items: list[Any], key: str, path: str) -> int:
    for index, item in enumerate(items):
        inner = item["Fn::If"][1] if isinstance(item, dict) and item.keys() == {"Fn::If"} else item
        names = {str(index)} | ({inner.get("Sid"), inner.get("Id")} if isinstance(inner, dict) else {inner})
        if key in names:
            return index
    raise HarmOutdated(f"{path}: there is no item {key}")


def statement(template: Mapping[str, Any], role: str, action: str) -> dict[str, Any]:
    """The statement of a role that allows an action."""
    for item in template["Resources"][role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]:
        inner = item["Fn::If"][1] if item.keys() == {"Fn::If"} else item
        actions = inner["Action"] if isinstance(inner["Action"], list) else [inner["Action"]]
        if action in actions:
            return cast("dict[str, Any]", inner)
    raise HarmOutdated(f"{role}: no statement allows {action}")


def permission(role: str, action: str, **changes: Any) -> Change:
    """Changes the statement of a role that allows an action. None removes a part."""

    def change(template: dict[str, Any]) -> None:
        found = statement(template, role, action)
        for key, value in changes.items():
            found[key] = value
            if value is None:
                del found[key]

    return change

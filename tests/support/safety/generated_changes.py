"""Makes every small change of a part of the template: each part removed, each switch, number and text changed."""

from collections.abc import Iterator
from typing import Any

TEXTS_FOR_PEOPLE = {"DashboardBody", "Description", "AlarmDescription", "AssertDescription", "ConstraintDescription"}
"""Nothing depends on their words."""


def changes(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Copies of the tree with one change each, and what was changed."""
    if isinstance(tree, dict):
        for key, child in tree.items():
            if not _is_function(tree):
                yield f"{'.'.join((*path, key))} removed", {name: each for name, each in tree.items() if name != key}
            for what, changed in () if key in TEXTS_FOR_PEOPLE else changes(child, (*path, key)):
                yield what, {**tree, key: changed}
    elif isinstance(tree, list):
        function = bool(path) and path[-1].startswith("Fn::")
        if path[-1:] == ("Fn::If",):
            yield f"{'.'.join(path)} reversed", [tree[0], tree[2], tree[1]]
        for index, child in enumerate(tree):
            if not function:  # cfn-lint counts the arguments of a function
                yield f"{'.'.join((*path, str(index)))} removed", [*tree[:index], *tree[index + 1 :]]
            for what, changed in changes(child, (*path, str(index))):
                yield what, [*tree[:index], changed, *tree[index + 1 :]]
    else:
        for changed in _changed(tree):
            yield f"{'.'.join(path)}: {tree!r} -> {changed!r}", changed


def _is_function(tree: dict[str, Any]) -> bool:
    """Whether it is an intrinsic function. Without its name it is nothing."""
    return any(key.startswith("Fn::") or (key in {"Ref", "Condition"} and tree.keys() == {key}) for key in tree)


def _changed(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value * 100 + 1]
    if str(value).isdecimal():
        return [str(int(value) + 1)]
    switches = {"true": "false", "false": "true", "Allow": "Deny", "Deny": "Allow", "Enabled": "Disabled"}
    return [switches.get(str(value), f"{value}x"), *(["*"] if value != "*" else [])]

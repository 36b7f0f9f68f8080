"""Compares the template with the table of safety properties, and says which row to add or to change."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from tests.support.safety.rows import ABSENT, ANY_TEXT, EVERY, Row
from tests.support.safety.view import children, nodes, objects

KINDS = ("Function", "Role", "LogGroup")
"""What the names of the parts of a function end with."""

NEW_FILE = "a file in tests/support/safety/expected"
"""Where rows of a resource go whose type is in no file yet."""

Tables = Mapping[str, Sequence[Row]]
"""The rows, by the file that holds them."""


class SafetyTable:
    """The rows of all files. Raises ValueError if two rows are for the same property of the same resource."""

    def __init__(self, tables: Tables) -> None:
        self._rows: dict[str, dict[str, tuple[str, Row]]] = {}
        for file, rows in tables.items():
            for row in (single for each in rows for single in each.single()):
                of_resource = self._rows.setdefault(row.resource, {})
                if row.path in of_resource:
                    raise ValueError(f"{row.resource}: two rows for {row.path}")
                of_resource[row.path] = (file, row)

    def findings(self, template: Mapping[str, Any]) -> list[str]:
        """What differs from the table, and what is in no row. Each line names the row to add or to change."""
        types = {name: resource["Type"] for name, resource in template["Resources"].items()}
        trees = objects(template)
        found = [line for name, tree in trees.items() for line in self.findings_of(name, tree, types.get(name))]
        known = {*trees, *(EVERY + type_ for type_ in types.values())}
        for resource in self._rows.keys() - known:
            file = next(iter(self._rows[resource].values()))[0]
            found.append(f"{resource} has rows in {file}, but is not in the template. If that is meant, remove them.")
        return found

    def findings_of(self, name: str, tree: Mapping[str, Any], type_: str | None) -> list[str]:
        """The findings of one resource or section. `tree` is its short form, `type_` the type of a resource."""
        rows = {**self._rows.get(f"{EVERY}{type_}", {}), **self._rows.get(name, {})}
        parts = dict(nodes(tree))
        found = [
            _different(name, path, parts.get(path, ABSENT), file, row)
            for path, (file, row) in rows.items()
            if not _agrees(parts, path, _for(row.expected, name))
        ]
        covered = {path for path, (_, row) in rows.items() if row.expected is not ABSENT}
        for path, value in _uncovered(tree, covered):
            # The file with the row whose path is most like this one.
            likeness = {other: _common(path, other) for other in rows}
            file = (
                rows[max(likeness, key=likeness.__getitem__)][0] if rows else "a file in tests/support/safety/expected"
            )
            found.append(
                f"{name}: {path} is in no row, so nobody would notice a harmful value. Add to {file}:\n"
                f"    {_row(name, path, value)}"
            )
        return found


def _different(name: str, path: str, value: Any, file: str, row: Row) -> str:
    where = f"the row in {file}"
    if row.resource != name:
        where = f"the row for {row.resource!r} in {file}, or add one"
    place, is_, should = _deepest(path, value, _for(row.expected, name))
    return (
        f"{name}: {place} is {_shown(is_)}, not {_shown(should)}. The table says why: {row.why}\n"
        f"    If the new value is meant, change {where}:\n    {_row(name, path, value)}"
    )


def _deepest(path: str, value: Any, expected: Any) -> tuple[str, Any, Any]:
    """Where exactly they differ: the innermost part that holds all differences."""
    if isinstance(value, dict) and isinstance(expected, dict):
        keys = [*value, *(key for key in expected if key not in value)]
        pairs = [(key, value.get(key, ABSENT), expected.get(key, ABSENT)) for key in keys]
    elif isinstance(value, list) and isinstance(expected, list) and len(value) == len(expected):
        pairs = [(f"[{index}]", *both) for index, both in enumerate(zip(value, expected, strict=True))]
    else:
        return path, value, expected
    different = [each for each in pairs if not _same(each[1], each[2])]
    if len(different) != 1:
        return path, value, expected
    [(key, is_, should)] = different
    return _deepest(f"{path}{key if key.startswith('[') else f'.{key}'}", is_, should)


def _row(name: str, path: str, value: Any) -> str:
    return f'Row({_shown(name)}, {_shown(path)}, {_shown(value)}, "<why it must be so>"),'


def _agrees(parts: Mapping[str, Any], path: str, expected: Any) -> bool:
    if expected is ABSENT or path not in parts:
        return expected is ABSENT and path not in parts
    value = parts[path]
    if expected is ANY_TEXT:
        return isinstance(value, str) and bool(value.strip())
    return _same(value, expected)


def _same(one: Any, other: Any) -> bool:
    """Whether they are equal, and of the same types: true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)


def _for(expected: Any, name: str) -> Any:
    """The expectation of a row for this resource: with its name in place of `<stem>`."""
    if isinstance(expected, str):
        if "<" not in expected:
            return expected
        stem = next((name.removesuffix(kind) for kind in KINDS if name.endswith(kind)), name)
        snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in stem).lstrip("_")
        return expected.replace("<stem>", stem).replace("<folder>", snake)
    if isinstance(expected, dict):
        return {key: _for(each, name) for key, each in expected.items()}
    return [_for(each, name) for each in expected] if isinstance(expected, list) else expected


def _uncovered(tree: Any, covered: Collection[str], path: str = "") -> Iterator[tuple[str, Any]]:
    """The largest parts of the tree that no row touches."""
    for below, value in children(tree, path):
        if below in covered:
            continue
        if any(each.startswith((f"{below}.", f"{below}[")) for each in covered):
            yield from _uncovered(value, covered, below)
        else:
            yield below, value


def _common(path: str, other: str) -> int:
    """How many letters two paths begin with together."""
    return next((at for at, (a, b) in enumerate(zip(path, other, strict=False)) if a != b), min(len(path), len(other)))


def _shown(value: Any) -> str:
    return repr(value) if not isinstance(value, str) else json.dumps(value, ensure_ascii=False)

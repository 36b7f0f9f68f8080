"""All regular expressions of the project, and a check that none of them can take long on hostile input.

`expressions` finds them: in the modules' names (also inside tables), in calls such as `re.sub("...", ...)`, and in
`openapi.json`. `slow_example` asks regexploit (https://github.com/doyensec/regexploit), which reads a pattern without
running it. It reports cubic and exponential patterns. Here it reports quadratic ones, too: each unbounded repeat
counts twice. A search begins at every character, so it counts as a repeat of any character before the pattern.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import _lru_cache_wrapper
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from email_channels.expressions import LazyExpression
from email_channels.mail.classification.patterns import Table

from tests.support.paths import FUNCTIONS, PACKAGE, ROOT

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it imports sre_parse
    from sre_constants import AT_END, AT_END_STRING

    from regexploit.ast.char import Character
    from regexploit.ast.repeat import InfiniteRepeat
    from regexploit.ast.sequence import Sequence
    from regexploit.ast.sre import SreOpParser
    from regexploit.redos import find

_ANYWHERE: Final = "(?s:.*)"
_FROM_START: Final = frozenset({"match", "fullmatch"})
_METHODS: Final = _FROM_START | {"search", "finditer", "findall", "sub", "subn", "split"}
_FLAGS: Final = re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE
_DEEPEST: Final = 4
_END: Final = 0xE000  # of the private use area
_PASSED_ON: Final = {
    "email_channels.parameters._EMAIL_ADDRESS": "fullmatch",
    "email_channels.parameters._EMAIL_ADDRESS_OR_DOMAIN": "fullmatch",
}
"""Expressions that are passed on as arguments, and the one method that is called there."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A regular expression: where it is, and which methods of it are called. `searched` if it may begin anywhere."""

    where: str
    pattern: re.Pattern[str] | re.Pattern[bytes]
    methods: frozenset[str]

    @property
    def searched(self) -> bool:
        return not (self.methods and self.methods <= _FROM_START)

    @property
    def text(self) -> str:
        """The pattern as text."""
        written = self.pattern.pattern
        return written if isinstance(written, str) else written.decode("latin-1")


class _Parser(SreOpParser):  # type: ignore[misc]  # regexploit has no annotations
    """regexploit's parser, which counts unbounded repeats twice and knows the syntax of Python 3.11."""

    def from_MAX_REPEAT(self, data: Any) -> Any:  # noqa: N802 - the name that regexploit calls
        repeat = super().from_MAX_REPEAT(data)
        if isinstance(repeat, InfiniteRepeat):
            return InfiniteRepeat(repeat.repeat, repeat.minimum_repeats, 2 * repeat.starriness)
        # A negative lookahead that leaves no first character is None, which regexploit's search does not expect.
        return Sequence([each for each in repeat.elements if each]) if isinstance(repeat, Sequence) else repeat

    def from_POSSESSIVE_REPEAT(self, data: Any) -> Any:  # noqa: N802
        """A possessive repeat gives nothing back. It takes long only if it is tried from many places."""
        repeat = super().from_MAX_REPEAT(data)
        return (
            InfiniteRepeat(repeat.repeat, repeat.minimum_repeats, 1) if isinstance(repeat, InfiniteRepeat) else repeat
        )

    def from_AT(self, at: Any) -> Any:  # noqa: N802
        """The end of a text counts as a character that nothing else names, because a match can fail there."""
        return Character.LITERAL(_END) if at in {AT_END, AT_END_STRING} else super().from_AT(at)

    def from_ATOMIC_GROUP(self, elements: Any) -> Any:  # noqa: N802
        return self.sequence_or_singleton(elements)


def slow_example(expression: Expression) -> str | None:
    """A text on which the expression takes at least quadratic time, as Python code; None if regexploit finds none."""
    anchored = expression.text.startswith(("^", r"\A")) and not expression.pattern.flags & re.MULTILINE
    before = _ANYWHERE if expression.searched and not anchored else ""
    behind = r"\Z" if "fullmatch" in expression.methods else ""
    found = find(_Parser().parse_sre(f"{before}(?:{expression.text}){behind}", expression.pattern.flags & _FLAGS))
    return str(found[0].example()) if found else None


def expressions() -> list[Expression]:
    """All regular expressions of the package, the functions and the local stack."""
    files = {path: _module_name(path) for path in _files()}
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    called = {path: _calls(tree) for path, tree in trees.items()}
    anywhere: dict[str, set[str]] = {}
    for calls in called.values():
        for name, methods in calls.items():
            anywhere.setdefault(name, set()).update(methods)
    found = dict.fromkeys(_of_openapi())
    for path, module_name in files.items():
        found |= dict.fromkeys(_written_in_calls(trees[path], module_name))
        module = importlib.import_module(module_name)
        for name, value in sorted(vars(module).items()):
            if _imported(module, name, trees[path]):
                continue
            methods = called[path].get(name, set()) if name.startswith("_") else anywhere.get(name, set())
            for pattern in _patterns_in(value, module_name):
                where = f"{module_name}.{name}"
                used = {_PASSED_ON[where]} if where in _PASSED_ON else methods
                found[Expression(where, pattern, frozenset(used))] = None
    return list(found)


def _files() -> Iterator[Path]:
    for folder in (PACKAGE, FUNCTIONS, ROOT / "local"):
        for path in sorted(folder.rglob("*.py")):
            if path.name not in {"__main__.py", "__init__.py"}:
                yield path


def _module_name(path: Path) -> str:
    root = PACKAGE.parent if path.is_relative_to(PACKAGE) else ROOT
    return ".".join(path.relative_to(root).with_suffix("").parts)


def _calls(tree: ast.AST) -> dict[str, set[str]]:
    """The methods that are called, by the last name before the dot: `patterns._TIME.search` -> `_TIME`: `search`.

    A name that is used in any other way may be used by every method.
    """
    calls: dict[str, set[str]] = {}
    methods: dict[ast.AST, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _METHODS | {"pattern", "flags"}:
            methods[node.value] = node.attr
    for node in ast.walk(tree):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
        if name and isinstance(node.ctx, ast.Load):  # type: ignore[attr-defined]  # both have it
            method = methods.get(node, "search")
            if method in _METHODS:
                calls.setdefault(name, set()).add(method)
    return calls


def _written_in_calls(tree: ast.AST, module: str) -> Iterator[Expression]:
    """The patterns in calls such as `re.split(r"\\s", text)`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=method),
                args=[ast.Constant(value=str() | bytes() as written), *_],
            ) if method in _METHODS:
                yield Expression(f"{module}:{node.lineno}", re.compile(written), frozenset({method}))


def _of_openapi() -> Iterator[Expression]:
    document = json.loads((PACKAGE / "api" / "openapi.json").read_text(encoding="utf-8"))
    for pattern in sorted(set(_values_of("pattern", document))):
        yield Expression("openapi.json", re.compile(pattern), frozenset({"search"}))


def _values_of(key: str, document: object) -> Iterator[str]:
    if isinstance(document, Mapping):
        for name, value in document.items():
            if name == key and isinstance(value, str):
                yield value
            yield from _values_of(key, value)
    elif isinstance(document, list):
        for value in document:
            yield from _values_of(key, value)


def _imported(module: ModuleType, name: str, tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and any((alias.asname or alias.name) == name for alias in node.names)
        for node in ast.iter_child_nodes(tree)
    )


def _patterns_in(value: object, module: str, depth: int = 0) -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    """The compiled patterns in a value: itself, in containers, in dataclasses, in what a cached function of `mail`
    returns."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, LazyExpression):
        yield value.compiled
    elif isinstance(value, Table):
        yield from value.patterns
    elif depth == _DEEPEST or isinstance(value, type | str | bytes):
        return
    elif isinstance(value, Mapping):
        for item in (*value.keys(), *value.values()):
            yield from _patterns_in(item, module, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _patterns_in(item, module, depth + 1)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _patterns_in(getattr(value, field.name), module, depth + 1)
    elif isinstance(value, _lru_cache_wrapper) and ".mail." in module and not value.__wrapped__.__code__.co_argcount:
        yield from _patterns_in(value(), module, depth + 1)

"""Joins the modules of the console into few files, because each request through API Gateway is one invocation.

There is no bundler: the modules keep to a small part of the language (docs/console.md, "Rules for modules"), and each
one becomes a function that is called once, in the order of imports. PackError says which module breaks a rule; the
tests pack the console, so it is never raised on AWS.

- An *entry* is `app.js`, or a module that another one loads by `import("./x.js")`. It is served under its own name.
- `app.js` also holds everything that the first view shares with other views, so the first view needs few files.
- What several other entries need is in a file of its own, `shared-<n>.js`, so that no module is ever there twice.
- Vendored libraries are left as they are.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping

from email_channels.expressions import expression
from email_channels.values import dataclass

APP = "app.js"
FIRST_VIEW = "views/cases.js"
VENDORED = "vendor/"

# A comment of JSDoc: types for the check. `/**` does not occur in other places, unlike `/*` ("image/*").
_COMMENT = expression(r"/\*\*(?:[^*]|\*(?!/))*\*/")
_IMPORT = expression(r'^import (?:(?P<names>[^";]*) from )?"(?P<path>\.[^"\n]+)";[ \t]*\n', re.MULTILINE)
_DYNAMIC = expression(r'\bimport\("(?P<path>\.[^"]+)"\)')
_META_URL = expression(r"\bimport\.meta\.url\b")
_DEFAULT_NAMED = expression(r"^export default (?=(?:async )?(?:function\*?|class) (?P<name>[\w$]+))", re.MULTILINE)
_DEFAULT_VALUE = expression(r"^export default (?!(?:async )?(?:function|class)\b)", re.MULTILINE)
_NAMED = expression(r"^export (?=(?:async )?(?:function\*?|class|const) (?P<name>[\w$]+))", re.MULTILINE)
_LEFT = expression(r"^(?:import|export)\b(?!\().*", re.MULTILINE)


class PackError(Exception):
    """A module does not keep to the rules. The message names it."""


@dataclass(frozen=True, slots=True)
class Module:
    """A module without its imports and exports. Paths are relative to the console's folder.

    `imports` holds, for each static import, the path and its names: (name in the other module, name here). `loads` are
    the modules that it loads later. `exports` are (name outside, name here).
    """

    path: str
    code: str
    imports: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    loads: tuple[str, ...]
    exports: tuple[tuple[str, str], ...]

    @property
    def variable(self) -> str:
        """The name of the object with its exports."""
        return variable(self.path)


def variable(path: str) -> str:
    """`views/cases.js` -> `m_views_cases`."""
    return "m_" + re.sub(r"\W", "_", path.removesuffix(".js"))


def pack(sources: Mapping[str, str]) -> dict[str, str]:
    """The files to serve, by path, from the modules by path. Raises PackError."""
    modules = {path: read_module(path, text) for path, text in sources.items() if not path.startswith(VENDORED)}
    _check_paths(modules, sources)
    files = _files(modules)
    holder = {path: name for name, paths in files.items() for path in paths}
    return {name: _file(name, paths, modules, holder) for name, paths in files.items()}


def read_module(path: str, text: str) -> Module:
    """Reads a module. Raises PackError if it does not keep to the rules."""
    code = _COMMENT.sub("", text)
    imports = tuple((_resolved(path, m["path"]), _names(path, m["names"])) for m in _IMPORT.finditer(code))
    code = _IMPORT.sub("", code)
    exports = [("default", m["name"]) for m in _DEFAULT_NAMED.finditer(code)]
    code = _DEFAULT_NAMED.sub("", code)
    if _DEFAULT_VALUE.search(code):
        exports.append(("default", "m_default"))
        code = _DEFAULT_VALUE.sub("const m_default = ", code)
    exports += [(m["name"], m["name"]) for m in _NAMED.finditer(code)]
    code = _NAMED.sub("", code)
    if left := _LEFT.search(code):
        raise PackError(f"{path}: this import or export has another form than the console's modules use: {left[0]}")
    loads = tuple(_resolved(path, m["path"]) for m in _DYNAMIC.finditer(code))
    return Module(path, code.strip(), imports, loads, tuple(exports))


def _names(path: str, names: str | None) -> tuple[tuple[str, str], ...]:
    """`Default, { a, b as c }` -> (default, Default), (a, a), (b, c)."""
    found: list[tuple[str, str]] = []
    for part in re.findall(r"\{[^{}]*\}|[^,{}]+", names or ""):
        text = part.strip()
        if text.startswith("{"):
            for name in filter(None, (each.strip() for each in text[1:-1].split(","))):
                outside, _, here = name.partition(" as ")
                found.append((outside.strip(), (here or outside).strip()))
        elif re.fullmatch(r"[\w$]+", text):
            found.append(("default", text))
        elif text:
            raise PackError(f"{path}: imports are by name: {text}")
    return tuple(found)


def _resolved(path: str, relative: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))


def _check_paths(modules: Mapping[str, Module], sources: Mapping[str, str]) -> None:
    for module in modules.values():
        for wanted in [*(path for path, _ in module.imports), *module.loads]:
            if wanted not in sources:
                raise PackError(f"{module.path}: there is no module {wanted}")


def _files(modules: Mapping[str, Module]) -> dict[str, list[str]]:
    """Which file holds which modules, each list in the order in which they run."""
    entries = {APP, *(path for module in modules.values() for path in module.loads if path in modules)}
    reach = {entry: _reach(entry, modules) for entry in sorted(entries)}
    needed_by = {path: frozenset(e for e in reach if path in reach[e]) for path in modules}
    first = reach.get(FIRST_VIEW, [])
    in_app = set(reach[APP]) | {path for path in first if len(needed_by[path]) > 1}
    if late := (in_app & entries) - {APP}:
        raise PackError(f"{', '.join(sorted(late))}: loaded later, but another module imports it")
    files: dict[str, list[str]] = {APP: _in_order(in_app, modules)}
    shared: dict[frozenset[str], list[str]] = {}
    for entry in sorted(entries - {APP}):
        for path in reach[entry]:
            if path not in in_app and len(needed_by[path]) > 1 and path not in entries:
                group = shared.setdefault(needed_by[path], [])
                if path not in group:
                    group.append(path)
        files[entry] = [path for path in reach[entry] if path == entry or needed_by[path] == {entry}]
    for number, group in enumerate(shared.values(), 1):
        files[f"shared-{number}.js"] = group
    return files


def _in_order(wanted: set[str], modules: Mapping[str, Module]) -> list[str]:
    order: list[str] = []
    for path in sorted(wanted, key=lambda path: (path == APP, path)):  # app.js runs last: it starts the console
        for each in _reach(path, modules):
            if each in wanted and each not in order:
                order.append(each)
    return order


def _reach(entry: str, modules: Mapping[str, Module]) -> list[str]:
    """The module and all that it imports, in the order in which they run. Raises PackError for a cycle."""
    order: list[str] = []
    under_way: list[str] = []

    def visit(path: str) -> None:
        if path in order or path not in modules:
            return
        if path in under_way:
            raise PackError(f"modules import each other: {' -> '.join([*under_way, path])}")
        under_way.append(path)
        for wanted, _ in modules[path].imports:
            visit(wanted)
        under_way.pop()
        order.append(path)

    visit(entry)
    return order


def _file(name: str, paths: Iterable[str], modules: Mapping[str, Module], holder: Mapping[str, str]) -> str:
    """The text of a file: its imports, each module as a function that is called once, and its exports."""
    here = list(paths)
    wanted = sorted({path for each in here for path, _ in modules[each].imports if path not in here})
    lines = []
    for path in wanted:
        if path in modules:
            lines.append(f'import {{ {variable(path)} }} from "{_relative(name, holder[path])}";')
        else:
            lines.append(f'import * as {variable(path)} from "{_relative(name, path)}";')
    lines += [_function(modules[path], name) for path in here]
    lines.append(f"export {{ {', '.join(variable(path) for path in here)} }};")
    if name in modules:
        for outside, _ in modules[name].exports:
            value = f"{variable(name)}.{outside}"
            lines.append(f"export default {value};" if outside == "default" else f"export const {outside} = {value};")
    return "\n".join(lines) + "\n"


def _function(module: Module, name: str) -> str:
    names = [(path, ", ".join(a if a == b else f"{a}: {b}" for a, b in pairs)) for path, pairs in module.imports]
    bindings = "".join(f"const {{ {pairs} }} = {variable(path)};\n" for path, pairs in names if pairs)
    code = _DYNAMIC.sub(lambda m: _load(module, m["path"], name), module.code)
    code = _META_URL.sub(f'new URL("{_relative(name, module.path)}", import.meta.url).href', code)
    exports = ", ".join(outside if outside == here else f"{outside}: {here}" for outside, here in module.exports)
    return f"// {module.path}\nconst {module.variable} = (() => {{\n{bindings}{code}\nreturn {{ {exports} }};\n}})();"


def _load(module: Module, path: str, name: str) -> str:
    return f'import("{_relative(name, _resolved(module.path, path))}")'


def _relative(start: str, target: str) -> str:
    path = posixpath.relpath(target, posixpath.dirname(start) or ".")
    return path if path.startswith("..") else f"./{path}"

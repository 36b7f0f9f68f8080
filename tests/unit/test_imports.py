"""Imports follow the order of the package's folders, and never form a circle."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.paths import FUNCTIONS, PACKAGE, ROOT

SDKS = {"boto3", "botocore", "pynamodb"}

ORDER = ("bootstrap", "jobs", "intake", "followup", "outbound", "api", "aws", "cases", "mail")
"""What each folder (or module) of the package may import: those behind it, and the modules at the top."""

PURE = ("cases", "mail")
"""Bytes and values in, values out: no clock, no environment, no AWS."""

VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}


def modules(folder: Path, package: str) -> dict[str, Path]:
    """The modules of a folder: their files by dotted name."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [package, *path.relative_to(folder).with_suffix("").parts]
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


@cache
def package() -> dict[str, Path]:
    return modules(PACKAGE, "email_channels")


@cache
def deployed() -> dict[str, Path]:
    return {**package(), **modules(FUNCTIONS, "functions")}


@cache
def imports(path: Path) -> frozenset[str]:
    """Everything that a file imports, at any place: modules, and the names imported from them."""
    return frozenset(_imports(ast.parse(path.read_text(encoding="utf-8"))))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import does not show which module it names"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def is_aws(name: str) -> bool:
    return name == "email_channels.aws" or name.startswith("email_channels.aws.")


def reachable(starts: set[str]) -> set[str]:
    """The package's modules that these import, directly or not; themselves included."""
    seen: set[str] = set()
    waiting = [name for name in starts if name in package()]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(target for target in imports(package()[name]) if target in package())
    return seen


def test_sdk() -> None:
    """Only the folder `aws` imports an AWS SDK."""
    offenders = {name for name, path in package().items() if not is_aws(name) and tops(path) & SDKS}
    assert offenders == set()


def test_sdk_in_functions() -> None:
    """Of the functions, only `setup` imports an AWS SDK."""
    offenders = {name for name, path in modules(FUNCTIONS, "functions").items() if tops(path) & SDKS}
    assert {name.split(".")[1] for name in offenders} == {"setup"}


def folder_of(name: str) -> str:
    """The folder of a module below `email_channels`; "" for a module at the top."""
    parts = name.split(".")
    return parts[1] if len(parts) > 2 or name in FOLDERS else ""


FOLDERS = {f"email_channels.{path.parent.name}" for path in PACKAGE.glob("*/__init__.py")}


def targets(name: str) -> set[str]:
    """The modules of the package that one of them imports."""
    return {target for target in imports(package()[name]) if target in package()} - {name, "email_channels"}


def test_order_of_folders() -> None:
    order = {folder: n for n, folder in enumerate((*ORDER, ""))}
    offenders = {
        f"{name} imports {target}"
        for name in package()
        for target in targets(name)
        if order[folder_of(target)] < order[folder_of(name)]
    }
    assert offenders == set()


def test_every_folder_has_a_place() -> None:
    """Every folder has a place in the order."""
    assert {name.split(".")[1] for name in FOLDERS} <= set(ORDER)


def test_no_circle() -> None:
    left = {name: targets(name) for name in package()}
    while free := {name for name, needs in left.items() if not needs & left.keys()}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert sorted(left) == []


def test_no_hidden_import() -> None:
    """A circle that only type checkers see is still a circle for readers."""
    offenders = set()
    for name, path in deployed().items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                hidden = {target for part in node.body for target in _imports(part)}
                offenders |= {f"{name} hides {target}" for target in hidden if target.startswith("email_channels")}
    assert offenders == set()


def test_pure_core() -> None:
    impure = {"os", "time", "random", "secrets", "socket"}
    allowed = {("email_channels.cases.references", "secrets")}
    """Random ids, for what people cause."""
    found = {(name, top) for name, path in package().items() if folder_of(name) in PURE for top in tops(path) & impure}
    assert found <= allowed


def test_ports() -> None:
    """Otherwise the adapter that a use case calls could import that use case."""
    aws = {name for name in package() if is_aws(name)}
    below = {target for name in aws for target in imports(package()[name]) if target in package()} - aws
    assert below, "aws stores the core's values"
    assert sorted(name for name in reachable(below) if is_aws(name)) == []


def test_package() -> None:
    """The package imports neither functions nor the local stack."""
    offenders = {name for name, path in package().items() if tops(path) & {"functions", "local", "tests"}}
    assert offenders == set()


def test_functions() -> None:
    """No function imports the local stack or another function."""
    for name, path in modules(FUNCTIONS, "functions").items():
        assert not tops(path) & {"local", "tests"}, name
        others = {target.split(".")[1] for target in imports(path) if target.startswith("functions.")}
        assert others <= {name.split(".")[1]} if "." in name else not others, name


@cache
def whole_project() -> dict[str, Path]:
    """All Python files of the project, by dotted name."""
    rest = {top: modules(ROOT / top, top) for top in ("local", "tools", "bench", "tests")}
    return {**deployed(), **rest["local"], **rest["tools"], **rest["bench"], **rest["tests"]}


def is_test(name: str) -> bool:
    """Whether a module belongs to the tests, but not to tests/support."""
    return name.startswith("tests.") and name.split(".")[1] != "support"


def test_tests_are_not_imported() -> None:
    """Shared code is in tests/support; a fixture is in the conftest of its folder."""
    offenders = {
        f"{name} imports {target}"
        for name, path in whole_project().items()
        for target in imports(path)
        if is_test(target)
    }
    assert offenders == set()


def test_support() -> None:
    """Only tests and commands import tests/support."""
    importers = {name.split(".")[0] for name, path in whole_project().items() if "tests" in tops(path)}
    assert importers <= {"tests", "tools", "bench"}


def test_tracer() -> None:
    """Tracer alone adds 400 ms to a cold start."""
    for name, path in deployed().items():
        traced = {target for target in imports(path) if "xray" in target or "tracing" in target or "Tracer" in target}
        assert traced == set(), name


def test_mail_parser() -> None:
    """Only `mail/parsing.py` imports mail-parser."""
    assert {name for name, path in deployed().items() if "mailparser" in tops(path)} == {"email_channels.mail.parsing"}


def test_module_names() -> None:
    """Modules are named after what they hold."""
    assert {name for name in deployed() if name.split(".")[-1] in VAGUE} == set()


def test_folder_size() -> None:
    """A reader who looks for a file reads the whole list."""
    assert len([path for path in PACKAGE.glob("*.py") if path.name != "__init__.py"]) <= 10
    crowded = {}
    for top in (PACKAGE, FUNCTIONS, ROOT / "local", ROOT / "tools", ROOT / "tests"):
        for folder in {path.parent for path in top.rglob("*.py")}:
            count = len([path for path in folder.glob("*.py") if path.name != "__init__.py"])
            if count > 25:
                crowded[str(folder.relative_to(ROOT))] = count
    assert crowded == {}

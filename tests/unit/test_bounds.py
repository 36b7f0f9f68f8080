"""Each limit: exactly at the bound is accepted, and one above is refused, or cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest

from tests.support.bounds import (
    of_addresses,
    of_cases,
    of_intake,
    of_items,
    of_requests,
    of_routes,
    of_views,
    of_words,
)
from tests.support.bounds.elsewhere import NO_BOUNDS, TESTED_ELSEWHERE
from tests.support.paths import FUNCTIONS, PACKAGE, ROOT

BOUNDS = [
    *of_addresses.BOUNDS,
    *of_cases.BOUNDS,
    *of_intake.BOUNDS,
    *of_items.BOUNDS,
    *of_requests.BOUNDS,
    *of_routes.BOUNDS,
    *of_views.BOUNDS,
    *of_words.BOUNDS,
]
_NAME = re.compile(r"\b[A-Z_][A-Z0-9_]*\b")
_ASSIGNED = re.compile(r"^(?:[A-Z_][A-Z0-9_]*(?:: [^=\n]+)? = )+", re.MULTILINE)
"""The names to which a module assigns something."""
_NAMED = re.compile(r"_?(?:MAX|MOST|LONGEST|LARGEST)(?:_|$)")


@pytest.mark.parametrize(("name", "accepts"), BOUNDS, ids=[f"{name} {accepts.__name__}" for name, accepts in BOUNDS])
def test_bound(name: str, accepts: Callable[[int], bool]) -> None:
    module, _, constant = name.rpartition(".")
    bound = getattr(import_module(module if module.startswith("functions.") else f"email_channels.{module}"), constant)
    assert accepts(bound)
    assert not accepts(bound + 1)


def test_smallest_page() -> None:
    """A page holds one item at least."""
    assert of_requests.page(1)
    assert not of_requests.page(0)


def test_each_bound_has_a_test() -> None:
    """Whoever adds a constant with such a name adds a test of its bound, or says why it has none.

    `mail/` has its own tests: `mail/test_exact_limits.py` for all limits, and examples for what it recognises.
    """
    named = {name for name in _constants() if not name.startswith("mail.")}
    known = {name for name, _ in BOUNDS} | {*TESTED_ELSEWHERE} | {*NO_BOUNDS}
    assert named - known == set()
    assert {name for name in known if _NAMED.match(name.rpartition(".")[2])} - named == set()


def test_tests_elsewhere() -> None:
    """They are there."""
    for test in TESTED_ELSEWHERE.values():
        file, _, function = test.partition("::")
        assert f"def {function}(" in (ROOT / "tests" / file).read_text(), test


def _constants() -> Iterator[str]:
    for root, prefix in ((PACKAGE, ""), (FUNCTIONS, "functions.")):
        for file in root.rglob("*.py"):
            module = prefix + ".".join(file.relative_to(root).with_suffix("").parts)
            for assigned in _ASSIGNED.finditer(file.read_text()):
                yield from (f"{module}.{name}" for name in _NAME.findall(assigned[0]) if _NAMED.match(name))

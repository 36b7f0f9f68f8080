"""`email_channels.values.dataclass` does what Python's own does."""

from __future__ import annotations

import ast
import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, replace
from typing import Any

import pytest
from email_channels import values

from tests.support.paths import FUNCTIONS, PACKAGE


@values.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0
    tags: tuple[str, ...] = field(default_factory=tuple)
    seen: str | None = field(default=None, compare=False)
    secret: bytes = field(default=b"", repr=False)


@values.dataclass(frozen=True, slots=True)
class Point3(Point):
    z: int = 0


@values.dataclass(frozen=True, kw_only=True)
class Named:
    name: str = "it"
    size: int


@values.dataclass(slots=True)
class Changeable:
    size: int
    names: list[str] = field(default_factory=list)


@values.dataclass(frozen=True, slots=True)
class Nothing:
    """Has a docstring, and no field."""


def defined(decorator: Callable[..., Any], frozen: bool = True, kw_only: bool = False) -> Any:
    class Sample:
        a: int
        b: str = "b"
        c: list[int] = field(default_factory=list)

    return decorator(frozen=frozen, slots=True, kw_only=kw_only)(Sample)


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("kw_only", [False, True])
@pytest.mark.parametrize(
    ("given", "named"),
    [
        ((1,), {}),
        ((1, "x", [2]), {}),
        ((), {"a": 1}),
        ((), {"a": 1, "c": [3]}),
        ((), {}),
        ((1,), {"d": 1}),
        ((1, 2), {}),
    ],
)
def test_like_pythons_own(frozen: bool, kw_only: bool, given: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Takes and refuses the same arguments, and looks the same."""
    seen: list[tuple[Any, ...]] = []
    for decorator in (values.dataclass, dataclasses.dataclass):
        made = defined(decorator, frozen, kw_only)
        for _ in range(2):  # the first call compiles
            try:
                seen.append((repr(made(*given, **named)), made.__match_args__, made.__slots__))
            except TypeError:
                seen.append(("refused",))
    assert seen == seen[:1] * 4


def test_frozen() -> None:
    point: Any = Point(1)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    with pytest.raises(FrozenInstanceError):
        point.new = 1
    assert not hasattr(point, "__dict__")
    assert point == Point(1)


def test_changeable() -> None:
    value = Changeable(1)
    value.size = 2
    value.names.append("a")
    assert value == Changeable(2, ["a"])
    assert Changeable(1) != value
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)
    with pytest.raises(AttributeError):
        value.new = 1  # type: ignore[attr-defined]


def test_equality_and_hash() -> None:
    """By the fields that are compared, and never with another class."""
    assert Point(1, 2, ("a",), "then") == Point(1, 2, ("a",), "now")
    assert hash(Point(1, 2, seen="then")) == hash(Point(1, 2, seen="now"))
    assert Point(1) != Point(2)
    assert Point(1) != Point3(1)
    other: object = (1, 0, (), b"")
    assert Point(1) != other
    assert Nothing() == Nothing()
    assert {Nothing(): 1, Named(size=1): 2} == {Nothing(): 1, Named(size=1): 2}
    with pytest.raises(TypeError, match="unhashable"):
        hash(Named(size=[]))  # type: ignore[arg-type]


def test_repr() -> None:
    assert repr(Point3(1, z=3, secret=b"s")) == "Point3(x=1, y=0, tags=(), seen=None, z=3)"
    assert repr(Nothing()) == "Nothing()"


def test_defaults_are_made_for_each() -> None:
    made = defined(values.dataclass)
    assert made(1).c is not made(1).c


@pytest.mark.parametrize("value", [Point3(1, 2, ("a",), "now", b"s", 3), Named(size=4), Changeable(5), Nothing()])
def test_copies(value: Any) -> None:
    copies = [copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value)), replace(value)]
    assert copies == [value] * 4
    assert [repr(one) for one in copies] == [repr(value)] * 4


def test_replace_and_match() -> None:
    match replace(Point(1, 2), y=3):
        case Point(x, y, tags=()):
            assert (x, y) == (1, 3)
        case _:
            pytest.fail("no match")


def test_what_is_not_done_is_refused() -> None:
    class Computed:
        x: int

        def __post_init__(self) -> None:
            pass

    class Partly:
        x: int = field(init=False, default=1)

    for one in (Computed, Partly):
        with pytest.raises(TypeError, match=r"use dataclasses\.dataclass"):
            values.dataclass(frozen=True)(one)


def test_all_classes_are_made_so() -> None:
    """Those of Python make each cold start longer."""
    found = {
        str(path)
        for path in (*PACKAGE.rglob("*.py"), *FUNCTIONS.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
        if any(alias.name == "dataclass" for alias in node.names)
    }
    assert found == {str(PACKAGE / "values.py")}

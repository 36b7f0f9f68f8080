"""Values of items compare and measure as those of unpatched moto (local/moto_patches/fast_values.py)."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from moto.dynamodb.models.dynamo_type import DynamoType

from local.moto_patches import fast_values

VALUES: list[dict[str, Any]] = [
    *({"S": text} for text in ("", "a", "b", "Löhne \u200b\U0001f550", "12")),
    *({"N": number} for number in ("12", "12.0", "-3", "1E2")),
    *({"B": raw} for raw in (b"", b"a")),
    *({"BOOL": truth} for truth in (True, False)),
    {"NULL": True},
    {"SS": ["a", "b"]},
    {"NS": ["1", "2"]},
    {"L": [{"S": "a"}, {"N": "1"}]},
    {"M": {"a": {"S": "b"}, "n": {"N": "1"}}},
]


@contextmanager
def patched() -> Iterator[None]:
    undo = fast_values.install()
    try:
        yield
    finally:
        undo()


def described(value: dict[str, Any]) -> tuple[Any, ...]:
    one = DynamoType(value)
    return one.cast_value, one.size(), one.compare("=", [one])


def compared(first: dict[str, Any], second: dict[str, Any]) -> list[Any]:
    one, other = DynamoType(first), DynamoType(second)
    found: list[Any] = [one == other, one != other]
    if first.keys() == second.keys() and first.keys() <= {"S", "N"}:
        found += [one < other, one <= other, one > other, one >= other, hash(one) == hash(other)]
    return found


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_same_values(value: dict[str, Any]) -> None:
    expected = described(value)
    with patched():
        assert described(value) == expected


def test_same_order() -> None:
    pairs = list(product(VALUES, VALUES))
    expected = [compared(*pair) for pair in pairs]
    with patched():
        assert [compared(*pair) for pair in pairs] == expected


def test_undone() -> None:
    before = DynamoType.cast_value, DynamoType.size
    with patched():
        assert DynamoType.size is not before[1]
    assert (DynamoType.cast_value, DynamoType.size) == before

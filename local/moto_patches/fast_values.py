"""Compares and measures strings of DynamoDB's items quickly.

moto asks each value about all kinds of values before it takes a string for a string. A query sorts and measures all
items of its partition, most of which are strings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moto.dynamodb.models.dynamo_type import DynamoType

_STRING = "S"


def install() -> Callable[[], None]:
    """Patches this process's moto. Returns a function that removes the patch."""
    from moto.dynamodb.models.dynamo_type import DynamoType

    values: Any = DynamoType
    cast, size = values.cast_value, values.size
    cast_others = cast.fget

    def cast_quickly(value: DynamoType) -> Any:
        return value.value if value.type == _STRING else cast_others(value)

    def size_quickly(value: DynamoType) -> int:
        return len(value.value.encode()) if value.type == _STRING else size(value)

    def undo() -> None:
        values.cast_value, values.size = cast, size

    values.cast_value, values.size = property(cast_quickly), size_quickly
    return undo

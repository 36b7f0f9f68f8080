"""Watches the calls to AWS that this process makes, and ends it at one of them."""

import math
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from botocore.client import BaseClient


class Killed(BaseException):
    """The process ends here; nothing catches that."""


@dataclass
class AwsCalls:
    """Names and parameters in order. `kill` (number from 0, `before` or `after` it) ends the process there, once."""

    made: list[tuple[str, Any]] = field(default_factory=list)
    kill: tuple[int, str] | None = None

    def begin(self, kill: tuple[int, str] | None = None) -> None:
        """Forgets what was made."""
        self.made.clear()
        self.kill = kill

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.made]

    def write_units(self) -> int:
        """What DynamoDB counts for the new items that were put: one unit a KB, and one for each index they are in."""
        return sum(_units(parameters["Item"]) for name, parameters in self.made if name == "PutItem")


def watch(monkeypatch: pytest.MonkeyPatch) -> AwsCalls:
    """Watches from now on; lets one call through at a time, as moto's conditions do not hold among threads."""
    calls = AwsCalls()
    lock = threading.Lock()
    # Private to botocore, but the one place that the calls of all clients pass.
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def make(client: BaseClient, name: str, parameters: Any) -> Any:
        number = len(calls.made)
        calls.made.append((name, parameters))
        if calls.kill == (number, "before"):
            raise Killed
        with lock:
            answer = call(client, name, parameters)
        if calls.kill == (number, "after"):
            raise Killed
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", make)
    return calls


def _units(item: dict[str, Any]) -> int:
    indexes = sum(f"gsi{n}pk" in item for n in (1, 2, 3))
    return math.ceil(item_size(item) / 1024) + indexes


def item_size(item: dict[str, Any]) -> int:
    """Bytes, as DynamoDB counts them: names and values, a set's members, one for a boolean.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    size = 0
    for name, typed in item.items():
        value = TypeDeserializer().deserialize(typed)
        members = value if isinstance(value, set) else [value]
        size += len(name.encode()) + sum(_value_size(member) for member in members)
    return size


def _value_size(value: Any) -> int:
    if isinstance(value, bool):
        return 1
    return len(bytes(value)) if hasattr(value, "value") else len(str(value).encode())

"""Dataclasses that cost little to define.

`dataclass` here does what `dataclasses.dataclass` does with the same arguments, and type checkers take it for that. It
refuses classes that do more than set fields (`__post_init__`, `field(init=False)`).

Python's own writes up to six methods for each class as text and compiles them, which was half of the import of our
modules. Here the classes share methods, and `__init__` is compiled on first use. Decision 59 has the figures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool = False, slots: bool = False, kw_only: bool = False) -> Callable[[type], type]:
        """A decorator. A class that is not frozen cannot be hashed, as usual."""

        def made(cls: type) -> type:
            for name, method in _FROZEN.items() if frozen else _CHANGEABLE.items():
                setattr(cls, name, method)
            cls.__doc__ = cls.__doc__ or cls.__name__  # else dataclasses would look for the signature
            cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
            if hasattr(cls, "__post_init__") or any(not field.init for field in fields(cls)):
                raise TypeError(f"{cls.__qualname__} does more than set fields: use dataclasses.dataclass")
            cls.__init__, cls._compared = _compiled_on_first_use(cls, frozen), staticmethod(_compared(cls))
            return cls

        return made


class _Value:
    """The methods of all classes."""

    def __eq__(self: Any, other: object) -> bool:
        compared = self._compared
        return bool(compared(self) == compared(other)) if other.__class__ is self.__class__ else NotImplemented

    def __repr__(self: Any) -> str:
        shown = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
        return f"{self.__class__.__qualname__}({', '.join(shown)})"


class _FrozenValue:
    """Further methods of frozen classes. The last two are for copies."""

    def __hash__(self: Any) -> int:
        return hash(self._compared(self))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __getstate__(self: Any) -> list[Any]:
        return [getattr(self, field.name) for field in fields(self)]

    def __setstate__(self: Any, state: list[Any]) -> None:
        for field, value in zip(fields(self), state, strict=True):
            object.__setattr__(self, field.name, value)


_CHANGEABLE = {"__eq__": _Value.__eq__, "__repr__": _Value.__repr__, "__hash__": None}
_FROZEN = _CHANGEABLE | {name: method for name, method in vars(_FrozenValue).items() if callable(method)}


def _compared(cls: Any) -> Callable[[object], object]:
    """Reads the values of an instance that count for equality."""
    names = [field.name for field in fields(cls) if field.compare]
    return attrgetter(*names) if names else lambda _: ()


def _compiled_on_first_use(cls: Any, frozen: bool) -> Callable[..., None]:
    def first(self: object, *values: object, **named: object) -> None:
        cls.__init__ = _init(cls, frozen)
        cls.__init__(self, *values, **named)

    return first


def _init(cls: Any, frozen: bool) -> Callable[..., None]:
    """`__init__` as a person would write it."""
    known: dict[str, Any] = {"MISSING": MISSING, "set_field": object.__setattr__}
    arguments, lines = ["self"], ["pass"]
    for field in sorted(fields(cls), key=lambda field: bool(field.kw_only)):
        name, value = field.name, field.name
        if field.kw_only and "*" not in arguments:
            arguments.append("*")
        if field.default_factory is not MISSING:
            known[f"make_{name}"] = field.default_factory
            value = f"make_{name}() if {name} is MISSING else {name}"
            arguments.append(f"{name}=MISSING")
        elif field.default is not MISSING:
            known[f"default_{name}"] = field.default
            arguments.append(f"{name}=default_{name}")
        else:
            arguments.append(name)
        lines.append(f"set_field(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    text = f"def __init__({', '.join(arguments)}):\n " + "\n ".join(lines)
    exec(text, known)  # noqa: S102 - the text has names of fields, and nothing from outside
    init: Callable[..., None] = known["__init__"]
    return init

"""Regular expressions that are compiled on first use.

The package has some 350 of them, and most emails need few. To compile them all would take a third of a cold start.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any, AnyStr, Generic, cast


def expression(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Like `re.compile`, for names at the top of a module: `_SPACES: Final = expression(r"\\s+")`.

    It takes the place of a compiled pattern, but must not be passed to functions of `re`.
    """
    return cast("re.Pattern[AnyStr]", LazyExpression(pattern, flags))


class LazyExpression(Generic[AnyStr]):
    """What `expression` returns. Each method is looked up once, and is then that of the compiled pattern."""

    def __init__(self, pattern: AnyStr, flags: int) -> None:
        self.pattern: AnyStr = pattern
        self._flags = flags

    @cached_property
    def compiled(self) -> re.Pattern[AnyStr]:
        """The compiled pattern."""
        return re.compile(self.pattern, self._flags)

    @property
    def flags(self) -> int:
        return self.compiled.flags

    @cached_property
    def search(self) -> Callable[..., Any]:
        return self.compiled.search

    @cached_property
    def match(self) -> Callable[..., Any]:
        return self.compiled.match

    @cached_property
    def fullmatch(self) -> Callable[..., Any]:
        return self.compiled.fullmatch

    @cached_property
    def sub(self) -> Callable[..., Any]:
        return self.compiled.sub

    @cached_property
    def split(self) -> Callable[..., Any]:
        return self.compiled.split

    @cached_property
    def findall(self) -> Callable[..., Any]:
        return self.compiled.findall

    @cached_property
    def finditer(self) -> Callable[..., Any]:
        return self.compiled.finditer

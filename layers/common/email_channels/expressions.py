"""Regular expressions that are compiled on first use.

The package has some 350 of them, and most emails need few. To compile them all would take a third of a cold start.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, AnyStr, Generic, cast


def expression(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Like `re.compile`, for names at the top of a module: `_SPACES: Final = expression(r"\\s+")`.

    It takes the place of a compiled pattern, but must not be passed to functions of `re`.
    """
    return cast("re.Pattern[AnyStr]", LazyExpression(pattern, flags))


class LazyExpression(Generic[AnyStr]):
    """What `expression` returns: it has all that the compiled pattern has."""

    def __init__(self, pattern: AnyStr, flags: int) -> None:
        self.pattern: AnyStr = pattern
        self._flags = flags

    @cached_property
    def compiled(self) -> re.Pattern[AnyStr]:
        """The compiled pattern."""
        return re.compile(self.pattern, self._flags)

    def __getattr__(self, name: str) -> Any:
        """Called once for each name: from then on, the attribute is there."""
        self.__dict__[name] = found = getattr(self.compiled, name)
        return found

"""How many functions a piece of work calls: how much is computed, whatever the machine does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def calls(work: Callable[[], object]) -> int:
    """The calls of Python's and C's functions, when the work is done for the second time."""
    count = 0

    def see(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    work()
    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count

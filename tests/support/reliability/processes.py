"""The handlers of the functions, which all run in this process."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tests.support.reliability.deliveries import Function


def handler(function: Function) -> Callable[[Any, LambdaContext], Any]:
    """The handler of a function, as Lambda calls it."""
    found: Callable[[Any, LambdaContext], Any] = importlib.import_module(f"functions.{function}.app").handler
    return found

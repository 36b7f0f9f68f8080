"""The processes of the functions, all of them in this one: what Lambda calls, and what a new one does not remember."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tests.support.reliability.deliveries import Function


def handler(function: Function) -> Callable[[Any, LambdaContext], Any]:
    """What Lambda calls."""
    found: Callable[[Any, LambdaContext], Any] = importlib.import_module(f"functions.{function}.app").handler
    return found

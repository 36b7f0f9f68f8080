"""The processes of the functions, all of them in this one: what Lambda calls, and what a new one does not remember."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, get_args

from aws_lambda_powertools.utilities.typing import LambdaContext

from tests.support.reliability.deliveries import Function


def handler(function: Function) -> Callable[[Any, LambdaContext], Any]:
    """What Lambda calls."""
    found: Callable[[Any, LambdaContext], Any] = importlib.import_module(f"functions.{function}.app").handler
    return found


def modules() -> list[Any]:
    """Those of the functions that keep something from one call to the next."""
    apps = [importlib.import_module(f"functions.{name}.app") for name in get_args(Function)]
    return [*apps, importlib.import_module("functions.agent_api.deployment")]


def forget() -> None:
    """Drops all that."""
    for module in modules():
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()

"""Makes this process like the new process of a function. Tests run all functions in this one process."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from email_channels import bootstrap, observability
from email_channels.aws import clients, timeouts


def forget_use_cases() -> None:
    """Drops the settings and use cases that the functions keep from one event to the next."""
    for name in bootstrap_modules():
        _clear_caches(importlib.import_module(name))


def forget_clients() -> None:
    """Drops the AWS clients, and the last invocation's deadline."""
    timeouts.set_deadline(float("inf"))
    _clear_caches(clients)


def forget_logger() -> None:
    """Drops the logger, which keeps the name and the level that the environment had at its first use."""
    _clear_caches(observability)


def bootstrap_modules() -> list[str]:
    """The names of the modules that build use cases."""
    return [f"{bootstrap.__name__}.{module.name}" for module in pkgutil.iter_modules(bootstrap.__path__)]


def _clear_caches(module: ModuleType) -> None:
    for value in vars(module).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()

"""Logs, without personal data: ids, reasons and counts, never subjects, bodies, names or addresses."""

from __future__ import annotations

from functools import lru_cache

from aws_lambda_powertools import Logger


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The structured logger of this process; its service name comes from POWERTOOLS_SERVICE_NAME."""
    return Logger()

"""The log. It holds ids, reasons and counts, but no personal data: no subjects, bodies, names or addresses."""

from __future__ import annotations

from functools import lru_cache

from aws_lambda_powertools import Logger


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The structured logger of this process. Powertools reads its service name from POWERTOOLS_SERVICE_NAME."""
    return Logger()

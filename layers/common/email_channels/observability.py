"""Logs and metrics, without personal data: ids, reasons and counts, never subjects, bodies, names or addresses."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from aws_lambda_powertools import Logger, Metrics

from email_channels.address_forms import domain_of, normalise


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The structured logger of this process; its service name comes from POWERTOOLS_SERVICE_NAME."""
    return Logger()


@lru_cache(maxsize=1)
def metrics() -> Metrics:
    """The metrics of this process (CloudWatch embedded metric format)."""
    return Metrics()


def redacted(address: str | None) -> str:
    """An address as a log may hold it: a short hash that is the same each time, and the domain."""
    if not address:
        return "none"
    digest = hashlib.sha256(normalise(address).encode("utf-8", "replace")).hexdigest()[:8]
    return f"{digest}@{domain_of(address)}"

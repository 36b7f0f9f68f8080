"""The log. It holds ids, reasons and counts, but no personal data: no subjects, bodies, names or addresses.

Filters of the template read lines of it for the alarms: `tests/unit/template/test_log_lines.py` lists those that they
need. Other lines carry the metrics of the dashboard.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from functools import lru_cache

from aws_lambda_powertools import Logger

from email_channels.errors import SendRefused


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The structured logger of this process.

    Each line is paid for, so it has no field that says what is known: the log group names the function, and a message
    occurs at one place in the code. Lambda takes the level and the time from a line if the time is as in RFC 3339.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    """
    made = Logger(location=None, datefmt="%Y-%m-%dT%H:%M:%S.%FZ", utc=True)
    made.remove_keys(["service"])
    return made


def counted(metric: str, by: Mapping[str, str], *, seconds: Mapping[str, float] | None = None) -> dict[str, object]:
    """Fields of a log line from which CloudWatch makes metrics (the embedded metric format): `metric` with the value
    1, and metrics in `seconds`, for each field in `by` as the only dimension.

    Powertools reads their namespace from POWERTOOLS_METRICS_NAMESPACE; without it, the stack has no dashboard, and
    there are no such fields. Each value of a dimension is a metric that costs money, so these are outcomes, reasons and
    types, and nothing of a person.
    """
    if not os.environ.get("POWERTOOLS_METRICS_NAMESPACE"):
        return {}
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit  # most stacks have no dashboard

    metrics = EphemeralMetrics(service="")  # or the name of the function would be a further dimension
    metrics.add_metric(metric, MetricUnit.Count, 1)
    for name, value in (seconds or {}).items():
        metrics.add_metric(name, MetricUnit.Seconds, value)
    (first, *others) = by.items()
    metrics.add_dimension(*first)
    for dimension, of in others:
        metrics.add_dimensions(**{dimension: of})
    return dict(metrics.serialize_metric_set())


def raised(error: BaseException) -> dict[str, object]:
    """The type of an error, where it was raised, and the code that AWS gave it (None: it has none).

    They are fields of a log line. The message is left out: it may hold an address, or text of an email.
    """
    root = error.__cause__ or error
    answer = getattr(root, "response", None)  # a document in botocore's ClientError, nothing or an object in others
    code = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
    if isinstance(error, SendRefused):
        code = error.code
    places = traceback.extract_tb(root.__traceback__)[-6:]
    where = [f"{place.filename.rpartition('/')[2]}:{place.lineno} {place.name}" for place in places]
    return {"error": type(root).__name__, "code": code, "where": where}


def log_unsent_automatic_email(record_id: str) -> None:
    """Logs that an acknowledgement or a sender's copy was not sent (MaxAutomaticEmailsPerHour)."""
    logger().error("automatic email not sent: too many in this hour", extra={"record": record_id})

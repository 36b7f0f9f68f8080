"""The log. It holds ids, reasons and counts, but no personal data: no subjects, bodies, names or addresses.

Filters of the template read lines of it, for alarms and for the dashboard. `tests/unit/template/test_log_lines.py`
lists the lines that they need.
"""

from __future__ import annotations

import traceback
from functools import lru_cache

from aws_lambda_powertools import Logger

from email_channels.errors import SendRefused


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The structured logger of this process. Powertools reads its service name from POWERTOOLS_SERVICE_NAME."""
    return Logger()


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

"""Keys in the table's indexes. `docs/data-model.md` lists the access patterns that need them.

A sort key begins with a time (`times.to_text`), which sorts the partition by that time. It ends with the item's id, so
that no two sort keys are equal.
"""

from __future__ import annotations

from datetime import datetime

from email_channels.aws.rows import keys
from email_channels.cases.case import CaseStatus
from email_channels.times import to_text

EMPLOYEES = "EMPLOYEES"
"""gsi1: the directory, by user id."""

UNPROCESSED = "UNPROCESSED"
"""gsi1: unprocessed emails, by the time they were received."""

TO_NOTIFY = "TO_NOTIFY"
"""gsi2: unprocessed emails whose notification has not been sent, by the time it is due."""

TO_PURGE = "TO_PURGE"
"""gsi2: unprocessed emails that will be purged, by the time from which they may be purged."""

TO_SEND = "TO_SEND"
"""gsi2: outbound entries that SES has not confirmed, by the time they were written."""


def cases(service_group: str, status: CaseStatus) -> str:
    """The gsi1 partition of the cases of a group and status, by their last activity."""
    return f"CASES#{service_group}#{status.value}"


def employee(user_id: str) -> str:
    """The gsi2 partition of an employee's cases, by the time they were created."""
    return f"EMPLOYEE#{keys.bounded(user_id)}"


def thread(thread_key: str) -> str:
    """The gsi3 partition of the emails received under a Message-ID (`identity.message_id_key`)."""
    return f"THREAD#{thread_key}"


def original(object_key: str) -> str:
    """The gsi4 partition of the record that names an original in the bucket."""
    return f"ORIGINAL#{object_key}"


def at_time(at: str, item_id: str) -> str:
    """The sort key of an item at a time."""
    return f"{at}#{item_id}"


def until(at: datetime) -> str:
    """A sort key after those of all items at this time or earlier. No id has a character that sorts after `~`."""
    return f"{to_text(at)}#~"


def thread_key_of(partition: str) -> str:
    """The thread key in a gsi3 partition."""
    return partition.partition("#")[2]

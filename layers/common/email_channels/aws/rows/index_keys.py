"""Keys in the table's indexes. `docs/data-model.md` lists the access patterns that need them.

A sort key begins with a time (`keys.short_time`), which sorts the partition by that time. It ends with the item's id,
so that no two sort keys are equal. Each byte of a key is billed in the item and in the index.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from email_channels.aws.rows import keys
from email_channels.cases.case import CaseStatus
from email_channels.cases.references import encode
from email_channels.times import to_text

# Of the 128 bits of a Message-ID's hash, the key has 125, and of an object's 65: they only lead to items.
_THREAD_CHARACTERS: Final = 25
_HASH_CHARACTERS: Final = 13

EMPLOYEES = "EMPLOYEES"
"""gsi1: the directory, by user id."""

UNPROCESSED = "UNPROCESSED"
"""gsi1: unprocessed emails, by the time they were received."""

PEOPLE = "PEOPLE"
"""gsi1: people who use the API, by name."""

ACTIVITY = "ACTIVITY"
"""gsi4: cases and entries, by the time of their arrival, or of their creation if no email arrived."""

ARRIVED_UNPROCESSED = "ARRIVED_UNPROCESSED"
"""gsi4: unprocessed emails, by the time of their arrival."""

TO_NOTIFY = "TO_NOTIFY"
"""gsi2: unprocessed emails whose notification has not been sent, by the time it is due."""

TO_PURGE = "TO_PURGE"
"""gsi2: unprocessed emails that will be purged, by the time from which they may be purged."""

TO_SEND = "TO_SEND"
"""gsi2: outbound entries that SES has not confirmed, by the time they were written."""

TO_NOTICE = "TO_NOTICE"
"""gsi2: agents' emails whose delivery failed, which their cases have not noticed yet, by the time of the failure."""

UNFINISHED_JOBS = "UNFINISHED_JOBS"
"""gsi2: jobs that have not ended, by the time at which something happened about them."""

TO_ERASE = "TO_ERASE"
"""gsi2: tombstones of which something is still to be deleted, by the time of the erasure."""


def cases(service_group: str, status: CaseStatus) -> str:
    """The gsi1 partition of the cases of a group and status, by their last activity."""
    return f"CASES#{service_group}#{status.value}"


def employee(user_id: str) -> str:
    """The gsi2 partition of an employee's cases, by the time they were created."""
    return f"EMPLOYEE#{keys.bounded(user_id)}"


def thread(thread_key: str) -> str:
    """The gsi3 partition of the emails received under a Message-ID (`identity.message_id_key`), by the time they were
    received."""
    return f"T#{encode(bytes.fromhex(thread_key), _THREAD_CHARACTERS)}"


def audit_target(action: str, target: str) -> str:
    """The gsi1 partition of the audit records of a target. Those of emails, notes, attachments: with their case."""
    if action.startswith(("email.", "note.", "attachment.")):
        target = target.partition("/")[0]
    return f"AUDIT_TARGET#{keys.bounded(target.casefold())}"


def audit_actor(actor: str) -> str:
    """The gsi2 partition of the audit records of an actor."""
    return f"AUDIT_ACTOR#{keys.bounded(actor)}"


def activity(at: datetime, record_id: str, object_key: str | None) -> str:
    """The gsi4 sort key of an email, or of a case that a person made.

    `at` is the time at which the bucket stored the original, so that `reconcile` finds the email by its original.
    Without an original (`object_key` is None), it is the time at which the item was made. `record_id` is the id of the
    case, or of the unprocessed email.
    """
    return f"{original(at, object_key)}{record_id}"


def original(at: datetime, object_key: str | None) -> str:
    """The beginning of the gsi4 sort key of the email with this original, which the bucket stored at `at`."""
    return f"{keys.short_time(to_text(at))}#{_short_hash(object_key) if object_key else ''}#"


def activity_of_case(sort_key: str, case_id: str) -> str:
    """The gsi4 sort key of an email (`activity`) after it was moved to another case."""
    beginning, _, _ = sort_key.rpartition("#")
    return f"{beginning}#{case_id}"


def _short_hash(object_key: str) -> str:
    return encode(hashlib.sha256(object_key.encode()).digest(), _HASH_CHARACTERS)


def at_time(at: str, item_id: str) -> str:
    """The sort key of an item at a time."""
    return f"{keys.short_time(at)}#{item_id}"


def time_of(sort_key: str) -> str:
    """The time in a sort key that `at_time` made, as `times.to_text` writes it."""
    return keys.time_of_short(sort_key.partition("#")[0])


def before(at: datetime) -> str:
    """A sort key before those of all items at this time or later, and after all others."""
    return keys.short_time(to_text(at))


def until(at: datetime) -> str:
    """A sort key after those of all items at this time or earlier. No id has a character that sorts after `~`."""
    return f"{keys.short_time(to_text(at))}#~"

"""The Idempotency-Keys of `POST /cases`. They belong to the caller: there is no case yet."""

from __future__ import annotations

from datetime import datetime

from email_channels.aws.rows import keys
from email_channels.aws.rows.outbound_rows import NewCaseKeyRow, new_case_key_row
from email_channels.aws.rows.table import read_row
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class NewCaseKey:
    """A key, with the `sub` of the caller who uses it, the hash of the request, and the time of the request."""

    user: str
    key: str
    request_hash: str
    now: datetime

    def row(self, case_id: str) -> NewCaseKeyRow:
        """The item that says that the request made this case."""
        return new_case_key_row(self.user, self.key, self.request_hash, case_id, self.now)


@dataclass(frozen=True, slots=True)
class FirstCase:
    """The first request with a key: its hash, and the case that it made."""

    request_hash: str
    case_id: str


def first_case(used: NewCaseKey) -> FirstCase | None:
    """The first request with this key within the last day; None if there was none."""
    row = read_row(keys.new_case_key(used.user, used.key), NewCaseKeyRow)
    # DynamoDB deletes expired items hours later.
    if row is None or (row.expires_at or 0) <= used.now.timestamp():
        return None
    return FirstCase(row.request_hash, row.case_id)

"""The Idempotency-Keys of emails and notes. They belong to a caller and a case, and are kept for a day."""

from __future__ import annotations

from datetime import datetime

from email_channels.aws.rows import keys
from email_channels.aws.rows.outbound_rows import IdempotencyRow, idempotency_row
from email_channels.aws.rows.table import read_rows, row_of
from email_channels.errors import EmailChannelsError
from email_channels.values import dataclass


class IdempotencyKeyTaken(EmailChannelsError):
    """Another request has used the same Idempotency-Key before."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A key, with the `sub` of the caller who uses it, and the hash of the request."""

    user: str
    key: str
    request_hash: str

    def row(self, case_id: str, email_id: str, now: datetime) -> IdempotencyRow:
        """The item that says that the request made this entry."""
        return idempotency_row(case_id, self.user, self.key, self.request_hash, email_id, now)


@dataclass(frozen=True, slots=True)
class FirstRequest:
    """The first request with an Idempotency-Key: its hash, and the entry that it made."""

    request_hash: str
    email_id: str


def first_request(case_id: str, used: RequestKey, now: datetime) -> FirstRequest | None:
    """The caller's first request with this key within the last day; None if there was none."""
    # The first release kept a key for all callers together. A request that is repeated after an update finds it there.
    places = [keys.idempotency(case_id, used.user, used.key), keys.shared_idempotency(case_id, used.key)]
    rows = read_rows(places)
    for place in places:
        row = row_of(rows, place, IdempotencyRow)
        # DynamoDB deletes expired items hours later.
        if row is not None and (row.expires_at or 0) > now.timestamp():
            return FirstRequest(row.request_hash, row.email_id)
    return None

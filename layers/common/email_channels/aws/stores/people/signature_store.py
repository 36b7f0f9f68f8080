"""The signatures of agents."""

from __future__ import annotations

from datetime import datetime

from pynamodb.exceptions import UpdateError

from email_channels.aws.retries import condition_failed, retry_transient_faults
from email_channels.aws.rows import keys
from email_channels.aws.rows.people_rows import SIGNATURE_LIFETIME, SignatureRow, signature_of, signature_row
from email_channels.aws.rows.table import Row, expiry, read_row
from email_channels.aws.stores.audit.transactions import audited_transaction
from email_channels.cases.audit.records import Act, AuditAction
from email_channels.cases.people.signature import Signature


class SignatureStore:
    """Reads and writes signatures. Raises PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def get(user: str, now: datetime) -> Signature | None:
        """The signature of this person; None if they have none.

        A signature that is in use never expires: if less than half of its time is left, this prolongs it.
        """
        row = read_row(keys.signature(user), SignatureRow)
        if row is None:
            return None
        if (row.expires_at or 0) < expiry(now + SIGNATURE_LIFETIME / 2):
            _prolong(row, now)
        return signature_of(row)

    @staticmethod
    def put(user: str, signature: Signature | None, now: datetime, act: Act) -> None:
        """Replaces the signature of this person; None removes it. Writes nothing if nothing changes."""
        if SignatureStore.get(user, now) == signature:
            return
        record = act.record(AuditAction.SIGNATURE_PUT, user)
        pk, sk = keys.signature(user)

        def write() -> None:
            with audited_transaction(record) as transaction:
                if signature is None:
                    transaction.delete(SignatureRow(pk=pk, sk=sk))
                else:
                    transaction.save(signature_row(user, signature, now))

        retry_transient_faults(write)


def _prolong(row: SignatureRow, now: datetime) -> None:
    try:
        SignatureRow(pk=row.pk, sk=row.sk).update(
            actions=[Row.expires_at.set(expiry(now + SIGNATURE_LIFETIME))], condition=Row.pk.exists()
        )
    except UpdateError as error:
        if not condition_failed(error):  # otherwise the signature was removed just now
            raise

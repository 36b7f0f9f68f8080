"""What `reconcile` asks and notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pynamodb.attributes import UnicodeAttribute

from email_channels.aws import keys
from email_channels.aws.record_store import read_rows
from email_channels.aws.rows import EmailRow, EntryRow, PointerRow, Row
from email_channels.identity import EmailIdentity

# Records with the same short id stand under the ids of the next salts; more than this many do not occur.
MAX_SALTS = 4


class DoneRow(Row, discriminator="done"):
    """The last day for which the daily part was begun, and the object after which it goes on, unless it is done."""

    day = UnicodeAttribute()
    after = UnicodeAttribute(null=True)


class ReconcileStore:
    """Raises PynamoDB's exceptions for AWS's faults."""

    def originals_left(self, day: date) -> str | None:
        """The key of the original after which that day's look goes on ("": from the first); None if it is done."""
        row = read_rows([keys.originals_done()]).get(keys.originals_done())
        if not isinstance(row, DoneRow) or row.day < day.isoformat():
            return ""
        return row.after if row.day == day.isoformat() else None

    def mark_originals_done(self, day: date, up_to: str | None = None) -> None:
        """Notes that all originals were looked through on that day, or those up to that key."""
        pk, sk = keys.originals_done()
        DoneRow(pk=pk, sk=sk, day=day.isoformat(), after=up_to).save()

    def unfinished(self, identities: Mapping[str, EmailIdentity]) -> list[str]:
        """Of originals by object key, those whose email has no record, or a pointer whose entry is missing."""
        open_keys = dict(identities)
        without: list[str] = []
        pointers: dict[str, PointerRow] = {}
        for salt in range(MAX_SALTS):
            rows = read_rows(keys.head(identity.record_id(salt)) for identity in open_keys.values())
            for object_key, identity in list(open_keys.items()):
                row = rows.get(keys.head(identity.record_id(salt)))
                if row is None:
                    without.append(object_key)
                elif not isinstance(row, EmailRow | PointerRow) or row.identity != identity.key:
                    continue
                elif isinstance(row, PointerRow):
                    pointers[object_key] = row
                del open_keys[object_key]
        entries = read_rows(keys.entry(row.case_id, row.email_id) for row in pointers.values()) if pointers else {}
        return without + [
            object_key
            for object_key, row in pointers.items()
            if not isinstance(entries.get(keys.entry(row.case_id, row.email_id)), EntryRow)
        ]

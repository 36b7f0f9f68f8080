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
    """The last day for which the daily part was done."""

    day = UnicodeAttribute()


class ReconcileStore:
    """Raises PynamoDB's exceptions for AWS's faults."""

    def originals_done_on(self, day: date) -> bool:
        """Whether the originals were looked through on that day or a later one."""
        row = read_rows([keys.originals_done()]).get(keys.originals_done())
        return isinstance(row, DoneRow) and row.day >= day.isoformat()

    def mark_originals_done(self, day: date) -> None:
        """Notes that they were."""
        pk, sk = keys.originals_done()
        DoneRow(pk=pk, sk=sk, day=day.isoformat()).save()

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

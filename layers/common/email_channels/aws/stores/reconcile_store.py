"""What `reconcile` asks and notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from pynamodb.attributes import UnicodeAttribute

from email_channels.aws.rows import keys
from email_channels.aws.rows.table import CaseRow, EmailRow, EntryRow, PointerRow, Row
from email_channels.aws.stores.record_store import read_rows
from email_channels.cases.history import EntryKind
from email_channels.cases.identity import EmailIdentity

# Records with the same short id stand under the ids of the next salts; more than this many do not occur.
MAX_SALTS = 4


class DoneRow(Row, discriminator="done"):
    """The last day for which the daily part was begun, and the object after which it goes on, unless it is done."""

    day = UnicodeAttribute()
    after = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What no event will finish any more.

    `originals`: keys of those whose email has no record, or a pointer whose entry is missing. `cases`: ids of those of
    which nobody was told yet. `entries`: (case id, email id) of those that their case does not know of.
    """

    originals: list[str]
    cases: list[str]
    entries: list[tuple[str, str]]


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

    def unfinished(self, identities: Mapping[str, EmailIdentity]) -> Unfinished:
        """What is left to do for originals, by object key."""
        open_keys = dict(identities)
        without: list[str] = []
        cases: list[CaseRow] = []
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
                elif isinstance(row, CaseRow):
                    cases.append(row)
                del open_keys[object_key]
        entries = _entries(pointers.values())
        return Unfinished(
            originals=[*without, *(key for key, row in pointers.items() if row.pk not in entries)],
            cases=[_id(row) for row in cases if not _followed_up(row)],
            entries=_not_noted(entries.values()),
        )


def _entries(pointers: Iterable[PointerRow]) -> dict[str, EntryRow]:
    """The entries that pointers announce, by the pointers' keys."""
    wanted = {pointer.pk: keys.entry(pointer.case_id, pointer.email_id) for pointer in pointers}
    found = read_rows(wanted.values()) if wanted else {}
    return {pk: row for pk, key in wanted.items() if isinstance(row := found.get(key), EntryRow)}


def _followed_up(row: CaseRow) -> bool:
    """Whether everything was done that follows from a case; `alerted_at` and the acknowledgement come last."""
    return row.summary is None or bool(row.alerted_at and (row.acknowledged_at or not row.acknowledge))


def _not_noted(entries: Iterable[EntryRow]) -> list[tuple[str, str]]:
    """(case id, email id) of emails of people that are newer than the last activity that their case shows."""
    normal = [row for row in entries if row.summary["kind"] == EntryKind.NORMAL.value]
    cases = read_rows(keys.head(_id(row)) for row in normal) if normal else {}
    return [
        (_id(row), row.summary["id"])
        for row in normal
        if isinstance(case := cases.get(keys.head(_id(row))), CaseRow) and case.updated_at < row.summary["at"]
    ]


def _id(row: Row) -> str:
    return row.pk.partition("#")[2]

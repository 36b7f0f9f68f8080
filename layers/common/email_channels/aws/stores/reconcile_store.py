"""Unfinished work that `reconcile` looks for in the table, and how far it has checked the originals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.counter_rows import OriginalsDoneRow
from email_channels.aws.rows.email_rows import EmailRow
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow
from email_channels.aws.rows.table import read_row, read_rows, row_of
from email_channels.cases.history import EntryKind
from email_channels.cases.identity import MAX_SALTS, EmailIdentity


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Unfinished work that no event will finish any more.

    `originals`: object keys of emails without a record, or with a pointer whose entry is missing.
    `cases`: ids of cases whose follow-up (alert, acknowledgement) is not done.
    `entries`: (case id, email id) of entries whose case does not show their activity.
    """

    originals: list[str]
    cases: list[str]
    entries: list[tuple[str, str]]


class ReconcileStore:
    """Reads what is unfinished. Raises PynamoDB's exceptions for AWS's faults."""

    def originals_left(self, day: date) -> str | None:
        """The object key after which the check of the originals continues on that day; None if it is finished.

        "" means from the first original on.
        """
        row = read_row(keys.originals_done(), OriginalsDoneRow)
        if row is None or row.day < day.isoformat():
            return ""
        return row.after if row.day == day.isoformat() else None

    def mark_originals_done(self, day: date, up_to: str | None = None) -> None:
        """Notes that all originals were checked on that day, or only those up to the object key `up_to`."""
        pk, sk = keys.originals_done()
        OriginalsDoneRow(pk=pk, sk=sk, day=day.isoformat(), after=up_to).save()

    def unfinished(self, identities: Mapping[str, EmailIdentity]) -> Unfinished:
        """The unfinished work for these originals. `identities` has their identities by object key."""
        open_keys = dict(identities)
        without: list[str] = []
        cases: list[CaseRow] = []
        pointers: dict[str, PointerRow] = {}
        for salt in range(MAX_SALTS):
            rows = read_rows(keys.record(identity.record_id(salt)) for identity in open_keys.values())
            for object_key, identity in list(open_keys.items()):
                row = rows.get(keys.record(identity.record_id(salt)))
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
            cases=[keys.record_id_of(row.pk) for row in cases if not _followed_up(row)],
            entries=_without_activity(entries.values()),
        )


def _entries(pointers: Iterable[PointerRow]) -> dict[str, EntryRow]:
    """The entries that pointers announce, by the pointers' partition keys."""
    wanted = {pointer.pk: keys.entry(pointer.case_id, pointer.email_id) for pointer in pointers}
    found = read_rows(wanted.values()) if wanted else {}
    return {pk: row for pk, key in wanted.items() if (row := row_of(found, key, EntryRow)) is not None}


def _followed_up(row: CaseRow) -> bool:
    """Whether the follow-up of a case is done: `alerted_at` and the acknowledgement are its last steps."""
    return row.summary is None or bool(row.alerted_at and (row.acknowledged_at or not row.acknowledge))


def _without_activity(entries: Iterable[EntryRow]) -> list[tuple[str, str]]:
    """(case id, email id) of the emails of kind NORMAL that are newer than the last activity of their case."""
    normal = [row for row in entries if row.summary["kind"] == EntryKind.NORMAL.value]
    cases = read_rows(keys.record(keys.record_id_of(row.pk)) for row in normal) if normal else {}
    found = []
    for row in normal:
        case_id = keys.record_id_of(row.pk)
        case = row_of(cases, keys.record(case_id), CaseRow)
        if case is not None and case.updated_at < row.summary["at"]:
            found.append((case_id, row.summary["id"]))
    return found

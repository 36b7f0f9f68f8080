"""Publishes the domain events of records of the table's stream.

Each event is published at least once. A record that fails is delivered again, and its events have the same ids again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.stream_records import Record, item_change, sequence_number
from email_channels.aws.rows.table import read_rows
from email_channels.cases.domain_events.event import DomainEvent
from email_channels.followup.domain_events import events_of, in_case
from email_channels.observability import logger, raised

ReadCases = Callable[[Sequence[str]], Mapping[str, CaseRow]]


class Publisher:
    """Handles batches of the stream's records.

    `put` puts events on the bus, and returns how many of them, from the first one on, are there. `read_cases` returns
    the items of the cases with these ids that exist.
    """

    def __init__(self, put: Callable[[Sequence[DomainEvent]], int], read_cases: ReadCases) -> None:
        self._put = put
        self._read_cases = read_cases

    def publish(self, records: Sequence[Record]) -> str | None:
        """Publishes the events of these records, in order.

        Returns the sequence number of the first record that must be delivered again, with all after it; None if there
        is none.
        """
        made: list[tuple[Record, DomainEvent]] = []
        failed: Record | None = None
        for record in records:
            try:
                made += [(record, event) for event in events_of(item_change(record))]
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the records before it are not to blame
                logger().error("domain events failed", extra={"change": record.get("eventID"), **raised(error)})
                failed = record
                break
        if made:
            told = self._with_cases(made)
            put = self._put([event for _, event in told])
            if put < len(told):
                failed = told[put][0]
        return sequence_number(failed) if failed is not None else None

    def _with_cases(self, made: Sequence[tuple[Record, DomainEvent]]) -> list[tuple[Record, DomainEvent]]:
        """The events, those about entries with what their cases say."""
        wanted = dict.fromkeys(event.case_id for _, event in made if event.case_id and event.topic is None)
        cases = self._read_cases(list(wanted)) if wanted else {}
        told = []
        for record, event in made:
            whole = in_case(event, cases.get(event.case_id)) if event.case_id in wanted else event
            if whole is not None:
                told.append((record, whole))
        return told


def read_cases(case_ids: Sequence[str]) -> dict[str, CaseRow]:
    """The items of the cases with these ids that exist."""
    rows = read_rows([keys.record(case_id) for case_id in case_ids], consistent=False)
    return {keys.record_id_of(row.pk): row for row in rows.values() if isinstance(row, CaseRow)}

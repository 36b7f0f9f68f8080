"""Lists of cases: by service group and status with the newest activity first, and by employee."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.table import KeysRow, Row
from email_channels.cases.case import CaseStatus

# The most keys that one query of an index reads: few enough for one page of DynamoDB (1 MB).
_PAGE = 1000
_HEAD_ATTRIBUTES = ["pk", "sk", "kind", "status", "service_group", "subject", "updated_at"]


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case in a list by activity. `place` is its sort key in the index, which lags a little behind the items."""

    place: str
    case_id: str


@dataclass(frozen=True, slots=True)
class CaseHead:
    """The fields of a case that filters need. `place` is as in ListedCase, but does not lag behind the item."""

    case_id: str
    status: CaseStatus
    service_group: str
    subject: str
    place: str


class CaseLists:
    """Reads the indexes. Raises PynamoDB's exceptions for AWS's faults."""

    def by_activity(
        self, groups: Iterable[str], statuses: Sequence[CaseStatus], before: str | None, page_size: int
    ) -> Iterator[ListedCase]:
        """The cases of these groups and statuses, newest activity first, beginning after the place `before`.

        Needs one query for each group and status, and one more after every `page_size` cases that are taken from it.
        """
        streams = [
            self._partition(index_keys.cases(group, status), before, page_size)
            for group in sorted(groups)
            for status in statuses
        ]
        seen: set[str] = set()
        for listed in heapq.merge(*streams, key=lambda listed: listed.place, reverse=True):
            # A case that was moved a moment ago may still be in its old list too.
            if listed.case_id not in seen:
                seen.add(listed.case_id)
                yield listed

    @staticmethod
    def of_employee(user_id: str, most: int) -> list[str]:
        """The ids of an employee's newest cases, at most `most` of them."""
        found = KeysRow.gsi2.query(
            index_keys.employee(user_id), scan_index_forward=False, limit=most, page_size=min(most, _PAGE)
        )
        return [keys.record_id_of(row.pk) for row in found]

    @staticmethod
    def heads(case_ids: Iterable[str]) -> dict[str, CaseHead]:
        """The fields of these cases that filters need, by case id, read consistently. One call for each hundred."""
        wanted = [keys.record(case_id) for case_id in dict.fromkeys(case_ids)]
        rows = Row.batch_get(wanted, consistent_read=True, attributes_to_get=_HEAD_ATTRIBUTES) if wanted else ()
        heads = [_head_of(row) for row in rows if isinstance(row, CaseRow)]
        return {head.case_id: head for head in heads}

    @staticmethod
    def _partition(partition: str, before: str | None, page_size: int) -> Iterator[ListedCase]:
        condition = KeysRow.gsi1sk < before if before else None
        found = KeysRow.gsi1.query(partition, condition, scan_index_forward=False, page_size=min(page_size, _PAGE))
        return (ListedCase(row.gsi1sk, keys.record_id_of(row.pk)) for row in found)


def _head_of(row: CaseRow) -> CaseHead:
    case_id = keys.record_id_of(row.pk)
    place = index_keys.at_time(row.updated_at, case_id)
    return CaseHead(case_id, CaseStatus(row.status), row.service_group, row.subject, place)

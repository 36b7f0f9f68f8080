"""Which cases there are: by service group and status, newest activity first, and of an employee."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from email_channels.aws.rows import conversion, keys
from email_channels.aws.rows.table import CaseRow, KeysRow, Row
from email_channels.cases.case import CaseStatus

# Sort keys that one query of an index gives at once; few enough to be one page of DynamoDB's.
_PAGE = 1000
_PARTS = ["pk", "sk", "kind", "status", "service_group", "subject", "updated_at"]


@dataclass(frozen=True, slots=True)
class Listed:
    """Where a case stands in a list by activity (`place` sorts), according to the index, which lags a little behind."""

    place: str
    case_id: str


@dataclass(frozen=True, slots=True)
class CaseHead:
    """What filters need of a case; `place` as in Listed."""

    case_id: str
    status: CaseStatus
    service_group: str
    subject: str
    place: str


class CaseLists:
    """Reads the indexes. Raises PynamoDB's exceptions for AWS's faults."""

    def by_activity(
        self, groups: Iterable[str], statuses: Sequence[CaseStatus], before: str | None, page_size: int
    ) -> Iterator[Listed]:
        """The cases of these groups and statuses, newest activity first, after a place.

        One query for each group and status, and one more for each `page_size` cases that are taken of it.
        """
        streams = [
            self._partition(conversion.cases_partition(group, status), before, page_size)
            for group in sorted(groups)
            for status in statuses
        ]
        seen: set[str] = set()
        for listed in heapq.merge(*streams, key=lambda listed: listed.place, reverse=True):
            # A case that was moved just now may still stand in its old list too.
            if listed.case_id not in seen:
                seen.add(listed.case_id)
                yield listed

    @staticmethod
    def of_employee(user_id: str, most: int) -> list[str]:
        """The ids of at most so many cases of an employee, those made last."""
        found = KeysRow.gsi2.query(
            conversion.employee_partition(user_id), scan_index_forward=False, limit=most, page_size=min(most, _PAGE)
        )
        return [row.pk.partition("#")[2] for row in found]

    @staticmethod
    def heads(case_ids: Iterable[str]) -> dict[str, CaseHead]:
        """What filters need of these cases, by id, read consistently: a call for each hundred."""
        wanted = [keys.head(case_id) for case_id in dict.fromkeys(case_ids)]
        rows = Row.batch_get(wanted, consistent_read=True, attributes_to_get=_PARTS) if wanted else ()
        heads = [_head_of(row) for row in rows if isinstance(row, CaseRow)]
        return {head.case_id: head for head in heads}

    @staticmethod
    def _partition(partition: str, before: str | None, page_size: int) -> Iterator[Listed]:
        condition = KeysRow.gsi1sk < before if before else None
        found = KeysRow.gsi1.query(partition, condition, scan_index_forward=False, page_size=min(page_size, _PAGE))
        return (Listed(row.gsi1sk, row.pk.partition("#")[2]) for row in found)


def _head_of(row: CaseRow) -> CaseHead:
    case_id = row.pk.partition("#")[2]
    return CaseHead(case_id, CaseStatus(row.status), row.service_group, row.subject, f"{row.updated_at}#{case_id}")

"""Lists of cases: of service groups, and of all groups, with the newest activity first; and of an employee."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import chain

from email_channels.addresses import normalise
from email_channels.aws import clients
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow, last_activity_of, waiting_on_of
from email_channels.aws.rows.codec import agent_from_json, snapshot_from_json
from email_channels.aws.rows.search_rows import CaseWordsRow, case_words_of
from email_channels.aws.rows.table import READ_BATCH, KeysRow, Row, read_rows, row_of
from email_channels.aws.stores.cursor_key_store import CursorKeyStore
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.cases.case import CaseStatus, WaitingOn
from email_channels.cases.people.agent import Agent
from email_channels.times import from_text
from email_channels.values import dataclass

MAX_KEYS = 1000
"""The most keys that one query of an index reads. They are few enough for one page of DynamoDB (1 MB)."""

MAX_WITH_ROUTING = READ_BATCH - 2
"""The most cases that are read in one call together with the routing and the key of cursors."""

# Most pages of the list of all groups need no more keys.
_FIRST_KEYS = 250
# botocore's client keeps this many connections open.
_MOST_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case in an index, which lags a little behind the items. `place` is its sort key there."""

    place: str
    case_id: str


@dataclass(frozen=True, slots=True)
class CaseHead:
    """The fields of a case that filters need. `row` is its item.

    `updated` is its place in the lists of its service group, `activity` its place in the list of all groups. Neither
    lags behind the item. `words` are those under which it is found; empty if they were not read.
    """

    case_id: str
    status: CaseStatus
    service_group: str
    topic: str
    mailbox: str | None
    assignee: Agent | None
    unread: bool
    waiting_on: WaitingOn
    updated_at: datetime
    updated: str
    activity: str
    row: CaseRow
    words: frozenset[str]


class CaseLists:
    """Reads the indexes. Raises PynamoDB's exceptions for AWS's faults."""

    def __init__(self, routing: RoutingStore, cursor_key: CursorKeyStore) -> None:
        self._routing = routing
        self._cursor_key = cursor_key

    def of_groups(
        self, groups: Iterable[str], statuses: Sequence[CaseStatus], before: str | None, page_size: int
    ) -> Iterator[ListedCase]:
        """The cases of these groups and statuses, newest activity first, beginning after the place `before`.

        Needs one query for each group and status, all at the same time, and one more after every `page_size` cases that
        are taken from it. A case that was moved a moment ago may be in its old list and in its new one.
        """
        streams = [
            self._partition(index_keys.cases(group, status), before, page_size)
            for group in sorted(groups)
            for status in statuses
        ]
        return heapq.merge(*_started(streams), key=lambda listed: listed.place, reverse=True)

    @staticmethod
    def first_place(since: datetime) -> str:
        """The place in `of_groups` at which the cases begin whose activity is as new as this time, or newer."""
        return index_keys.before(since)

    @staticmethod
    def of_all_groups(before: str | None) -> Iterator[ListedCase]:
        """The cases of all groups in the log of activity, newest first, beginning after the place `before`.

        A case is in the log once for itself and once for each email. Its place in the list is `CaseHead.activity`.
        Reads MAX_KEYS keys at most, in two queries at most.
        """
        last = before
        for most in (_FIRST_KEYS, MAX_KEYS - _FIRST_KEYS):
            condition = KeysRow.gsi4sk < last if last else None
            query = KeysRow.gsi4.query(
                index_keys.ACTIVITY, condition, scan_index_forward=False, limit=most, page_size=most
            )
            found = list(query)
            yield from (ListedCase(row.gsi4sk, keys.record_id_of(row.pk)) for row in found)
            if len(found) < most:
                return
            last = found[-1].gsi4sk

    @staticmethod
    def of_employee(user_id: str, most: int) -> list[str]:
        """The ids of an employee's newest cases, at most `most` of them."""
        found = KeysRow.gsi2.query(
            index_keys.employee(user_id), scan_index_forward=False, limit=most, page_size=min(most, MAX_KEYS)
        )
        return [keys.record_id_of(row.pk) for row in found]

    def addresses_of(self, user_id: str, most: int) -> tuple[list[str], set[str]]:
        """The ids of an employee's newest cases, at most `most`, and the normalised addresses that these have for them:
        those from which they wrote. One call for each hundred cases."""
        case_ids = self.of_employee(user_id, most)
        employees = [snapshot_from_json(head.row.employee) for head in self.heads(case_ids).values()]
        own = (employee for employee in employees if employee is not None and employee.user_id == user_id)
        return case_ids, {normalise(employee.email) for employee in own if employee.email}

    def heads(
        self, case_ids: Iterable[str], *, with_routing: bool = False, with_words: bool = False, consistent: bool = True
    ) -> dict[str, CaseHead]:
        """These cases by case id. Cases that are gone are left out. One call for each hundred.

        `with_routing` also reads the routing and the key of cursors, if they are not known. Then MAX_WITH_ROUTING cases
        still need one call. `with_words` also reads the words of the cases: one call for each fifty.
        """
        ids = list(case_ids)
        wanted = [keys.record(case_id) for case_id in ids]
        wanted += [keys.case_words(case_id) for case_id in ids] if with_words else []
        if with_routing:
            wanted += [] if self._routing.is_recent else [keys.routing()]
            wanted += [] if self._cursor_key.is_read else [keys.cursor_key()]
        rows = read_rows(wanted, consistent=consistent) if wanted else {}
        if keys.routing() in wanted:
            self._routing.keep(rows.get(keys.routing()))
        if keys.cursor_key() in wanted:
            self._cursor_key.keep(rows.get(keys.cursor_key()))
        heads = [
            _head_of(row, rows.get(keys.case_words(case_id)))
            for case_id in ids
            if (row := row_of(rows, keys.record(case_id), CaseRow)) is not None
        ]
        return {head.case_id: head for head in heads}

    @staticmethod
    def _partition(partition: str, before: str | None, page_size: int) -> Iterator[ListedCase]:
        condition = KeysRow.gsi1sk < before if before else None
        found = KeysRow.gsi1.query(partition, condition, scan_index_forward=False, page_size=min(page_size, MAX_KEYS))
        return (ListedCase(row.gsi1sk, keys.record_id_of(row.pk)) for row in found)


def _head_of(row: CaseRow, words: Row | None) -> CaseHead:
    case_id = keys.record_id_of(row.pk)
    return CaseHead(
        case_id=case_id,
        status=CaseStatus(row.status),
        service_group=row.service_group,
        topic=row.topic,
        mailbox=row.mailbox,
        assignee=agent_from_json(row.assignee),
        unread=bool(row.unread_from),
        waiting_on=waiting_on_of(row),
        updated_at=from_text(row.updated_at),
        updated=row.gsi1sk or "",
        activity=last_activity_of(row),
        row=row,
        words=case_words_of(words).all if isinstance(words, CaseWordsRow) else frozenset(),
    )


def _started(streams: Sequence[Iterator[ListedCase]]) -> list[Iterator[ListedCase]]:
    """The streams, after the first query of each. The queries run at the same time."""
    if len(streams) < 2:
        return list(streams)
    clients.dynamodb()  # creating a client is not thread-safe; using it is
    with ThreadPoolExecutor(min(len(streams), _MOST_AT_ONCE)) as threads:
        return list(threads.map(_start, streams))


def _start(stream: Iterator[ListedCase]) -> Iterator[ListedCase]:
    first = next(stream, None)
    return chain([first] if first else [], stream)

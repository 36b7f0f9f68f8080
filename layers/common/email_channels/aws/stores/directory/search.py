"""Finds employees by the beginnings of words of their names.

Each word of a name has an item. The items of one first letter are one partition, sorted by word. A search reads the
items of one of its words, and leaves out employees whose other words do not match: each item has all words.
"""

from __future__ import annotations

from collections.abc import Sequence

from email_channels.aws.rows import keys
from email_channels.aws.rows.directory_rows import EmployeeRow, EmployeeWordRow, employee_of, words_of
from email_channels.aws.rows.table import read_rows, row_of
from email_channels.cases.directory import Employee
from email_channels.cases.search.words import matches
from email_channels.values import dataclass

# The most items of words that one query reads: at most some 600 KB, which is less than the 1 MB of one call.
MOST_WORDS = 1000
# The most words of a search that are tried, to find one that few employees have.
_MOST_QUERIES = 3
_END_OF_PLACE = "#"


@dataclass(frozen=True, slots=True)
class _Words:
    """Items of words that begin with `begin`, in order. `complete`: there are no more of them."""

    begin: str
    items: Sequence[EmployeeWordRow]
    complete: bool


class EmployeeSearch:
    """Finds employees by words. Raises PynamoDB's exceptions for AWS's faults."""

    def find(
        self, searched: tuple[str, ...], limit: int, after: str | None, without: frozenset[str] = frozenset()
    ) -> tuple[list[tuple[Employee, str]], str | None]:
        """At most `limit` employees with names that match all `searched` words, each with their place.

        Also returns the `after` of the next page; None at the end. Employees with a user id in `without` are left out.
        A page reads at most 3,000 items of words with three queries, and the employees that it shows. It can be short,
        or empty, before the end: if each of the words is the beginning of a word of more than MOST_WORDS employees.
        """
        if not searched:
            return [], None
        words = self._continued(searched, limit, after) if after else self._first(searched, limit)
        found: list[EmployeeWordRow] = []
        more = None if words.complete or not words.items else _place(words, words.items[-1])
        for item in words.items:
            if item.user_id not in without and _is_wanted(item, words.begin, searched):
                if len(found) == limit:
                    more = _place(words, found[-1])
                    break
                found.append(item)
        rows = read_rows(keys.employee(item.user_id) for item in found) if found else {}
        employees = [
            (employee, _place(words, item))
            for item in found
            if (row := row_of(rows, keys.employee(item.user_id), EmployeeRow)) is not None
            # Between the two reads, somebody may have changed the name.
            and matches(words_of(employee := employee_of(row)), searched)
        ]
        return employees, more

    def _first(self, searched: tuple[str, ...], limit: int) -> _Words:
        """The items of a word that few employees have, or else of the longest word."""
        begins = sorted(searched, key=lambda word: (-len(word), word))[:_MOST_QUERIES]
        tried = []
        for begin in begins:
            tried.append(_read(begin, _most(searched, limit)))
            if tried[-1].complete:
                return tried[-1]
        return tried[0]

    def _continued(self, searched: tuple[str, ...], limit: int, after: str) -> _Words:
        begin, _, sk = after.partition(_END_OF_PLACE)
        if begin not in searched or not sk.startswith(begin):
            # Only a cursor that we did not make says this. It may read from the beginning.
            return self._first(searched, limit)
        return _read(begin, _most(searched, limit), sk)


def _most(searched: tuple[str, ...], limit: int) -> int:
    """How many items to read. Of one word, nearly all match; of several, many may not match."""
    return min(MOST_WORDS, limit + 1) if len(searched) == 1 else MOST_WORDS


def _read(begin: str, most: int, after: str | None = None) -> _Words:
    pk, _ = keys.employee_word(begin, "")
    items = list(
        EmployeeWordRow.query(
            pk,
            EmployeeWordRow.sk.startswith(begin),
            consistent_read=True,
            limit=most,
            page_size=most,
            last_evaluated_key={"pk": {"S": pk}, "sk": {"S": after}} if after else None,
        )
    )
    return _Words(begin, items, complete=len(items) < most)


def _is_wanted(item: EmployeeWordRow, begin: str, searched: tuple[str, ...]) -> bool:
    """Whether the employee matches, and is shown at this word: at the first of their words that begin so."""
    words = tuple(item.words.split())
    word = keys.employee_word_of(item.sk)
    return matches(words, searched) and word == next((one for one in words if one.startswith(begin)), None)


def _place(words: _Words, item: EmployeeWordRow) -> str:
    return f"{words.begin}{_END_OF_PLACE}{item.sk}"

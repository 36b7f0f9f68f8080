"""Finds cases by the beginnings of their words.

The items of words with one first letter are one partition, sorted by word, and within a word the newest case first. A
search reads the cases of the terms that few cases have. What it finds is checked against the case itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from email_channels.aws.rows import keys
from email_channels.aws.rows.table import KeysRow
from email_channels.cases.search.case_search import Term
from email_channels.values import dataclass

MOST_WORDS = 1000
"""The most items of words that one query reads: some 40 KB, which is less than the 1 MB of one call."""

# The most terms of a search that are read, and so the most queries of a page.
_MOST_QUERIES = 3
# Among so few cases, the other terms are looked up in the cases themselves.
_FEW = 100
_END_OF_BEGIN = "#"


@dataclass(frozen=True, slots=True)
class FoundWords:
    """The items of words that begin with `begin`, in order: each with its place, its word and its case.

    `complete`: there are no more of them.
    """

    begin: str
    items: Sequence[tuple[str, str, str]]
    complete: bool

    @property
    def cases(self) -> frozenset[str]:
        """The ids of all these cases."""
        return frozenset(case_id for _, _, case_id in self.items)


class WordSearch:
    """Reads items of words. Raises PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def first(terms: Sequence[Term]) -> list[FoundWords]:
        """The beginnings of the lists of some of these terms, the longest terms first: at most three queries.

        Reads no more if one list is complete and short.
        """
        found: list[FoundWords] = []
        for begin in sorted({term.begin for term in terms}, key=lambda begin: (-len(begin), begin))[:_MOST_QUERIES]:
            found.append(_read(begin, None))
            if found[-1].complete and len(found[-1].items) <= _FEW:
                break
        return found

    @staticmethod
    def after(place: str) -> FoundWords:
        """What follows in a list after the place of an item. Needs one query."""
        begin, _, sk = place.partition(_END_OF_BEGIN)
        return _read(begin, sk)


def _read(begin: str, after: str | None) -> FoundWords:
    pk, _ = keys.case_word(begin, "", "")
    rows = KeysRow.query(
        pk,
        KeysRow.sk.startswith(begin),
        limit=MOST_WORDS,
        page_size=MOST_WORDS,
        attributes_to_get=["pk", "sk"],
        last_evaluated_key={"pk": {"S": pk}, "sk": {"S": after}} if after else None,
    )
    items = [(f"{begin}{_END_OF_BEGIN}{row.sk}", *keys.case_word_of(row.sk)) for row in rows]
    return FoundWords(begin, items, complete=len(items) < MOST_WORDS)

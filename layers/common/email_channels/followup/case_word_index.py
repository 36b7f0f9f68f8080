"""Keeps the words under which a case is found in step with its subject, its people, and its emails.

Every step starts from what is stored now, so a record of the table's stream may come twice, late or out of order.
"""

from __future__ import annotations

from functools import partial

from email_channels.aws.rows.search_rows import CaseWordsRow, case_words_of
from email_channels.aws.stores.follow_up_store import FollowUpStore, NewCase, NewEntry
from email_channels.aws.stores.searching.word_store import WordStore
from email_channels.cases.search.case_words import OF_CASE, CaseWords, words_of_case, words_of_email


class CaseWordIndex:
    """Finds and keeps words. `own` are the normalised addresses of this system. Raises what AWS raises."""

    def __init__(self, store: FollowUpStore, own: frozenset[str]) -> None:
        self._store = store
        self._own = own
        self._words = WordStore()

    def index(self, case_id: str) -> bool:
        """Brings the words of a case up to date. Returns whether something was missing."""
        new = self._store.new_case(case_id)
        return new is not None and self.index_case(new)

    def index_case(self, new: NewCase) -> bool:
        """Indexes the words of a case and of the email that it was made from. Returns whether something was missing."""
        words, known = words_of_case(new.case, self._own), _known(new.words)
        changed = bool(new.row.entries) if known is None else known.by_source.get(OF_CASE) != words
        if changed or new.row.words_due:
            return self._rebuild(new)
        return self._words.add(new.row, new.words, OF_CASE, words)

    def index_entry(self, new: NewEntry) -> bool:
        """Indexes the words that an entry adds to its case. Returns whether something was missing."""
        known = _known(new.words)
        if known is None or OF_CASE not in known.by_source or new.case.words_due:
            # Older code made the case, or a step was given up.
            case = self._store.new_case(new.entry.case_id)
            return case is not None and self._rebuild(case)
        words = words_of_email(new.case.mailbox, self._own, new.entry.email, known)
        return self._words.add(new.case, new.words, new.entry.email.email_id, words)

    def _rebuild(self, new: NewCase) -> bool:
        of_email = partial(words_of_email, new.case.mailbox, self._own)
        self._words.rebuild(new.row, new.words, {OF_CASE: words_of_case(new.case, self._own)}, of_email)
        return True


def _known(row: CaseWordsRow | None) -> CaseWords | None:
    return case_words_of(row) if row is not None else None

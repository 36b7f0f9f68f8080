"""Keeps the words under which cases are found.

The list of a case's words is written before the items of these words, and shortened after items are deleted. So the
list always names every item that there is, and an erasure finds them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pynamodb.exceptions import UpdateError

from email_channels.aws.retries import condition_failed, retry_on_conflict
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.entry_rows import EntryRow, entry_of
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.search_rows import (
    CaseWordsRow,
    case_words_of,
    case_words_row,
    made_at,
    word_keys,
)
from email_channels.aws.rows.table import Row, existing, read_row, version_of
from email_channels.aws.stores.searching.word_batches import delete_words, write_words
from email_channels.cases.history import StoredEmail
from email_channels.cases.search.case_words import CaseWords

WordsOfEmail = Callable[[StoredEmail, CaseWords], tuple[str, ...]]
"""The words that an email adds to those that its case has."""


class WordStore:
    """Writes words. Every write can be repeated. Raises ConcurrentChange, Fault, and PynamoDB's exceptions."""

    def add(self, case: CaseRow, stored: CaseWordsRow | None, source: str, words: tuple[str, ...]) -> bool:
        """Adds the words of a source. If it has words already, it writes those of their items that are missing.

        `stored` is the list of the case that was read; None if it was not, or if there is none. Returns whether
        anything was missing.
        """
        case_id = keys.record_id_of(case.pk)
        seen = [stored]

        def attempt() -> bool:
            row = seen.pop() if seen else read_row(keys.case_words(case_id), CaseWordsRow)
            known = case_words_of(row) if row is not None else CaseWords({})
            if row is not None and source in known.by_source:
                return _repair(row)
            if not words:
                return False
            _replace(case, row, CaseWords({**known.by_source, source: words}, known.gone))
            return True

        return retry_on_conflict(attempt)

    @staticmethod
    def is_indexed(row: CaseWordsRow) -> bool:
        """Whether all words have their items. They are read at half the price: if one seems to be missing, the caller
        looks for all of them consistently.
        """
        wanted = word_keys(row)
        return bool(wanted) and len(existing(wanted, consistent=False)) == len(wanted)

    def rebuild(
        self, case: CaseRow, stored: CaseWordsRow | None, own: Mapping[str, tuple[str, ...]], of_email: WordsOfEmail
    ) -> None:
        """Finds the words of a case anew: `own`, and those that each of its entries adds.

        Reads all entries of the case. Notes on the case that its words are not due any more, unless it was changed
        again.
        """
        case_id = keys.record_id_of(case.pk)
        seen = [stored]

        def attempt() -> None:
            row = seen.pop() if seen else read_row(keys.case_words(case_id), CaseWordsRow)
            by_source = dict(own)
            for entry in EntryRow.query(
                case.pk, EntryRow.sk.between(keys.FIRST_ENTRY, keys.AFTER_ENTRIES), consistent_read=True
            ):
                if isinstance(entry, EntryRow) and (words := of_email(entry_of(entry).email, CaseWords(by_source))):
                    by_source[keys.email_id_of(entry.sk)] = words
            old = case_words_of(row) if row is not None else CaseWords({})
            gone = ({*old.all, *old.gone}) - CaseWords(by_source).all
            _replace(case, row, CaseWords(by_source, tuple(sorted(gone))), repair=True)

        retry_on_conflict(attempt)
        _note_done(case)

    @staticmethod
    def forget(case_id: str, source: str) -> None:
        """Deletes the words of a source, because what they are made of is erased. The case keeps its other words."""

        def attempt() -> None:
            row = read_row(keys.case_words(case_id), CaseWordsRow)
            known = case_words_of(row) if row is not None else CaseWords({})
            if row is None or source not in known.by_source:
                return
            kept = {name: words for name, words in known.by_source.items() if name != source}
            gone = {*known.by_source[source], *known.gone} - CaseWords(kept).all
            words = CaseWords(kept, tuple(sorted(gone)))
            _finish(_save(case_id, row.made, words, version_of(row), row), words)

        retry_on_conflict(attempt)


def _replace(case: CaseRow, row: CaseWordsRow | None, words: CaseWords, *, repair: bool = False) -> None:
    """Replaces the list, and writes and deletes items; with `repair`, also those that an earlier attempt left out."""
    case_id = keys.record_id_of(case.pk)
    known = case_words_of(row) if row is not None else CaseWords({})
    made = row.made if row is not None else made_at(case.created_at)
    changed = row is None or words != known
    saved = _save(case_id, made, words, version_of(row) if row is not None else 0, row) if changed else row
    assert saved is not None
    new = [keys.case_word(word, made, case_id) for word in sorted(words.all - known.all)]
    if repair:
        _repair(saved)
    else:
        write_words(new)
    if words.gone:
        _finish(saved, words)
    if new:
        _take_back(case_id, new)


def _save(case_id: str, made: str, words: CaseWords, version: int, old: Row | None) -> CaseWordsRow:
    """Writes the list, if it still has this version (0: if there is none). Raises PutError."""
    row = case_words_row(case_id, made, words, version + 1).keep_unknown(old)
    row.save(condition=Row.version == version if version else Row.pk.does_not_exist())
    return row


def _finish(row: CaseWordsRow, words: CaseWords) -> None:
    """Deletes the items of words that are gone, and then takes them off the list."""
    case_id = keys.record_id_of(row.pk)
    delete_words([keys.case_word(word, row.made, case_id) for word in words.gone])
    if words.gone:
        _save(case_id, row.made, CaseWords(words.by_source), version_of(row), row)


def _repair(row: CaseWordsRow) -> bool:
    """Writes the items that are missing. Returns whether there were any."""
    case_id = keys.record_id_of(row.pk)
    wanted = [keys.case_word(word, row.made, case_id) for word in sorted(case_words_of(row).all)]
    there = existing(wanted) if wanted else frozenset()
    missing = [key for key in wanted if key not in there]
    write_words(missing)
    return bool(missing)


def _take_back(case_id: str, written: list[Key]) -> None:
    """Deletes what was just written, if the case was erased meanwhile: its list does not name these items any more."""
    row = read_row(keys.case_words(case_id), CaseWordsRow)
    named = set(word_keys(row)) if row is not None else set()
    delete_words([key for key in written if key not in named])


def _note_done(case: CaseRow) -> None:
    if not case.words_due:
        return
    pk, sk = keys.record(keys.record_id_of(case.pk))
    try:
        CaseRow(pk=pk, sk=sk).update(
            actions=[CaseRow.words_due.remove()], condition=CaseRow.words_due == case.words_due
        )
    except UpdateError as error:
        if not condition_failed(error):  # otherwise the case was changed again, or is gone
            raise

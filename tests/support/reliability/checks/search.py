"""Checks of the search for cases: each case is found by its words, and by no others."""

from __future__ import annotations

import os
from collections.abc import Iterator

from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow, case_of, with_details
from email_channels.aws.rows.entry_rows import EntryRow, entry_of
from email_channels.aws.rows.search_rows import CaseWordsRow, case_words_of, word_keys
from email_channels.aws.rows.table import Row
from email_channels.cases.search.case_words import OF_CASE, CaseWords, words_of_case, words_of_email
from email_channels.outbound.own_addresses import own_addresses
from email_channels.settings import NotifySettings
from email_channels.settings_loading import load

from tests.support.reliability.end_view import EndView
from tests.support.stored_items.kinds import WORD, kind


def cases_are_found(seen: EndView) -> Iterator[str]:
    """Each word of a case and of its emails has an item; and there are no items of cases or words that are gone."""
    named = [Row.from_raw_data(dict(item)) for item in seen.items if kind(item) != WORD]
    rows = {(row.pk, row.sk): row for row in named}
    own = own_addresses(load(NotifySettings, os.environ))
    expected: set[keys.Key] = set()
    for row in rows.values():
        if isinstance(row, CaseWordsRow):
            expected |= set(word_keys(row))
            case = rows.get(keys.record(keys.record_id_of(row.pk)))
            if not isinstance(case, CaseRow):
                yield f"{row.pk} has words, and is no case"
            if case_words_of(row).gone:
                yield f"{row.pk} still has words of before"
        elif isinstance(row, CaseRow):
            yield from _words_missing(row, rows, own)
    there = {(item["pk"]["S"], item["sk"]["S"]) for item in seen.items if kind(item) == WORD}
    if there != expected:
        yield f"cases are found by {there - expected}, and not by {expected - there}"


def _words_missing(row: CaseRow, rows: dict[keys.Key, Row], own: frozenset[str]) -> Iterator[str]:
    case_id = keys.record_id_of(row.pk)
    listed = rows.get(keys.case_words(case_id))
    known = case_words_of(listed) if isinstance(listed, CaseWordsRow) else CaseWords({})
    wanted = words_of_case(case_of(with_details(row, rows.get(keys.details(case_id)))), own)
    if known.by_source.get(OF_CASE, ()) != wanted:
        yield f"{case_id} is found by {known.by_source.get(OF_CASE)}, and should be by {wanted}"
    if row.words_due:
        yield f"the words of {case_id} are due for ever"
    entries = {keys.email_id_of(one.sk): one for one in rows.values() if one.pk == row.pk and isinstance(one, EntryRow)}
    for email_id, entry in entries.items():
        if email_id in known.by_source or not known.by_source:
            continue  # an email adds words only once
        if missing := words_of_email(row.mailbox, own, entry_of(entry).email, known):
            yield f"{case_id} is not found by {missing} of {email_id}"
    if others := known.by_source.keys() - entries.keys() - {OF_CASE}:
        yield f"{case_id} has words of {others}, which are not in it"

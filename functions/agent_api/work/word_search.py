"""Searches for cases by the beginnings of their words.

If fewer than 1,000 cases have one of the terms, all of these cases are looked at, and sorted by activity. Otherwise a
page goes along the list of the longest term: at first the cases that have just this word, then those with longer words,
of each word the case that was made last first. What the caller may not see is left out, so the places are sealed.
"""

from __future__ import annotations

from functools import partial

from email_channels.api.paging import Paging
from email_channels.api.sealed_places import is_sealed, seal, unseal
from email_channels.aws.stores.case_lists import CaseHead
from email_channels.aws.stores.searching.word_search import MOST_WORDS, FoundWords
from email_channels.cases.case import Case

from functions.agent_api.api_call import ApiCall
from functions.agent_api.filtered_page import filtered_page
from functions.agent_api.work.case_filters import Search, sees

# Each case takes two of the hundred keys of one call: its item, and its words.
_FIRST_BATCH = 50


def find_by_words(call: ApiCall, search: Search, paging: Paging) -> tuple[list[tuple[Case, str]], str | None]:
    """A page of cases, each with its place, and the place after which the next page begins."""
    binding = f"{paging.binding} of words"
    if paging.place is not None and is_sealed(paging.place):
        place = unseal(call.stores.cursor_key.key(), paging.place, binding)
        return _along(call, search, paging.limit, binding, call.stores.words.after(place))
    found = call.stores.words.first(search.terms)
    complete = [one for one in found if one.complete]
    if not complete:
        return _along(call, search, paging.limit, binding, found[0])
    return _of_all(call, search, paging, complete)


def _of_all(
    call: ApiCall, search: Search, paging: Paging, complete: list[FoundWords]
) -> tuple[list[tuple[Case, str]], str | None]:
    """The cases that are in all complete lists, sorted by activity."""
    cases = frozenset.intersection(*(one.cases for one in complete))
    begins = {one.begin for one in complete}
    others = [term for term in search.terms if not (term.is_simple and term.begin in begins)]
    is_shown = sees(call, search)

    def wanted(head: CaseHead) -> bool:
        return all(term.matches(head.words) for term in others) and is_shown(head)

    found = call.stores.lists.heads(sorted(cases), with_words=bool(others)).values() if cases else ()
    heads = sorted((head for head in found if wanted(head)), key=lambda head: head.updated, reverse=True)
    left = [head for head in heads if paging.place is None or head.updated < paging.place]
    page = left[: paging.limit]
    shown = call.stores.cases.listed([head.row for head in page])
    more = page[-1].updated if len(left) > len(page) else None
    return [(case, head.updated) for case, head in zip(shown, page, strict=True)], more


def _along(
    call: ApiCall, search: Search, limit: int, binding: str, words: FoundWords
) -> tuple[list[tuple[Case, str]], str | None]:
    """A page of the list of one term, in its order. A case is shown at the first of its words that begin so."""
    is_shown = sees(call, search)
    word_at = {place: word for place, word, _ in words.items}

    def wanted(head: CaseHead, place: str) -> bool:
        first = min((word for word in head.words if word.startswith(words.begin)), default=None)
        return first == word_at[place] and all(term.matches(head.words) for term in search.terms) and is_shown(head)

    page = filtered_page(
        ((place, case_id) for place, _, case_id in words.items),
        partial(call.stores.lists.heads, with_words=True),
        wanted,
        limit=limit,
        most=MOST_WORDS,
        first_batch=_FIRST_BATCH,
    )
    key = call.stores.cursor_key.key
    cases = call.stores.cases.listed([head.row for head, _ in page.items])
    found = [(case, seal(key(), place, binding)) for case, (_, place) in zip(cases, page.items, strict=True)]
    return found, seal(key(), page.more, binding) if page.more is not None else None

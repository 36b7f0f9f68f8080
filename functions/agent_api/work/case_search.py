"""Searches for cases that the caller may see, newest activity first.

A search for words has lists of its own (`word_search.py`). Without words, there are two lists. The list of a few
service groups merges a list for each group, sorted by `updated_at`. The list of all groups is the log of activity,
sorted by each case's newest email; what the caller may not see is left out.

A page of either may end at a case that is left out. Then its place is sealed in the cursor. So are all places in the
list of all groups: with places of their own, clients could find out how many cases are left out where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile

from email_channels.api.paging import Paging
from email_channels.api.sealed_places import is_sealed, seal, unseal
from email_channels.aws.stores.case_lists import MAX_KEYS, MAX_WITH_ROUTING, CaseHead, ListedCase
from email_channels.cases.case import Case, CaseStatus

from functions.agent_api.api_call import ApiCall
from functions.agent_api.configuration.known_routing import known_groups
from functions.agent_api.filtered_page import BATCH, filtered_page
from functions.agent_api.work.case_filters import Search, sees
from functions.agent_api.work.word_search import find_by_words

# The most cases at which one page looks, and the most cases of an employee that are sorted by activity.
MOST = MAX_KEYS
# Cases of more service groups are found in the list of all groups.
MOST_GROUPS = 10

Found = tuple[list[tuple[Case, str]], str | None]


def find_cases(call: ApiCall, search: Search, paging: Paging) -> Found:
    """A page of cases, each with its place, and the place after which the next page begins."""
    if search.number is not None and (case := _numbered(call, search)) is not None:
        return [(case, "number")] if paging.place is None else [], None
    if search.hopeless:
        return [], None
    if search.employee is not None:
        return _of_employee(call, search, paging)
    if search.terms:
        return find_by_words(call, search, paging)
    groups = groups_of(call, search)
    return _of_all_groups(call, search, paging) if groups is None else _of_groups(call, search, paging, groups)


def _of_groups(call: ApiCall, search: Search, paging: Paging, groups: frozenset[str]) -> Found:
    lists, statuses = call.stores.lists, tuple(CaseStatus) if search.status is None else (search.status,)
    binding = f"{paging.binding} of groups"
    before = paging.place
    if before is not None and is_sealed(before):
        before = unseal(call.stores.cursor_key.key(), before, binding)
    few = paging.limit + 1
    # A search takes about as many cases from each list, so few queries are needed for all.
    page_size = max(few, 2 * MOST // max(1, len(groups) * len(statuses))) if search.drops_many else few
    places: Iterator[tuple[str, str]] = map(_pair, lists.of_groups(groups, statuses, before, page_size))
    if search.updated_since is not None:
        since = lists.first_place(search.updated_since)
        places = takewhile(lambda pair: pair[0] >= since, places)
    page = filtered_page(
        places,
        lists.heads,
        _shows(call, search, _updated, first_page=before is None),
        limit=paging.limit,
        most=MOST,
        first_batch=BATCH if search.drops_many else few,
    )
    more = page.more
    if more is not None and (not page.items or more != page.items[-1][1]):
        more = seal(call.stores.cursor_key.key(), more, binding)
    cases = call.stores.cases.listed([head.row for head, _ in page.items])
    return [(case, place) for case, (_, place) in zip(cases, page.items, strict=True)], more


def _of_all_groups(call: ApiCall, search: Search, paging: Paging) -> Found:
    lists, key = call.stores.lists, call.stores.cursor_key.key
    binding = f"{paging.binding} of all groups"
    before = unseal(key(), paging.place, binding) if paging.place is not None else None
    everything = call.caller.is_admin and search == Search()
    page = filtered_page(
        map(_pair, lists.of_all_groups(before)),
        partial(lists.heads, with_routing=True),
        _shows(call, search, _activity, first_page=before is None),
        limit=paging.limit,
        most=MOST,
        # A few emails, such as automatic replies, are in the log without being activity.
        first_batch=min(MAX_WITH_ROUTING, paging.limit * 5 // 4 + 1 if everything else MAX_WITH_ROUTING),
    )
    cases = call.stores.cases.listed([head.row for head, _ in page.items])
    places = [seal(key(), place, binding) for _, place in page.items]
    more = seal(key(), page.more, binding) if page.more is not None else None
    return list(zip(cases, places, strict=True)), more


def _numbered(call: ApiCall, search: Search) -> Case | None:
    """The case with this number. If there is none, the text is searched as a word: a word can look like a number."""
    assert search.number is not None
    case, _ = call.stores.cases.get(search.number)
    return case if case is not None and sees(call, search)(case) else None


def _of_employee(call: ApiCall, search: Search, paging: Paging) -> Found:
    """Cases of an employee. The index has them in the order of creation, so they are sorted by activity here."""
    lists, wanted = call.stores.lists, search.employee
    assert wanted is not None
    user_ids = {wanted, *(call.stores.directory.user_ids_at(wanted) if "@" in wanted else ())}
    case_ids = [case_id for user_id in sorted(user_ids) for case_id in lists.of_employee(user_id, MOST)]
    is_shown = sees(call, search)
    found = lists.heads(dict.fromkeys(case_ids), with_words=bool(search.terms)).values()
    wanted_heads = (head for head in found if all(term.matches(head.words) for term in search.terms) and is_shown(head))
    heads = sorted(wanted_heads, key=_updated, reverse=True)
    left = [head for head in heads if paging.place is None or head.updated < paging.place]
    page = left[: paging.limit]
    cases = call.stores.cases.listed([head.row for head in page])
    more = page[-1].updated if len(left) > len(page) else None
    return [(case, head.updated) for case, head in zip(cases, page, strict=True)], more


def groups_of(call: ApiCall, search: Search, most: int = MOST_GROUPS) -> frozenset[str] | None:
    """The service groups whose lists of cases are read; None if they are more than `most`."""
    caller, wanted = call.caller, search.service_group
    if wanted is not None:
        seen = caller.is_admin or wanted in caller.groups or wanted in call.stores.routing.recent().open_groups()
        return frozenset({wanted}) if seen else frozenset()
    groups = caller.groups
    if len(groups) <= most:
        routing = call.stores.routing.recent()
        groups |= known_groups(routing, call.settings).keys() if caller.is_admin else routing.open_groups()
    return groups if len(groups) <= most else None


def _shows(
    call: ApiCall, search: Search, place_of: Callable[[CaseHead], str], *, first_page: bool
) -> Callable[[CaseHead, str], bool]:
    """The test for cases that a list shows at a place of its index.

    A case is shown at its own place, `place_of`. If the index lags, the case may not be there yet: so the first page
    also shows a case at an older place, unless it has shown it before. On a later page, a case at an older place has
    moved to a page before it. It has newer activity, and whoever reads the first page again finds it there.
    """
    is_shown = sees(call, search)

    def shows(head: CaseHead, place: str) -> bool:
        own = place_of(head)
        return (place == own or (first_page and place < own)) and is_shown(head)

    return shows


def _pair(listed: ListedCase) -> tuple[str, str]:
    return listed.place, listed.case_id


def _updated(head: CaseHead) -> str:
    return head.updated


def _activity(head: CaseHead) -> str:
    return head.activity

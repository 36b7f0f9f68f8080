"""Searches for cases that the caller may see, newest activity first.

There are two lists. The list of a few service groups merges a list for each group, sorted by `updated_at`. The list of
all groups is the log of activity, sorted by each case's newest email; what the caller may not see is left out.

A page of either may end at a case that is left out. Then its place is sealed in the cursor. So are all places in the
list of all groups: with places of their own, clients could find out how many cases are left out where.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from email_channels.api.paging import Paging
from email_channels.api.sealed_places import is_sealed, seal, unseal
from email_channels.aws.stores.case_lists import MAX_KEYS, MAX_WITH_ROUTING, CaseHead, ListedCase
from email_channels.cases.case import Case, CaseStatus
from email_channels.cases.references import read_case_id
from email_channels.errors import FieldError, Invalid

from functions.agent_api.api_call import ApiCall
from functions.agent_api.configuration.known_routing import WRONG_GROUP_ID, is_group_id, known_groups
from functions.agent_api.filtered_page import BATCH, filtered_page

# The most cases at which one page looks, and the most cases of an employee that are sorted by activity.
MOST = MAX_KEYS
# Cases of more service groups are found in the list of all groups.
MOST_GROUPS = 10
_MAX_QUERY = 200

Found = tuple[list[tuple[Case, str]], str | None]


@dataclass(frozen=True, slots=True)
class Search:
    """What a case must match; None and () match every case. All `words` (case-folded) must occur in the subject."""

    status: CaseStatus | None = None
    service_group: str | None = None
    employee: str | None = None
    number: str | None = None
    words: tuple[str, ...] = ()

    @property
    def drops_many(self) -> bool:
        """Whether many cases of the lists that are read may not match."""
        return bool(self.words)

    def matches(self, head: CaseHead | Case) -> bool:
        """Whether the case matches. This looks at the case itself, because an index lags behind."""
        subject = head.subject.casefold() if self.words else ""
        return (
            self.status in {None, head.status}
            and self.service_group in {None, head.service_group}
            and all(word in subject for word in self.words)
        )


def search_of(call: ApiCall) -> Search:
    """The search that the filters of a request describe. Raises Invalid."""
    status, group, text = call.filter("status"), call.filter("service_group"), call.filter("q") or ""
    employee = call.filter("employee")
    errors = []
    if status is not None and status not in set(CaseStatus):
        errors.append(FieldError("status", "must be one of " + ", ".join(CaseStatus)))
    if group is not None and not is_group_id(group):
        errors.append(FieldError("service_group", WRONG_GROUP_ID))
    if len(text) > _MAX_QUERY:
        errors.append(FieldError("q", f"must have at most {_MAX_QUERY} characters"))
    if errors:
        raise Invalid(tuple(errors))
    return Search(
        status=CaseStatus(status) if status else None,
        service_group=group,
        employee=employee.strip() if employee is not None else None,
        number=read_case_id(text),
        words=tuple(text.casefold().split()),
    )


def find_cases(call: ApiCall, search: Search, paging: Paging) -> Found:
    """A page of cases, each with its place, and the place after which the next page begins."""
    if search.number is not None and (case := _numbered(call, search)) is not None:
        return [(case, "number")] if paging.place is None else [], None
    if search.employee is not None:
        return _of_employee(call, search, paging)
    groups = _groups(call, search)
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
    page = filtered_page(
        map(_pair, lists.of_groups(groups, statuses, before, page_size)),
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
    wanted = Search(search.status, search.service_group)
    return case if case is not None and _sees(call, wanted)(case) else None


def _of_employee(call: ApiCall, search: Search, paging: Paging) -> Found:
    """Cases of an employee. The index has them in the order of creation, so they are sorted by activity here."""
    lists, wanted = call.stores.lists, search.employee
    assert wanted is not None
    user_ids = {wanted, *(call.stores.directory.user_ids_at(wanted) if "@" in wanted else ())}
    case_ids = [case_id for user_id in sorted(user_ids) for case_id in lists.of_employee(user_id, MOST)]
    sees = _sees(call, search)
    found = lists.heads(dict.fromkeys(case_ids)).values()
    heads = sorted((head for head in found if sees(head)), key=_updated, reverse=True)
    left = [head for head in heads if paging.place is None or head.updated < paging.place]
    page = left[: paging.limit]
    cases = call.stores.cases.listed([head.row for head in page])
    more = page[-1].updated if len(left) > len(page) else None
    return [(case, head.updated) for case, head in zip(cases, page, strict=True)], more


def _groups(call: ApiCall, search: Search) -> frozenset[str] | None:
    """The service groups whose lists of cases are read; None if they are more than MOST_GROUPS."""
    caller, wanted = call.caller, search.service_group
    if wanted is not None:
        seen = caller.is_admin or wanted in caller.groups or wanted in call.stores.routing.recent().open_groups()
        return frozenset({wanted}) if seen else frozenset()
    groups = caller.groups
    if len(groups) <= MOST_GROUPS:
        routing = call.stores.routing.recent()
        groups |= known_groups(routing, call.settings).keys() if caller.is_admin else routing.open_groups()
    return groups if len(groups) <= MOST_GROUPS else None


def _shows(
    call: ApiCall, search: Search, place_of: Callable[[CaseHead], str], *, first_page: bool
) -> Callable[[CaseHead, str], bool]:
    """The test for cases that a list shows at a place of its index.

    A case is shown at its own place, `place_of`. If the index lags, the case may not be there yet: so the first page
    also shows a case at an older place, unless it has shown it before. On a later page, a case at an older place has
    moved to a page before it. It has newer activity, and whoever reads the first page again finds it there.
    """
    sees = _sees(call, search)

    def shows(head: CaseHead, place: str) -> bool:
        own = place_of(head)
        return (place == own or (first_page and place < own)) and sees(head)

    return shows


def _pair(listed: ListedCase) -> tuple[str, str]:
    return listed.place, listed.case_id


def _updated(head: CaseHead) -> str:
    return head.updated


def _activity(head: CaseHead) -> str:
    return head.activity


def _sees(call: ApiCall, search: Search) -> Callable[[CaseHead | Case], bool]:
    """The test for cases that match and that the caller may see. Routing is read only if the token does not decide."""
    caller, routing = call.caller, call.stores.routing

    def sees(case: CaseHead | Case) -> bool:
        return search.matches(case) and (
            caller.sees(case.service_group, frozenset())
            or caller.sees(case.service_group, routing.recent().open_groups())
        )

    return sees

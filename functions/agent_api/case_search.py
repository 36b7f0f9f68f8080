"""Searches for cases that the caller may see, newest activity first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from email_channels.api.paging import Paging
from email_channels.aws.stores.case_lists import CaseHead
from email_channels.cases.case import Case, CaseStatus
from email_channels.cases.references import read_case_id
from email_channels.errors import BadRequest, FieldError, Invalid

from functions.agent_api.api_call import ApiCall
from functions.agent_api.filtered_page import filtered_page
from functions.agent_api.known_routing import WRONG_GROUP_ID, is_group_id, known_groups

# The most cases that are searched for words, and the most cases of an employee that are sorted by activity.
NEWEST = 1_000
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
        employee=call.filter("employee"),
        number=read_case_id(text),
        words=tuple(text.casefold().split()),
    )


def find_cases(call: ApiCall, search: Search, paging: Paging) -> Found:
    """A page of cases, each with its place, and the place after which the next page begins."""
    if search.number is not None and (case := _numbered(call, search)) is not None:
        return [(case, "number")] if paging.place is None else [], None
    if search.employee is not None:
        return _of_employee(call, search, paging)
    if search.words:
        return _with_words(call, search, paging)
    lists, cases = call.stores.lists, call.stores.cases
    places = lists.by_activity(_groups(call, search), _statuses(search), paging.place, paging.limit + 1)
    page = filtered_page(
        ((listed.place, listed.case_id) for listed in places),
        lambda ids: {case.case_id: case for case in cases.read_listed(ids)},
        _sees(call, search),
        limit=paging.limit,
        most=NEWEST,
    )
    return page.items, page.more


def _numbered(call: ApiCall, search: Search) -> Case | None:
    """The case with this number. If there is none, the text is searched as a word: a word can look like a number."""
    assert search.number is not None
    case, _ = call.stores.cases.get(search.number)
    wanted = Search(search.status, search.service_group)
    return case if case is not None and _sees(call, wanted)(case) else None


def _with_words(call: ApiCall, search: Search, paging: Paging) -> Found:
    """Searches the newest cases for words. A place here also says how many cases were searched before it."""
    before, place = _words_place(paging)
    lists = call.stores.lists
    places = lists.by_activity(_groups(call, search), _statuses(search), place, NEWEST)
    left = islice(places, NEWEST - before)
    count = dict[str, int]()

    def counted() -> Iterator[tuple[str, str]]:
        for number, listed in enumerate(left, before + 1):
            count[listed.place] = number
            yield listed.place, listed.case_id

    page = filtered_page(counted(), lists.heads, _sees(call, search), limit=paging.limit, most=NEWEST)
    heads = {head.case_id: f"{count[at]}:{at}" for head, at in page.items}
    more = f"{count[page.more]}:{page.more}" if page.more else None
    return [(case, heads[case.case_id]) for case in call.stores.cases.read_listed(list(heads))], more


def _words_place(paging: Paging) -> tuple[int, str | None]:
    if paging.place is None:
        return 0, None
    count, colon, place = paging.place.partition(":")
    if not colon or not place or not re.fullmatch(r"[0-9]{1,4}", count) or int(count) > NEWEST:
        raise BadRequest("The cursor does not belong to this list.")
    return int(count), place


def _of_employee(call: ApiCall, search: Search, paging: Paging) -> Found:
    """Cases of an employee. The index has them in the order of creation, so they are sorted by activity here."""
    lists, wanted = call.stores.lists, search.employee
    assert wanted is not None
    user_ids = {wanted, *(call.stores.directory.user_ids_at(wanted) if "@" in wanted else ())}
    case_ids = [case_id for user_id in sorted(user_ids) for case_id in lists.of_employee(user_id, NEWEST)]
    sees = _sees(call, search)
    heads = sorted((head for head in lists.heads(case_ids).values() if sees(head)), key=_place, reverse=True)
    left = [head for head in heads if paging.place is None or head.place < paging.place]
    page = left[: paging.limit]
    places = {head.case_id: head.place for head in page}
    cases = call.stores.cases.read_listed(list(places))
    return [(case, places[case.case_id]) for case in cases], page[-1].place if len(left) > len(page) else None


def _place(head: CaseHead) -> str:
    return head.place


def _statuses(search: Search) -> tuple[CaseStatus, ...]:
    return (search.status,) if search.status else tuple(CaseStatus)


def _groups(call: ApiCall, search: Search) -> frozenset[str]:
    """The service groups whose lists of cases are read."""
    caller, wanted = call.caller, search.service_group
    if wanted is not None and (caller.is_admin or wanted in caller.groups):
        return frozenset({wanted})
    routing = call.stores.routing.recent()
    if caller.is_admin:
        return frozenset(known_groups(routing, call.settings)) | caller.groups
    seen = caller.groups | routing.open_groups()
    return seen if wanted is None else seen & {wanted}


def _sees(call: ApiCall, search: Search) -> Callable[[CaseHead | Case], bool]:
    """The test for cases that match and that the caller may see. Routing is read only if the token does not decide."""
    caller, routing = call.caller, call.stores.routing

    def sees(case: CaseHead | Case) -> bool:
        return search.matches(case) and (
            caller.sees(case.service_group, frozenset())
            or caller.sees(case.service_group, routing.recent().open_groups())
        )

    return sees

"""`/cases/counts`: how many cases wait for somebody. Clients ask for it again and again, so its work is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from email_channels.api.preconditions import unless_known
from email_channels.api.requests import Response, json_response
from email_channels.aws.stores.case_lists import CaseHead, ListedCase
from email_channels.cases.case import CaseStatus, WaitingOn

from functions.agent_api.api_call import ApiCall
from functions.agent_api.work.case_filters import Search, sees
from functions.agent_api.work.case_search import MOST, groups_of

# Closed cases count only if they are unread, and then their last activity is new.
_MOST_CLOSED = 100
# Each group needs two queries. With more groups, the log of activity is read instead.
_MOST_GROUPS = 50


def count(call: ApiCall) -> Response:
    """The numbers of the cases that the caller sees, each counted to 1,000 at most."""
    heads = _heads(call)
    open_ = [head for head in heads if head.status is CaseStatus.OPEN][:MOST]
    user = call.caller.subject
    counts = {
        "open": len(open_),
        "unread": min(MOST, sum(head.unread for head in heads)),
        "waiting_on_agent": sum(head.waiting_on is WaitingOn.AGENT for head in open_),
        "mine": sum(head.assignee is not None and head.assignee.user == user for head in open_),
    }
    if call.caller.is_admin:
        counts["unprocessed"] = call.stores.unprocessed.count(MOST)
    return unless_known(call.request.headers, json_response(counts))


def _heads(call: ApiCall) -> list[CaseHead]:
    """The cases that are looked at, each once: the newest 1,000 open ones, and the newest closed ones."""
    lists, groups, is_seen = call.stores.lists, groups_of(call, Search(), _MOST_GROUPS), sees(call, Search())
    places: list[ListedCase] = []
    if groups is None:
        places += lists.of_all_groups(None)
    else:
        for status, most in ((CaseStatus.OPEN, MOST), (CaseStatus.CLOSED, _MOST_CLOSED)):
            places += _newest(call, groups, status, most)
    ids = dict.fromkeys(listed.case_id for listed in places)
    return [head for head in lists.heads(ids, consistent=False).values() if is_seen(head)]


def _newest(call: ApiCall, groups: frozenset[str], status: CaseStatus, most: int) -> Iterator[ListedCase]:
    page_size = max(1, 2 * most // max(1, len(groups)))
    return islice(call.stores.lists.of_groups(groups, (status,), None, page_size), most)

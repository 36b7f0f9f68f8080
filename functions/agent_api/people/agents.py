"""`/agents`: the people whom the caller works with."""

from __future__ import annotations

from datetime import UTC

from email_channels.api.case_views import agent_json
from email_channels.api.paging import page_response
from email_channels.api.requests import Response
from email_channels.api.sealed_places import seal, unseal
from email_channels.aws.stores.people.person_store import MAX_KEYS
from email_channels.cases.people.person import Person

from functions.agent_api.api_call import ApiCall
from functions.agent_api.filtered_page import filtered_page


def list_agents(call: ApiCall) -> Response:
    """Who used the API lately and shares a service group with the caller, by name. Admins get everybody.

    A page may end at a person whom the caller does not get, so all places are sealed.
    """
    paging, key, today = call.paging(), call.stores.cursor_key.key, call.now.astimezone(UTC).date()
    me = call.me()

    def works_with(person: Person, place: str) -> bool:
        # The index lags behind: somebody whose name has changed may be in it twice.
        is_current = person.place == place and person.is_known(today)
        return is_current and (me.is_admin or person.user == me.user or not me.groups.isdisjoint(person.groups))

    before = unseal(key(), paging.place, paging.binding) if paging.place is not None else None
    page = filtered_page(
        call.stores.people.places(before), call.stores.people.read, works_with, limit=paging.limit, most=MAX_KEYS
    )
    more = seal(key(), page.more, paging.binding) if page.more is not None else None
    items = [(agent_json(person.agent), seal(key(), place, paging.binding)) for person, place in page.items]
    return page_response(paging, items, more)

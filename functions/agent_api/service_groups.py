"""`/service-groups`, and the groups and topics that exist without being configured by an admin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from email_channels.api.configuration_views import service_group_json
from email_channels.api.paging import page_response
from email_channels.api.requests import Response, json_response
from email_channels.cases.case import CaseStatus
from email_channels.cases.routing import Routing, ServiceGroup
from email_channels.errors import Conflict
from email_channels.settings import ApiSettings

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.names import check_same

_GROUP_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def known_groups(routing: Routing, settings: ApiSettings) -> Mapping[str, ServiceGroup]:
    """All service groups by id. The deployment's parameters define the default one until an admin replaces it."""
    default = settings.default_service_group
    deployed = ServiceGroup(default, default, settings.default_service_group_address)
    return {default: deployed} | dict(routing.service_groups)


def known_topic(routing: Routing, name: str, settings: ApiSettings) -> str | None:
    """The name of a topic as it is configured; None if there is no such topic. Case and spaces in `name` do not matter.

    The deployment's default topic always exists.
    """
    if (found := routing.topic(name)) is not None:
        return found.name
    default = settings.default_topic
    return default if " ".join(name.split()).casefold() == default.casefold() else None


def list_groups(call: ApiCall) -> Response:
    """All service groups by id."""
    paging = call.paging()
    groups = known_groups(call.stores.routing.read(), call.settings)
    ids = sorted(group_id for group_id in groups if paging.place is None or group_id > paging.place)
    page = ids[: paging.limit]
    more = page[-1] if len(ids) > len(page) else None
    return page_response(paging, ((service_group_json(groups[group_id]), group_id) for group_id in page), more)


def get_group(call: ApiCall) -> Response:
    """One service group."""
    groups = known_groups(call.stores.routing.read(), call.settings)
    group = groups.get(call.path["id"])
    if group is None:
        raise no_such("service group")
    return json_response(service_group_json(group))


def put_group(call: ApiCall) -> Response:
    """Creates or replaces a service group."""
    group_id = call.path["id"]
    body = call.body("NewServiceGroup")
    if not _GROUP_ID.fullmatch(group_id):
        body.refuse("id", "must be 1 to 64 letters, digits, underscores and hyphens")
    check_same(body, "id", group_id)
    wanted = body.accepted()
    group = ServiceGroup(group_id, wanted["name"], wanted["address"], wanted["secured"])
    made = False

    def with_group(routing: Routing) -> Routing:
        nonlocal made
        made = group_id not in known_groups(routing, call.settings)
        return replace(routing, service_groups={**routing.service_groups, group_id: group})

    call.stores.routing.change(with_group)
    return json_response(service_group_json(group), 201 if made else 200)


def delete_group(call: ApiCall) -> Response:
    """Deletes a service group to which no topic routes, and which has no cases.

    Closed cases count, too: only admins would see them afterwards. Deleting the default group restores the values that
    the deployment's parameters define.
    """
    group_id = call.path["id"]
    settings = call.settings

    def without_group(routing: Routing) -> Routing:
        if group_id not in known_groups(routing, settings):
            raise no_such("service group")
        if group_id == settings.default_service_group:
            if group_id not in routing.service_groups:
                raise Conflict("The deployment (DefaultServiceGroup) defines this service group. It cannot be deleted.")
        else:
            _refuse_used(call, routing, group_id)
        groups = {other: group for other, group in routing.service_groups.items() if other != group_id}
        return replace(routing, service_groups=groups)

    call.stores.routing.change(without_group)
    return Response(204)


def _refuse_used(call: ApiCall, routing: Routing, group_id: str) -> None:
    topics = sorted(
        topic.name
        for topic in routing.topics.values()
        if topic.service_group == group_id or group_id in topic.by_population.values()
    )
    if topics:
        raise Conflict("Topics route to this service group: " + ", ".join(topics[:20]) + ".")
    if any(True for _ in call.stores.lists.by_activity({group_id}, tuple(CaseStatus), None, 1)):
        raise Conflict("This service group has cases. Move them to another service group first.")

"""`/service-groups`: the groups of agents that get cases."""

from __future__ import annotations

from dataclasses import asdict, replace

from email_channels.address_roles import roles_of
from email_channels.addresses import without_tag
from email_channels.api.configuration_views import service_group_json
from email_channels.api.paging import page_response
from email_channels.api.preconditions import etag_of
from email_channels.api.requests import Response, json_response
from email_channels.cases.audit.records import AuditAction, AuditRecord, document_of
from email_channels.cases.routing import Routing, ServiceGroup
from email_channels.errors import Conflict

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.configuration.in_use import refuse_used_group
from functions.agent_api.configuration.known_routing import WRONG_GROUP_ID, is_group_id, known_groups
from functions.agent_api.configuration.names import check_same


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
    return _answer(group)


def put_group(call: ApiCall) -> Response:
    """Creates or replaces a service group."""
    group_id = call.path["id"]
    body = call.body("NewServiceGroup")
    if not is_group_id(group_id):
        body.refuse("id", WRONG_GROUP_ID)
    check_same(body, "id", group_id)
    if (address := body.get("address")) is not None and (problem := _alert_problem(call, address)) is not None:
        body.refuse("address", problem)
    wanted = body.accepted()
    group = ServiceGroup(group_id, wanted["name"], wanted["address"], wanted["secured"])
    act = call.act()
    made = False

    def with_group(routing: Routing) -> tuple[Routing, AuditRecord]:
        nonlocal made
        current = known_groups(routing, call.settings).get(group_id)
        call.require_match(current)
        made = current is None
        old = routing.service_groups.get(group_id)
        record = act.record(AuditAction.SERVICE_GROUP_PUT, group_id, document_of(old, "id"), document_of(group, "id"))
        return replace(routing, service_groups={**routing.service_groups, group_id: group}), record

    call.stores.routing.change(with_group)
    return _answer(group, 201 if made else 200)


def _alert_problem(call: ApiCall, address: str) -> str | None:
    """Why alerts cannot go to this address: they would come back as new emails. None if they can."""
    if (problem := roles_of(asdict(call.settings)).alert_problem(address)) is not None:
        return problem
    mailbox = call.stores.mailboxes.get(without_tag(address))
    return f"cannot be this address: it is the mailbox {mailbox.address}" if mailbox is not None else None


def delete_group(call: ApiCall) -> Response:
    """Deletes a service group. Raises Conflict if a topic routes to it, or if it has cases.

    Closed cases count, too: without the group, only admins would see them. Deleting the default group restores the
    values that the deployment's parameters define.
    """
    group_id = call.path["id"]
    settings = call.settings
    act = call.act()

    def without_group(routing: Routing) -> tuple[Routing, AuditRecord]:
        current = known_groups(routing, settings).get(group_id)
        if current is None:
            raise no_such("service group")
        call.require_match(current)
        if group_id == settings.default_service_group:
            if group_id not in routing.service_groups:
                raise Conflict("The deployment (DefaultServiceGroup) defines this service group. It cannot be deleted.")
        else:
            refuse_used_group(call, routing, group_id)
        groups = {other: group for other, group in routing.service_groups.items() if other != group_id}
        old = routing.service_groups.get(group_id)
        record = act.record(AuditAction.SERVICE_GROUP_DELETE, group_id, document_of(old, "id"))
        return replace(routing, service_groups=groups), record

    call.stores.routing.change(without_group)
    return Response(204)


def _answer(group: ServiceGroup, status: int = 200) -> Response:
    return json_response(service_group_json(group), status, {"etag": etag_of(group)})

"""`/user-mappings`: the employee that a sender stands for in one mailbox."""

from __future__ import annotations

from email_channels.addresses import normalise
from email_channels.api.configuration_views import user_mapping_json
from email_channels.api.paging import page_response
from email_channels.api.preconditions import etag_of
from email_channels.api.requests import Response, json_response
from email_channels.api.validation import Body
from email_channels.cases.directory import UserMapping

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.configuration.mailboxes import find_mailbox
from functions.agent_api.configuration.names import check_name
from functions.agent_api.work.cases import employee_named

_MAX_ID = 128


def list_mappings(call: ApiCall) -> Response:
    """All user mappings by id."""
    paging = call.paging()
    found, more = call.stores.user_mappings.page(paging.limit, paging.place)
    return page_response(paging, ((user_mapping_json(mapping), place) for mapping, place in found), more)


def get(call: ApiCall) -> Response:
    """One user mapping."""
    mapping = call.stores.user_mappings.get(call.path["id"])
    if mapping is None:
        raise no_such("user mapping")
    return _answer(mapping)


def put(call: ApiCall) -> Response:
    """Creates or replaces a user mapping. Its mailbox and its employee must exist."""
    mapping_id = call.path["id"]
    body = call.body("NewUserMapping")
    check_name(body, "id", mapping_id, _MAX_ID)
    if (address := body.get("mailbox")) is not None and find_mailbox(call, address) is None:
        body.refuse("mailbox", "no mailbox has this address")
    employee_named(call, body, "user_id")
    mapping = mapping_from(body, mapping_id)
    made = call.stores.user_mappings.put(mapping, call.act(), call.require_match)
    return _answer(mapping, 201 if made else 200)


def mapping_from(body: Body, mapping_id: str) -> UserMapping:
    """The user mapping with this id that a body (`NewUserMapping`) describes. Raises Invalid."""
    wanted = body.accepted()
    sender = wanted["from"]
    mailbox, from_ = normalise(wanted["mailbox"]), normalise(sender) if sender else None
    return UserMapping(mapping_id, mailbox, from_, wanted["user_id"])


def delete(call: ApiCall) -> Response:
    """Deletes a user mapping."""
    if not call.stores.user_mappings.delete(call.path["id"], call.act(), call.require_match):
        raise no_such("user mapping")
    return Response(204)


def _answer(mapping: UserMapping, status: int = 200) -> Response:
    return json_response(user_mapping_json(mapping), status, {"etag": etag_of(mapping)})

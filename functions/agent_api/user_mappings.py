"""`/user-mappings`: for whom a sender stands in a mailbox."""

from __future__ import annotations

from email_channels.address_forms import normalise
from email_channels.directory import UserMapping
from email_channels.errors import FieldError, Invalid
from email_channels.http_api import Response, json_response
from email_channels.paging import page_response
from email_channels.presenting import user_mapping_shape

from functions.agent_api.call import Call, no_such
from functions.agent_api.mailboxes import find_mailbox
from functions.agent_api.names import check_name

_MAX_ID = 128


def list_mappings(call: Call) -> Response:
    """All user mappings by id."""
    paging = call.paging()
    found, more = call.deployment.user_mappings.page(paging.limit, paging.place)
    return page_response(paging, ((user_mapping_shape(mapping), place) for mapping, place in found), more)


def get(call: Call) -> Response:
    """One user mapping."""
    mapping = call.deployment.user_mappings.get(call.path["id"])
    if mapping is None:
        raise no_such("user mapping")
    return json_response(user_mapping_shape(mapping))


def put(call: Call) -> Response:
    """Makes or replaces a user mapping. Its mailbox has to be there; its employee may come later, as directories are
    often filled after the rest."""
    mapping_id = call.path["id"]
    wanted = call.body("NewUserMapping")
    check_name("id", mapping_id, _MAX_ID, wanted.get("id"))
    mailbox = find_mailbox(call, wanted["mailbox"])
    if mailbox is None:
        raise Invalid((FieldError("mailbox", "there is no such mailbox"),))
    sender = wanted["from"]
    mapping = UserMapping(mapping_id, mailbox.address, normalise(sender) if sender else None, wanted["user_id"])
    made = call.deployment.user_mappings.put(mapping)
    return json_response(user_mapping_shape(mapping), 201 if made else 200)


def delete(call: Call) -> Response:
    """Deletes a user mapping."""
    if not call.deployment.user_mappings.delete(call.path["id"]):
        raise no_such("user mapping")
    return Response(204)

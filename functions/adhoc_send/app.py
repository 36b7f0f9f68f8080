"""`POST /cases/{case_id}/emails`: sends an agent's email."""

from __future__ import annotations

from email_channels.api.access import Role, caller_of
from email_channels.api.case_views import whole_entry_json
from email_channels.api.query_parameters import check_query
from email_channels.api.requests import Response, json_response, request_of
from email_channels.bootstrap.adhoc_send import sending, sending_settings
from email_channels.bootstrap.api_handler import api_handler
from email_channels.bootstrap.process import Event


@api_handler
def handler(event: Event) -> Response:
    """Sends the email that the request describes, and answers 202 with its entry."""
    request = request_of(event)
    caller = caller_of(request.claims or {}, sending_settings().groups_claim)
    caller.require(Role.AGENT)
    check_query(request, "/cases/{case_id}/emails")
    case_id = event["pathParameters"]["case_id"]
    entry = sending().send(caller, case_id, request.headers.get("idempotency-key"), request.body)
    return json_response(whole_entry_json(entry), status=202)

"""Every route of the API that needs a token, except sending: `handler` answers one request."""

from __future__ import annotations

from email_channels.api.access import caller_of
from email_channels.api.query_parameters import check_query
from email_channels.api.requests import Response, request_of
from email_channels.bootstrap.agent_api import api_settings, api_stores
from email_channels.bootstrap.api_handler import api_handler
from email_channels.bootstrap.process import Event, now

from functions.agent_api.api_call import ApiCall
from functions.agent_api.routes import match, require_channel


@api_handler
def handler(event: Event) -> Response:
    """Answers a request: finds its route, checks that the caller may use it, and lets the route answer."""
    request = request_of(event)
    route, parameters = match(request.method, request.path)
    settings = api_settings()
    caller = caller_of(request.claims or {}, settings.groups_claim)
    caller.require(route.role_in(settings))
    require_channel(route, settings)
    check_query(request, route.documented_path)
    call = ApiCall(request, caller, parameters, settings, api_stores(), now())
    call.me()
    return route.answer(call)

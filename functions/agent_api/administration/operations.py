"""`/settings` and `/purges`."""

from __future__ import annotations

from email_channels.api.paging import page_response
from email_channels.api.requests import Response, json_response
from email_channels.api.unprocessed_views import purge_json
from email_channels.settings_loading import deployment_parameters
from email_channels.times import to_text

from functions.agent_api.api_call import ApiCall


def settings(call: ApiCall) -> Response:
    """The effective parameters by name; null if a parameter is empty. No parameter is secret."""
    return json_response(deployment_parameters(call.settings))


def list_purges(call: ApiCall) -> Response:
    """The proofs of purges, newest first."""
    paging = call.paging()
    proofs, more = call.stores.purges.proofs(paging.limit, paging.place)
    places = ((purge_json(proof), f"{to_text(proof.at)}#{proof.purge_id}") for proof in proofs)
    return page_response(paging, places, more)

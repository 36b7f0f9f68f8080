"""`/unprocessed/{id}/retry`: an admin has an unprocessed email decided again."""

from __future__ import annotations

from email_channels.api.requests import Response, json_response
from email_channels.api.unprocessed_views import retried_json

from functions.agent_api.administration.unprocessed import record_id_of
from functions.agent_api.api_call import ApiCall


def retry(call: ApiCall) -> Response:
    """Decides an unprocessed email again under the present configuration, and answers what it was and what it is."""
    # Imported here, because other routes need no parser of emails, which takes some tenths of a second to load.
    from email_channels.bootstrap.retrying import make_retry

    result = make_retry(call.settings, call.stores.mail, call.stores.arrivals).retry(record_id_of(call), call.act())
    return json_response(retried_json(result))

"""`/cases/{case_id}/presence`: agents see who else has a case open."""

from __future__ import annotations

from email_channels.api.case_views import agent_json
from email_channels.api.requests import Response, json_response
from email_channels.cases.people.presence import Doing, Presence
from email_channels.times import to_milliseconds, to_text

from functions.agent_api.api_call import ApiCall
from functions.agent_api.work.visibility import visible_case_id


def put(call: ApiCall) -> Response:
    """Notes what the caller does with the case for the next minute, and names the others."""
    case_id = visible_case_id(call)
    wanted = call.body("NewPresence").accepted()
    presence = Presence(call.me().agent, Doing(wanted["doing"]), to_milliseconds(call.now))
    others = call.stores.presence.show(case_id, presence)
    return json_response(
        {
            "others": [
                {**(agent_json(one.agent) or {}), "doing": one.doing.value, "since": to_text(one.since)}
                for one in others
            ]
        }
    )

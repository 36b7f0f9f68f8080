"""`/cases/{case_id}/read`: agents say what they have read."""

from __future__ import annotations

from email_channels.api.requests import Response
from email_channels.aws.stores.noticing.read_marks import ReadMarks

from functions.agent_api.api_call import ApiCall
from functions.agent_api.work.visibility import case_of, names_email

_NO_EMAIL = "no email of this case has this id"


def read(call: ApiCall) -> Response:
    """Marks the emails of a case as read, for all agents: those up to `up_to`, or all.

    What comes into the case meanwhile stays unread.
    """
    case, body = case_of(call), call.body("ReadMark")
    up_to = body.get("up_to")
    if up_to is not None and not names_email(call, case, up_to := up_to.upper()):
        body.refuse("up_to", _NO_EMAIL)
    body.accepted()
    ReadMarks.mark(case.case_id, up_to)
    return Response(204)

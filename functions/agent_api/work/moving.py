"""`/cases/{case_id}/emails/{email_id}/move`: an agent moves an email to another case.

Before that, `reconcile` is asked to follow up the email and the case that it leaves 15 minutes later, because the
table's stream may give up alert, links, activity, and the words of both cases. A follow-up of an email that was not
moved after all does no harm.
"""

from __future__ import annotations

from email_channels.api.case_views import entry_json
from email_channels.api.requests import Response, json_response
from email_channels.aws.stores.noticing.last_emails import note_departure
from email_channels.cases.history import StoredEmail
from email_channels.errors import NotFound

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.work.visibility import case_and_email_id, email_of, target_case


def move(call: ApiCall) -> Response:
    """Moves an email to another case that the caller may see. A repeat answers as the first request did."""
    body = call.body("NewMove")
    try:
        case, email = email_of(call)
    except NotFound:
        return _moved_before(call)
    to_case_id = target_case(call, body)
    if to_case_id == case.case_id:
        body.refuse("case_id", "is the case that already has the email")
    body.accepted()
    call.stores.arrivals.follow_up(to_case_id, email.email_id)
    call.stores.arrivals.follow_up(case.case_id, None)
    try:
        moved = call.stores.moves.move(case.case_id, email.email_id, to_case_id, call.now, call.act())
    except NotFound:  # another request was faster
        return _moved_before(call)
    return _answer(case.case_id, to_case_id, moved)


def _moved_before(call: ApiCall) -> Response:
    """The answer of an earlier request, which moved the email. Raises NotFound if there was none."""
    case, email_id = case_and_email_id(call)
    body = call.body("NewMove")
    to_case_id = target_case(call, body)
    body.accepted()
    moved = call.stores.moves.moved_before(case.case_id, email_id, to_case_id)
    if moved is None:
        raise no_such("email in this case")
    return _answer(case.case_id, to_case_id, moved)


def _answer(case_id: str, to_case_id: str, moved: StoredEmail) -> Response:
    note_departure(case_id)
    return json_response(entry_json(moved), headers={"location": f"/cases/{to_case_id}/emails/{moved.email_id}"})

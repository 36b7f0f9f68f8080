"""People assign emails to cases: `/unprocessed/{id}/assign` and `/cases/{case_id}/emails/{email_id}/move`.

Before an email is assigned, `reconcile` is asked to follow it up 15 minutes later, because the table's stream may give
up alert, links and activity. A follow-up of an email that was not assigned after all does no harm.
"""

from __future__ import annotations

from email_channels.api.case_views import entry_json
from email_channels.api.requests import Response, json_response
from email_channels.api.validation import Body
from email_channels.cases.history import Direction
from email_channels.cases.references import read_case_id

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.configuration.known_routing import NO_TOPIC, known_topic
from functions.agent_api.configuration.mailboxes import find_mailbox
from functions.agent_api.work.cases import employee_named
from functions.agent_api.work.visibility import email_of, visible_case

_NO_CASE = "no case has this id"


def assign(call: ApiCall) -> Response:
    """Adds an unprocessed email to an existing case, open or closed, or creates a case from it for an employee."""
    body = call.body("NewAssignment")
    record_id = read_case_id(call.path["id"])
    item = call.stores.unprocessed.get(record_id) if record_id else None
    if item is None:
        raise no_such("unprocessed email")
    if {"case_id", "user_id"}.isdisjoint(body.errors):
        if body.get("case_id") is None and body.get("user_id") is None:
            body.refuse("case_id", "is missing. To create a case from the email, set user_id instead")
        elif body.get("case_id") is not None:
            for field in {"user_id", "topic"} & body.fields.keys():
                body.refuse(field, "cannot be combined with case_id")
    # Imported here, because other routes need no parser of emails, which takes some tenths of a second to load.
    from email_channels.bootstrap.retrying import make_assignment
    from email_channels.intake.assigning import ChosenCase

    assignment = make_assignment(call.settings, call.stores.mail, call.stores.arrivals)
    if body.get("case_id") is not None:
        case_id = _target(call, body)
        body.accepted()
        email = assignment.add_to_case(item.id, case_id, call.act())
        return json_response({"outcome": "entry", "case_id": case_id, "email_id": email.email_id})
    routing = call.stores.routing.read()
    employee = employee_named(call, body, "user_id")
    topic = known_topic(routing, body.get("topic"), call.settings) if body.get("topic") is not None else None
    if topic is None and body.get("topic") is not None:
        body.refuse("topic", NO_TOPIC)
    body.accepted()
    assert employee is not None
    mailbox = find_mailbox(call, item.mailbox) if item.mailbox else None
    email_id = assignment.make_case(item.id, ChosenCase(employee, topic, routing, mailbox), call.act())
    return json_response({"outcome": "case", "case_id": item.id, "email_id": email_id})


def move(call: ApiCall) -> Response:
    """Moves an email to another case that the caller may see."""
    case, email = email_of(call)
    body = call.body("NewMove")
    to_case_id = _target(call, body)
    if to_case_id == case.case_id:
        body.refuse("case_id", "is the case that already has the email")
    body.accepted()
    if email.direction is Direction.INBOUND:
        call.stores.arrivals.follow_up(to_case_id, email.email_id)
    moved = call.stores.assignments.move(case.case_id, email.email_id, to_case_id, call.now, call.act())
    return json_response(entry_json(moved), headers={"location": f"/cases/{to_case_id}/emails/{moved.email_id}"})


def _target(call: ApiCall, body: Body) -> str:
    """The id of the case that the body names; `""`, and an error in the body, if the caller may not see that case."""
    if (named := body.get("case_id")) is None:
        return ""
    case = visible_case(call, named)
    if case is None:
        body.refuse("case_id", _NO_CASE)
        return ""
    return case.case_id

"""`/unprocessed/{id}/assign`: an admin assigns an unprocessed email to a case or to an employee."""

from __future__ import annotations

from email_channels.api.requests import Response, json_response

from functions.agent_api.administration.unprocessed import record_id_of
from functions.agent_api.api_call import ApiCall
from functions.agent_api.configuration.known_routing import NO_TOPIC, known_topic
from functions.agent_api.configuration.mailboxes import find_mailbox
from functions.agent_api.work.cases import employee_named
from functions.agent_api.work.visibility import target_case


def assign(call: ApiCall) -> Response:
    """Adds an unprocessed email to an existing case, open or closed, or creates a case from it for an employee."""
    body = call.body("NewAssignment")
    item = call.stores.replacements.unprocessed(record_id_of(call)).item
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
        case_id = target_case(call, body)
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

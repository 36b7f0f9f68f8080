"""`POST /cases`: an agent makes a case for an employee, once for each Idempotency-Key."""

from __future__ import annotations

from dataclasses import replace

from email_channels.api.case_views import case_json
from email_channels.api.idempotency import optional_key, request_hash
from email_channels.api.requests import Response, json_response
from email_channels.api.validation import read_json
from email_channels.aws.stores.record_store import AlreadyRecorded
from email_channels.aws.stores.requests.new_case_keys import NewCaseKey, first_case
from email_channels.cases.case import Case, CaseStatus, snapshot
from email_channels.cases.references import random_id
from email_channels.errors import ConcurrentChange, Conflict
from email_channels.times import to_milliseconds

from functions.agent_api.api_call import ApiCall
from functions.agent_api.configuration.known_routing import NO_TOPIC, known_topic
from functions.agent_api.work.cases import employee_named

_ATTEMPTS = 5


def create(call: ApiCall) -> Response:
    """Creates a case for an employee in the service group of the topic, even if the caller may not see that group.

    A request with the same Idempotency-Key and the same body returns the case that the first one made.
    """
    key = _new_case_key(call)
    if key is not None and (made := _made_before(call, key)) is not None:
        return made
    case = _new_case(call)
    act = call.act()
    for _ in range(_ATTEMPTS):
        # The table's stream may give up what follows, such as the alert.
        call.stores.arrivals.follow_up(case.case_id, None)
        try:
            call.stores.cases.create(case, act, key)
        except AlreadyRecorded:
            if key is not None and (made := _made_before(call, key)) is not None:
                return made
            case = replace(case, case_id=random_id())  # the id is taken (one chance in 10^15)
        else:
            return _created(case)
    raise ConcurrentChange("no free case id")


def _new_case(call: ApiCall) -> Case:
    """The case that the body asks for. Raises Invalid."""
    body = call.body("NewCase")
    employee = employee_named(call, body, "user_id")
    routing = call.stores.routing.read()
    topic = known_topic(routing, body.get("topic") or call.settings.default_topic, call.settings)
    if topic is None:
        body.refuse("topic", NO_TOPIC)
    wanted = body.accepted()
    assert employee is not None
    assert topic is not None
    now = to_milliseconds(call.now)
    return Case(
        case_id=random_id(),
        status=CaseStatus.OPEN,
        subject=wanted["subject"],
        issue=wanted["issue"],
        topic=topic,
        service_group=routing.service_group_for(topic, employee.population, call.settings.default_service_group),
        employee=snapshot(employee),
        regarding=None,
        show_to_employee=wanted["show_to_employee"],
        flags=(),
        siblings=(),
        mailbox=None,
        created_at=now,
        updated_at=now,
    )


def _new_case_key(call: ApiCall) -> NewCaseKey | None:
    key = optional_key(call.request.headers.get("idempotency-key"))
    if key is None:
        return None
    return NewCaseKey(call.caller.subject, key, request_hash(read_json(call.request.body)), call.now)


def _made_before(call: ApiCall, key: NewCaseKey) -> Response | None:
    """The answer to a repeated request; None if the key is new. Raises Conflict if the request was another one.

    The case is shown as it is now. If the caller may not see it, it is shown as the request made it.
    """
    first = first_case(key)
    if first is None:
        return None
    if first.request_hash != key.request_hash:
        raise Conflict("This Idempotency-Key was used for a different case.")
    case, routing = call.stores.cases.get(first.case_id)
    if case is None:
        raise Conflict("The case that was made with this Idempotency-Key has been erased.")
    if not call.caller.sees(case.service_group, routing.open_groups()):
        made = case.created_at
        case = replace(_new_case(call), case_id=case.case_id, created_at=made, updated_at=made)
    return _created(case)


def _created(case: Case) -> Response:
    return json_response(case_json(case), 201, {"etag": f'"{case.version}"', "location": f"/cases/{case.case_id}"})

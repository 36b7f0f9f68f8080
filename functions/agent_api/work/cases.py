"""`/cases` and `/cases/{case_id}`."""

from __future__ import annotations

import time
from collections.abc import Mapping

from email_channels.addresses import normalise
from email_channels.api.case_views import case_json
from email_channels.api.paging import page_response
from email_channels.api.preconditions import matches, stale, unless_known
from email_channels.api.requests import Response, json_response
from email_channels.api.validation import Body
from email_channels.aws.stores.case_store import CaseChange
from email_channels.cases.audit.records import AuditAction
from email_channels.cases.case import Case, CaseStatus, snapshot
from email_channels.cases.directory import Employee
from email_channels.cases.jobs.erasure import case_erasure
from email_channels.cases.jobs.job import JobKind
from email_channels.errors import ConcurrentChange, PreconditionRequired

from functions.agent_api.administration.jobs import start_job
from functions.agent_api.api_call import ApiCall
from functions.agent_api.configuration.known_routing import NO_GROUP, NO_TOPIC, known_groups, known_topic
from functions.agent_api.work.assignees import with_assignee
from functions.agent_api.work.case_filters import FILTERS, search_of, wrong_filters
from functions.agent_api.work.case_search import find_cases
from functions.agent_api.work.visibility import case_of

_ATTEMPTS = 5
ERASING_SECONDS = 10
"""How long a request erases: some hundreds of emails. API Gateway waits for 29 seconds, and the hundred emails that are
begun just before the end take a few seconds."""
_NO_EMPLOYEE = "no employee has this user id"


def list_cases(call: ApiCall) -> Response:
    """The cases that match the filters and that the caller may see, newest activity first."""
    paging = call.paging(*FILTERS, wrong=wrong_filters(call))
    search = search_of(call)
    found, more = find_cases(call, search, paging)
    page = page_response(paging, ((case_json(case), place) for case, place in found), more)
    return unless_known(call.request.headers, page)


def get(call: ApiCall) -> Response:
    """One case."""
    return case_response(case_of(call))


def change(call: ApiCall) -> Response:
    """Changes the fields in the body, unless the case has changed since the caller read it.

    A new topic does not move the case to another service group: the caller must change the group, too.
    """
    case = case_of(call)
    body = call.body("CaseChange")
    changes = _changes(call, case, body)
    header = _if_match(call)
    act = call.act()
    for _ in range(_ATTEMPTS):
        if not _is_current(case, header):
            break
        if changes == CaseChange():
            return case_response(case)
        handed_over = changes.service_group not in {None, case.service_group}
        if handed_over or changes.subject or changes.employee or changes.set_regarding:
            # The table's stream may give up the alert, or the words under which the case is found.
            call.stores.arrivals.follow_up(case.case_id, None)
        try:
            return case_response(call.stores.cases.change(case, changes, call.now, act))
        except ConcurrentChange:
            case = case_of(call)
            changes = _changes(call, case, body)
    raise stale(header, "The case")


def erase(call: ApiCall) -> Response:
    """Erases a case with its history, its originals and attachments, unless it has changed since the caller read it.

    A case with very many emails takes longer than a request may: a job erases the rest. After a crash, the case is no
    longer shown, and the daily purge erases the rest.
    """
    case, header, act = case_of(call), _if_match(call), call.act()
    for _ in range(_ATTEMPTS):
        if not _is_current(case, header):
            break
        record = act.record(AuditAction.CASE_ERASE, case.case_id)
        try:
            call.stores.erasure.bury_case(case.case_id, case.version, record)
        except ConcurrentChange:
            case = case_of(call)
        else:
            return _erase_rest(call, case.case_id)
    raise stale(header, "The case")


def _erase_rest(call: ApiCall, case_id: str) -> Response:
    until = time.monotonic() + ERASING_SECONDS
    if call.stores.erasure.finish(case_id, lambda: time.monotonic() < until):
        return Response(204)
    return start_job(call, JobKind.ERASURE, request=case_erasure(case_id))


def _if_match(call: ApiCall) -> str:
    header = call.request.headers.get("if-match", "").strip()
    if not header:
        raise PreconditionRequired("If-Match is missing. Set it to the ETag of the case that you have read, or to *.")
    return header


def _is_current(case: Case, if_match: str) -> bool:
    return matches(if_match, f'"{case.version}"')


def employee_named(call: ApiCall, body: Body, field: str) -> Employee | None:
    """The employee that a field names. Refuses the field if there is no such employee. None if the field is missing."""
    if (user_id := body.get(field)) is None:
        return None
    employee = call.stores.directory.get(user_id)
    if employee is None:
        body.refuse(field, _NO_EMPLOYEE)
    return employee


def _changes(call: ApiCall, case: Case, body: Body) -> CaseChange:
    """The changes of a case that the body asks for. Raises Invalid for wrong fields, and for unknown names."""
    topic, group = body.get("topic"), body.get("service_group")
    if topic is not None or group is not None:
        routing = call.stores.routing.read()
        if topic is not None and (topic := known_topic(routing, topic, call.settings)) is None:
            body.refuse("topic", NO_TOPIC)
        if group is not None and group not in known_groups(routing, call.settings):
            body.refuse("service_group", NO_GROUP)
    employee, regarding = employee_named(call, body, "employee"), employee_named(call, body, "regarding")
    sender = normalise(case.email.from_.address) if case.email and case.email.from_ else ""
    wanted = body.fields
    changes = CaseChange(
        status=CaseStatus(wanted["status"]) if "status" in wanted else None,
        topic=topic,
        service_group=group,
        subject=wanted.get("subject"),
        show_to_employee=wanted.get("show_to_employee"),
        employee=snapshot(employee, sender) if employee else None,
        set_regarding="regarding" in wanted,
        regarding=snapshot(regarding) if regarding else None,
    )
    changes = with_assignee(call, case, changes, body)
    body.accepted()
    return changes


def case_response(case: Case, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that shows a case, with its ETag."""
    return json_response(case_json(case), status, {"etag": f'"{case.version}"'} | dict(headers or {}))

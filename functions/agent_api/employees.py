"""`/employees`: the directory, one employee at a time."""

from __future__ import annotations

from email_channels.addresses import normalise
from email_channels.api.configuration_views import employee_json
from email_channels.api.paging import page_response
from email_channels.api.requests import Response, json_response
from email_channels.cases.directory import Employee

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.names import check_name

_MAX_USER_ID = 128
# Names of routes below `/employees`. An employee with such an id could not be reached.
_RESERVED = {"imports"}


def list_employees(call: ApiCall) -> Response:
    """All employees by user id."""
    paging = call.paging()
    found, more = call.stores.directory.page(paging.limit, paging.place)
    return page_response(paging, ((employee_json(employee), place) for employee, place in found), more)


def get(call: ApiCall) -> Response:
    """One employee."""
    employee = call.stores.directory.get(call.path["user_id"])
    if employee is None:
        raise no_such("employee")
    return json_response(employee_json(employee))


def put(call: ApiCall) -> Response:
    """Creates or replaces an employee. Several may share an address; emails from it then need a user mapping."""
    user_id = call.path["user_id"]
    body = call.body("NewEmployee")
    check_name(body, "user_id", user_id, _MAX_USER_ID)
    if user_id in _RESERVED:
        body.refuse("user_id", f"cannot be {user_id}")
    wanted = body.accepted()
    emails: dict[str, str] = {}
    for email in wanted["emails"]:
        emails.setdefault(normalise(email), email)
    employee = Employee(
        user_id=user_id,
        name=wanted["name"],
        emails=tuple(emails.values()),
        population=wanted["population"],
        blocked=wanted["blocked"],
    )
    made = call.stores.directory.put(employee)
    return json_response(employee_json(employee), 201 if made else 200)


def delete(call: ApiCall) -> Response:
    """Deletes an employee. Their cases stay, and still show the name and address."""
    if not call.stores.directory.delete(call.path["user_id"]):
        raise no_such("employee")
    return Response(204)

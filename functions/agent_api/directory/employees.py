"""`/employees`: the directory, one employee at a time, and the search for employees."""

from __future__ import annotations

from email_channels.addresses import normalise
from email_channels.api.configuration_views import employee_json
from email_channels.api.paging import Paging, page_response
from email_channels.api.preconditions import etag_of
from email_channels.api.requests import Response, json_response
from email_channels.api.validation import Body
from email_channels.cases.audit.targets import person_target
from email_channels.cases.directory import MAX_USER_ID, Employee, is_reserved
from email_channels.cases.search.words import searched_words
from email_channels.errors import FieldError

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.configuration.in_use import refuse_mapped_employee
from functions.agent_api.configuration.names import check_name

_MAX_QUERY = 200
# The place before all employees that are found by their names. Other places begin with a word.
_BEFORE_NAMES = "#"

_Found = tuple[list[tuple[Employee, str]], str | None]


def list_employees(call: ApiCall) -> Response:
    """Employees that match `q`. Without `q`, all employees by user id, for admins only."""
    query = (call.filter("q") or "").strip() or None
    wrong = []
    if query is not None and len(query) > _MAX_QUERY:
        wrong.append(FieldError("q", f"must have at most {_MAX_QUERY} characters"))
    if query is None and not call.caller.is_admin:
        wrong.append(FieldError("q", "is required: only admins may list all employees"))
    paging = call.paging("q", wrong=wrong)
    if query is None:
        found, more = call.stores.directory.page(paging.limit, paging.place)
    elif "@" in query:
        found, more = _with_address(call, query, paging)
    else:
        found, more = _with_words(call, query, paging)
    return page_response(paging, ((employee_json(employee), place) for employee, place in found), more)


def _with_address(call: ApiCall, address: str, paging: Paging) -> _Found:
    """The employees that have this address, by user id."""
    user_ids = [
        user_id
        for user_id in call.stores.directory.user_ids_at(address)
        if paging.place is None or user_id > paging.place
    ]
    page = user_ids[: paging.limit]
    employees = call.stores.directory.read(page) if page else {}
    found = [(employees[user_id], user_id) for user_id in page if user_id in employees]
    return found, page[-1] if len(user_ids) > len(page) else None


def _with_words(call: ApiCall, query: str, paging: Paging) -> _Found:
    """First the employee with this user id, then those with names that match."""
    # People type ids in either case, but the directory keeps them as they were written.
    user_ids = list(dict.fromkeys((query, query.upper(), query.lower())))
    first = list(call.stores.directory.read(user_ids).values()) if paging.place is None else []
    found = [(employee, _BEFORE_NAMES) for employee in first[: paging.limit]]
    if len(found) == paging.limit:
        return found, _BEFORE_NAMES
    after = None if paging.place == _BEFORE_NAMES else paging.place
    named, more = call.stores.employees.find(
        searched_words(query), paging.limit - len(found), after, frozenset(user_ids)
    )
    return found + named, more


def get(call: ApiCall) -> Response:
    """One employee."""
    employee = call.stores.directory.get(call.path["user_id"])
    if employee is None:
        raise no_such("employee")
    return _answer(employee)


def put(call: ApiCall) -> Response:
    """Creates or replaces an employee. Several may share an address; emails from it then need a user mapping."""
    employee = employee_from(call.body("NewEmployee"), call.path["user_id"])
    made = call.stores.directory.put(employee, call.act(), _target(call, employee.user_id), call.require_match)
    return _answer(employee, 201 if made else 200)


def employee_from(body: Body, user_id: str) -> Employee:
    """The employee with this user id that a body (`NewEmployee`) describes. Raises Invalid."""
    check_name(body, "user_id", user_id, MAX_USER_ID)
    if is_reserved(user_id):
        body.refuse("user_id", f"cannot be {user_id}")
    wanted = body.accepted()
    emails: dict[str, str] = {}
    for email in wanted["emails"]:
        emails.setdefault(normalise(email), email)
    return Employee(
        user_id=user_id,
        name=wanted["name"],
        emails=tuple(emails.values()),
        population=wanted["population"],
        blocked=wanted["blocked"],
    )


def delete(call: ApiCall) -> Response:
    """Deletes an employee. Raises Conflict if user mappings name them.

    Their cases stay, and still show the name and address.
    """
    user_id = call.path["user_id"]
    refuse_mapped_employee(call, user_id)
    if not call.stores.directory.delete(user_id, call.act(), _target(call, user_id), call.require_match):
        raise no_such("employee")
    return Response(204)


def _answer(employee: Employee, status: int = 200) -> Response:
    return json_response(employee_json(employee), status, {"etag": etag_of(employee)})


def _target(call: ApiCall, user_id: str) -> str:
    return person_target(user_id, call.stores.signing_keys())

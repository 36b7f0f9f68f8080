"""`/jobs`, and the routes that start a job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from email_channels.addresses import normalise
from email_channels.api.job_views import job_json
from email_channels.api.paging import page_response
from email_channels.api.requests import Response, json_response
from email_channels.api.validation import Body
from email_channels.cases.audit.targets import person_target
from email_channels.cases.directory import Employee
from email_channels.cases.jobs.erasure import Person, erasure_request
from email_channels.cases.jobs.job import JobKind
from email_channels.cases.references import read_case_id
from email_channels.errors import NotFound

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.configuration.mailboxes import find_mailbox

_UNKNOWN = (
    "There is no such employee, and no case of them. Were they deleted from the directory? Put them into the directory "
    "again, with all their addresses, and then erase them."
)

_CASES_READ = 1_000
"""The newest cases of a person that are read for the addresses from which they wrote."""
_MOST_FORMER_ADDRESSES = 50
"""As many as the directory has for one person."""


def list_jobs(call: ApiCall) -> Response:
    """The jobs, newest first."""
    paging = call.paging()
    jobs, more = call.stores.jobs.newest(paging.limit, paging.place)
    found = call.stores.jobs.findings(job.job_id for job in jobs)
    return page_response(paging, ((job_json(job, found.get(job.job_id)), job.job_id) for job in jobs), more)


def get(call: ApiCall) -> Response:
    """One job, with its progress."""
    job = call.stores.jobs.get(call.path["job_id"])
    if job is None:
        raise no_such("job")
    return json_response(job_json(job, call.stores.jobs.findings([job.job_id]).get(job.job_id)))


def retry(call: ApiCall) -> Response:
    """Starts a job that decides many unprocessed emails again."""
    return _start_selecting(call, JobKind.RETRY)


def discard(call: ApiCall) -> Response:
    """Starts a job that discards many unprocessed emails."""
    return _start_selecting(call, JobKind.DISCARD)


def erase_employee(call: ApiCall) -> Response:
    """Starts a job that erases an employee, and their cases or what in these is about people."""
    wanted = call.body("NewErasure").accepted()
    user_id = call.path["user_id"]
    employee = call.stores.directory.get(user_id)
    cases, written = call.stores.lists.addresses_of(user_id, _CASES_READ)
    if employee is None and not cases:
        raise NotFound(_UNKNOWN)
    addresses = _own_addresses(call, user_id, employee, written)
    target = person_target(user_id, call.stores.signing_keys())
    request = erasure_request(Person(user_id, addresses), wanted["cases"], call.act(), target)
    return start_job(call, JobKind.ERASURE, request=request)


def _own_addresses(call: ApiCall, user_id: str, employee: Employee | None, written: set[str]) -> frozenset[str]:
    """The addresses of the directory, and those from which they wrote (`written`): the directory may have forgotten
    them. Without addresses that another employee has: nobody knows who wrote an email from a shared one."""
    known = list(map(normalise, employee.emails)) if employee else []
    known += sorted(written - {*known})[:_MOST_FORMER_ADDRESSES]
    owners = call.stores.directory.user_ids_at_each(known)
    return frozenset(address for address, user_ids in owners.items() if set(user_ids) <= {user_id})


def start_job(
    call: ApiCall,
    kind: JobKind,
    *,
    request: Mapping[str, Any],
    place: Mapping[str, Any] | None = None,
    total: int | None = None,
    selected: Iterable[str] = (),
    exclusive: bool = False,
) -> Response:
    """Writes a new job, and asks the function `jobs` for work on it. The parameters are those of `JobStore.create`.

    If the request ends between the two, `reconcile` asks for the work.
    """
    job = call.stores.jobs.create(
        kind,
        call.caller.user,
        call.caller.subject,
        call.now,
        request=request,
        place=place,
        total=total,
        selected=selected,
        exclusive=exclusive,
    )
    call.stores.jobs_queue.send(job.job_id)
    return json_response(job_json(job), status=202, headers={"location": f"/jobs/{job.job_id}"})


def _start_selecting(call: ApiCall, kind: JobKind) -> Response:
    """Starts a job about the emails that the body selects: by their ids, or by reason and mailbox."""
    body = call.body("NewSelection")
    ids, reason, mailbox = body.get("ids"), body.get("reason"), body.get("mailbox")
    if not body.errors:
        _check_selection(body)
    if mailbox is not None and find_mailbox(call, mailbox) is None:
        body.refuse("mailbox", "no mailbox has this address. To name emails of a deleted mailbox, set ids")
    body.accepted()
    if ids is None:
        request = {"reason": reason} | ({"mailbox": mailbox} if mailbox else {})
        return start_job(call, kind, request=request, place={"selecting": None, "pages": 0, "found": 0})
    # An id that cannot be one stays as it is, so that the job can name it.
    selected = list(dict.fromkeys(read_case_id(each) or each for each in ids))
    return start_job(call, kind, request={}, place={"page": 0, "at": 0}, total=len(selected), selected=selected)


def _check_selection(body: Body) -> None:
    if body.get("ids") is not None:
        for field in {"reason", "mailbox"} & body.fields.keys():
            body.refuse(field, "cannot be combined with ids")
    elif body.get("reason") is None:
        body.refuse("reason", "is missing. To name the emails, set ids instead")

"""`/audit`: who changed what, newest first."""

from __future__ import annotations

from email_channels.addresses import normalise
from email_channels.api.audit_views import audit_json
from email_channels.api.paging import page_response
from email_channels.api.query_parameters import NO_TIME, read_time
from email_channels.api.requests import Response
from email_channels.aws.stores.audit.audit_store import AuditFilter
from email_channels.cases.audit.records import AuditAction
from email_channels.cases.audit.targets import person_targets
from email_channels.cases.references import read_case_id
from email_channels.errors import FieldError, Invalid

from functions.agent_api.api_call import ApiCall
from functions.agent_api.filtered_page import BATCH, filtered_page

# The most records that are searched for one page. If the page is then not full, the next one continues after them.
_SEARCHED = 1_000
# A filter is compared with names and ids, which are shorter than a key of DynamoDB.
_MAX_FILTER = 900


def list_audit(call: ApiCall) -> Response:
    """The audit records that match the filters, newest first."""
    wanted = _filter(call)
    paging = call.paging("actor", "action", "target", "since")
    first_batch = paging.limit + 1
    few = wanted.action is None and (wanted.targets is None or wanted.actor is None)
    places, read = call.stores.audit.newest(wanted, paging.place, first_batch if few else BATCH)
    page = filtered_page(
        places,
        read,
        lambda record, _: wanted.matches(record, call.now),
        limit=paging.limit,
        most=_SEARCHED,
        first_batch=first_batch,
    )
    return page_response(paging, ((audit_json(record), place) for record, place in page.items), page.more)


def _filter(call: ApiCall) -> AuditFilter:
    """The filters of the request. Raises Invalid, which names each that is wrong."""
    actor, action, target = call.filter("actor"), call.filter("action"), call.filter("target")
    errors = [
        FieldError(name, f"must have at most {_MAX_FILTER} characters")
        for name, value in (("actor", actor), ("target", target))
        if value is not None and len(value) > _MAX_FILTER
    ]
    if action is not None and action not in set(AuditAction):
        errors.append(FieldError("action", "must be one of " + ", ".join(AuditAction)))
    text = call.filter("since")
    since = read_time(text) if text is not None else None
    if text is not None and since is None:
        errors.append(FieldError("since", NO_TIME))
    if errors:
        raise Invalid(tuple(errors))
    targets = None if target is None else _forms_of(call, target)
    return AuditFilter(targets=targets, actor=actor, action=action, since=since)


def _forms_of(call: ApiCall, target: str) -> tuple[str, ...]:
    """The forms in which a target may be recorded.

    A client may give a person's user id, or the HMAC that records show; an address as people write it; a case number.
    """
    forms = [target, normalise(target), *person_targets(target, call.stores.signing_keys())]
    if (case_id := read_case_id(target)) is not None:
        forms.append(case_id)
    return tuple(dict.fromkeys(form for form in forms if form))

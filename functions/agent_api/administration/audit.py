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
from email_channels.errors import FieldError

from functions.agent_api.api_call import ApiCall
from functions.agent_api.filtered_page import BATCH, filtered_page

# The most records that are searched for one page. If the page is then not full, the next one continues after them.
_SEARCHED = 1_000
# A filter is compared with names and ids, which are shorter than a key of DynamoDB.
_MAX_FILTER = 900


def list_audit(call: ApiCall) -> Response:
    """The audit records that match the filters, newest first."""
    paging = call.paging("actor", "action", "target", "since", wrong=_wrong_filters(call))
    wanted = _filter(call)
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


def _wrong_filters(call: ApiCall) -> list[FieldError]:
    wrong = [
        FieldError(name, f"must have at most {_MAX_FILTER} characters")
        for name in ("actor", "target")
        if len(call.filter(name) or "") > _MAX_FILTER
    ]
    if call.filter("action") not in {None, *AuditAction}:
        wrong.append(FieldError("action", "must be one of " + ", ".join(AuditAction)))
    since = call.filter("since")
    if since is not None and read_time(since) is None:
        wrong.append(FieldError("since", NO_TIME))
    return wrong


def _filter(call: ApiCall) -> AuditFilter:
    target, since = call.filter("target"), call.filter("since")
    return AuditFilter(
        targets=None if target is None else _forms_of(call, target),
        actor=call.filter("actor"),
        action=call.filter("action"),
        since=None if since is None else read_time(since),
    )


def _forms_of(call: ApiCall, target: str) -> tuple[str, ...]:
    """The forms in which a target may be recorded.

    A client may give a person's user id, or the HMAC that records show; an address as people write it; a case number.
    """
    forms = [target, normalise(target), *person_targets(target, call.stores.signing_keys())]
    if (case_id := read_case_id(target)) is not None:
        forms.append(case_id)
    return tuple(dict.fromkeys(form for form in forms if form))

"""`/unprocessed`: the emails that did not become a case or an entry."""

from __future__ import annotations

from collections.abc import Callable

from email_channels.addresses import ascii_domain, domain_of, normalise
from email_channels.api.paging import page_response
from email_channels.api.query_parameters import NO_TIME, read_time
from email_channels.api.requests import Response, json_response
from email_channels.api.unprocessed_views import unprocessed_json, whole_unprocessed_json
from email_channels.aws.rows.unprocessed_rows import unprocessed_objects
from email_channels.cases.reasons import Reason
from email_channels.cases.references import read_case_id
from email_channels.cases.unprocessed import Hold, Unprocessed
from email_channels.errors import ConcurrentChange, Conflict, Fault, FieldError
from email_channels.followup.purge import why_not_discarded
from email_channels.times import to_milliseconds

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.filtered_page import filtered_page

# The most emails that are searched for one page. If the page is then not full, the next one continues after them.
_SEARCHED = 1_000
_TIMES = ("received_since", "received_until")
_ATTEMPTS = 5


def list_unprocessed(call: ApiCall) -> Response:
    """The unprocessed emails that match the filters, newest first."""
    times = {name: read_time(text) for name in _TIMES if (text := call.filter(name)) is not None}
    wrong = [FieldError(name, NO_TIME) for name, at in times.items() if at is None]
    if call.filter("reason") not in {None, *Reason}:
        wrong.append(FieldError("reason", "must be one of " + ", ".join(Reason)))
    paging = call.paging("reason", "mailbox", "from", *_TIMES, wrong=wrong)
    store = call.stores.unprocessed
    since, until = (times.get(name) for name in _TIMES)
    page = filtered_page(
        store.newest(paging.place, paging.limit + 1, since=since, until=until),
        store.read_listed,
        _filter(call),
        limit=paging.limit,
        most=_SEARCHED,
        first_batch=paging.limit + 1,
    )
    return page_response(paging, ((unprocessed_json(item), place) for item, place in page.items), page.more)


def get(call: ApiCall) -> Response:
    """One unprocessed email, with its trace and a link to its original."""
    item = call.stores.unprocessed.get(record_id_of(call))
    if item is None:
        raise no_such("unprocessed email")
    key = item.email.raw_key
    link = call.stores.mail.link(key, f"{item.id}.eml", "message/rfc822") if key else None
    return json_response(whole_unprocessed_json(item, link))


def hold(call: ApiCall) -> Response:
    """Keeps an unprocessed email from being purged."""
    why = call.body("NewHold").accepted()["why"]
    held = Hold(why, call.caller.user, to_milliseconds(call.now))
    return json_response(unprocessed_json(call.stores.unprocessed.hold(record_id_of(call), held, call.act())))


def release(call: ApiCall) -> Response:
    """Ends a hold, so that the email is purged when it is due."""
    return json_response(unprocessed_json(call.stores.unprocessed.release(record_id_of(call), call.act())))


def discard(call: ApiCall) -> Response:
    """Purges an unprocessed email at once, with a proof. Raises Conflict while it is held or not notified yet."""
    item = _marked(call)
    # After a crash here, the email stays marked as being purged, and the daily purge finishes it.
    if call.stores.mail.delete(unprocessed_objects(item)):
        raise Fault("S3 did not delete all objects of the email")
    call.stores.purges.delete([item])
    return Response(204)


def _marked(call: ApiCall) -> Unprocessed:
    """The email, marked as being purged. What somebody changes meanwhile is looked at again."""
    record_id, act = record_id_of(call), call.act()
    for _ in range(_ATTEMPTS):
        item = call.stores.unprocessed.get(record_id)
        if item is None:
            raise no_such("unprocessed email")
        if item.purge_id is not None:
            return item
        if (why_not := why_not_discarded(item)) is not None:
            raise Conflict(why_not)
        if call.stores.purges.discard(item, call.now, act):
            return item
    raise ConcurrentChange(f"unprocessed email {record_id} changed in the meantime")


def _filter(call: ApiCall) -> Callable[[Unprocessed, str], bool]:
    """The test for emails that match the filters."""
    reason, mailbox, sender = call.filter("reason"), call.filter("mailbox"), call.filter("from")

    def matches(item: Unprocessed, _: str) -> bool:
        return (
            reason in {None, item.reason.value}
            and (mailbox is None or normalise(item.mailbox or "") == normalise(mailbox))
            and (sender is None or _is_from(item, sender))
        )

    return matches


def _is_from(item: Unprocessed, sender: str) -> bool:
    address = item.email.from_.address if item.email.from_ else ""
    if "@" in sender.strip("@"):
        return normalise(address) == normalise(sender)
    domain = ascii_domain(sender.strip("@"))
    return domain != "" and domain_of(address) == domain


def record_id_of(call: ApiCall) -> str:
    """The record id in the path. Raises NotFound for a text that can be none."""
    record_id = read_case_id(call.path["id"])
    if record_id is None:
        raise no_such("unprocessed email")
    return record_id

"""`/cases/{case_id}/notes`: what an agent writes for other agents. It is in the history, and never sent."""

from __future__ import annotations

from email_channels.api.case_views import whole_entry_json
from email_channels.api.idempotency import optional_key, request_hash
from email_channels.api.requests import Response, json_response
from email_channels.aws.stores.requests.note_store import FULL_CASE
from email_channels.aws.stores.requests.request_keys import IdempotencyKeyTaken, RequestKey, first_request
from email_channels.cases.audit.records import AuditAction
from email_channels.cases.audit.targets import email_target
from email_channels.cases.case import is_full
from email_channels.cases.history import Entry, StoredEmail
from email_channels.cases.people.note import note, note_ids
from email_channels.cases.references import random_id
from email_channels.errors import CaseMerged, Conflict, Fault
from email_channels.times import to_milliseconds

from functions.agent_api.api_call import ApiCall
from functions.agent_api.work.visibility import case_of


def create(call: ApiCall) -> Response:
    """Writes a note. The same caller's request with the same Idempotency-Key and text returns the first note."""
    from email_channels.outbound.drafts import body_text  # most requests do not need it

    case = case_of(call)
    case_id = case.case_id
    body = call.body("NewNote")
    text = body_text(body.get("text") or "").strip()
    if not text:
        body.refuse("text", "must not be empty")
    body.accepted()
    key = optional_key(call.request.headers.get("idempotency-key"))
    digest = request_hash({"note": text})
    used = RequestKey(call.caller.subject, key, digest) if key is not None else None
    if used is not None and (first := _first(call, case_id, used)) is not None:
        return _answer(case_id, first)
    # The store checks both again. Here, nothing has been written to the bucket yet.
    if case.merged_into is not None:
        raise CaseMerged(case.merged_into)
    if is_full(case.emails, case.size):
        raise Conflict(FULL_CASE)
    at = to_milliseconds(call.now)
    entry_id, storage_id = note_ids(at, case_id, call.caller.subject, key or random_id(20), digest)
    email = note(entry_id, at, call.me().agent, text)
    record = call.act().record(AuditAction.NOTE_CREATE, email_target(case_id, entry_id))
    try:
        call.stores.notes.create(Entry(case_id, email), storage_id, used, record)
    except IdempotencyKeyTaken:
        if used is None or (first := _first(call, case_id, used)) is None:
            raise Fault("another request has this Idempotency-Key, but its record is not found") from None
        return _answer(case_id, first)
    return _answer(case_id, email)


def _first(call: ApiCall, case_id: str, used: RequestKey) -> StoredEmail | None:
    first = first_request(case_id, used, call.now)
    if first is None:
        return None
    if first.request_hash != used.request_hash:
        raise Conflict("This Idempotency-Key was used for a different email or note.")
    _, written, _ = call.stores.cases.get_entry(case_id, first.email_id)
    if written is None:
        raise Conflict("The note that was written with this Idempotency-Key has been moved to another case.")
    return written


def _answer(case_id: str, email: StoredEmail) -> Response:
    location = f"/cases/{case_id}/emails/{email.email_id}"
    return json_response(whole_entry_json(email), 201, {"location": location})

"""`/cases/{case_id}/emails`: the Email History."""

from __future__ import annotations

from email_channels.api.case_views import entry_json, link_json, whole_entry_json
from email_channels.api.paging import page_response
from email_channels.api.requests import Response, json_response
from email_channels.errors import NotFound

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.work.visibility import case_of, email_of


def list_emails(call: ApiCall) -> Response:
    """The emails of a case, newest first."""
    paging = call.paging()
    emails, more = call.stores.cases.history(case_of(call), paging.limit, paging.place)
    return page_response(paging, ((entry_json(email), email.email_id) for email in emails), more)


def get(call: ApiCall) -> Response:
    """One entry with its content."""
    _, email = email_of(call)
    return json_response(whole_entry_json(email))


def original(call: ApiCall) -> Response:
    """A link to the email as it was received. Raises NotFound for an email that we sent, and for a deleted original."""
    case, email = email_of(call)
    if email.raw_key is None or call.stores.mail.size(email.raw_key) is None:
        raise NotFound("This email has no original, or its original has been deleted.")
    name = f"{case.case_id}-{email.email_id}.eml"
    return json_response(link_json(call.stores.mail.link(email.raw_key, name, "message/rfc822")))


def attachment(call: ApiCall) -> Response:
    """A link to an attachment, by its number."""
    _, email = email_of(call)
    for row in email.attachments:
        if str(row.n) == call.path["n"]:
            return json_response(link_json(call.stores.mail.link(row.key, row.filename, row.content_type)))
    raise no_such("attachment")

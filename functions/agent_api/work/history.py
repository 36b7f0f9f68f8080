"""`/cases/{case_id}/emails`: the Email History."""

from __future__ import annotations

from email_channels.api.case_views import entry_json, link_json, whole_entry_json
from email_channels.api.paging import page_response
from email_channels.api.requests import Response, json_response
from email_channels.aws.mail_bucket import MailBucket
from email_channels.cases.audit.records import AuditAction
from email_channels.cases.audit.targets import email_target
from email_channels.cases.case import Case
from email_channels.cases.history import Direction, StoredEmail
from email_channels.cases.warnings import EmailWarning
from email_channels.errors import FieldError, Infected, Invalid, NotFound

from functions.agent_api.api_call import ApiCall, no_such
from functions.agent_api.work.visibility import case_of, email_read

_INFECTED = (
    "Amazon SES found a virus in this email. Its original and attachments may harm the computer that opens them. "
    "To get the link nevertheless, ask with accept_risk=true."
)


def list_emails(call: ApiCall) -> Response:
    """The emails of a case, newest first."""
    paging = call.paging()
    emails, more = call.stores.cases.history(case_of(call), paging.limit, paging.place)
    return page_response(paging, ((entry_json(email), email.email_id) for email in emails), more)


def get(call: ApiCall) -> Response:
    """One entry with its content. `Content-Location` says where it is: its case may have been merged."""
    case, email = email_read(call)
    place = f"/cases/{case.case_id}/emails/{email.email_id}"
    return json_response(whole_entry_json(email), headers={"content-location": place})


def original(call: ApiCall) -> Response:
    """A link to the email as it was received or sent. Raises NotFound for an original that has been deleted, and
    Infected."""
    accepted = _accepts_risk(call)
    case, email = email_read(call)
    if email.raw_key is None or not _has_original(call.stores.mail, email):
        raise NotFound("This email has no original, or its original has been deleted.")
    _check_risk(call, case, email, accepted)
    name = f"{case.case_id}-{email.email_id}.eml"
    return json_response(link_json(call.stores.mail.link(email.raw_key, name, "message/rfc822")))


def attachment(call: ApiCall) -> Response:
    """A link to an attachment, by its number. Raises Infected."""
    accepted = _accepts_risk(call)
    case, email = email_read(call)
    for row in email.attachments:
        if str(row.n) == call.path["n"]:
            _check_risk(call, case, email, accepted)
            return json_response(link_json(call.stores.mail.link(row.key, row.filename, row.content_type)))
    raise no_such("attachment")


def _has_original(mail: MailBucket, email: StoredEmail) -> bool:
    if email.direction is Direction.INBOUND:
        return email.raw_key is not None and mail.size(email.raw_key) is not None
    # Imported here, because only originals of sent emails need what writes messages.
    from email_channels.outbound.ad_hoc.originals import complete_original

    return complete_original(mail, email)


def _accepts_risk(call: ApiCall) -> bool:
    """Whether the caller accepts that a file may hold a virus. Raises Invalid."""
    accepted = call.filter("accept_risk")
    if accepted not in {None, "true", "false"}:
        raise Invalid((FieldError("accept_risk", "must be true or false"),))
    return accepted == "true"


def _check_risk(call: ApiCall, case: Case, email: StoredEmail, accepted: bool) -> None:
    """Before a link to a file that may hold a virus: the caller must accept the risk, and the audit records that they
    did. Raises Infected."""
    if EmailWarning.VIRUS not in email.warnings:
        return
    if not accepted:
        raise Infected(_INFECTED)
    target = email_target(case.case_id, email.email_id)
    call.stores.audit.write(call.act().record(AuditAction.ATTACHMENT_ACCEPT_RISK, target))

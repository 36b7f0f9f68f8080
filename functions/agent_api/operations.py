"""`/health`, `/openapi.json`, `/settings` and `/purges`."""

from __future__ import annotations

from email_channels.api.paging import page_response
from email_channels.api.requests import Response, json_response
from email_channels.api.validation import openapi_bytes
from email_channels.api.views import purge_json
from email_channels.times import to_text

from functions.agent_api.call import Call

# The parameters of the template by kind. None of them is a secret.
_FLAGS = """
    CaseCreationEnabled AdHocEnabled ReplaceActiveRuleSet CcSenderOnError PlusAddressing AcceptEmailsForClosedCases
    VariableTopic VariableShow DefaultShow TrustWithoutAuthentication AcknowledgeSender
"""
_LISTS = "CaseCreationRecipients AdHocRecipients AllowedIpRanges AdminEmailAddresses TrustedSenders"
_NUMBERS = "PurgeAfterDays ProcessedRetentionDays MaxCasesPerSenderPerHour LogRetentionDays"
_TEXTS = """
    ReceiptRuleSetName NotificationFromAddress NotificationFromName AdHocFromAddress AdHocFromName AdHocReplyTo
    MailboxAddress DefaultTopic DefaultSubject IdentifySender DefaultServiceGroup DefaultServiceGroupAddress SpamAction
    VirusAction AuthenticationAction OutboundTls JwtIssuer JwtAudience GroupsClaim SesIdentityDomain AlarmEmailAddress
"""


def health(_call: Call) -> Response:
    """That the API answers."""
    return json_response({"status": "ok"})


def openapi(_call: Call) -> Response:
    """The OpenAPI document, a file as it was built."""
    return Response(200, openapi_bytes().decode())


def settings(call: Call) -> Response:
    """The effective parameters by name; null where one is empty."""
    values: dict[str, object] = {}
    for name in _FLAGS.split():
        values[name] = _variable(call, name) == "true"
    for name in _LISTS.split():
        values[name] = [item.strip() for item in _variable(call, name).split(",") if item.strip()]
    for name in _NUMBERS.split():
        text = _variable(call, name)
        values[name] = int(text) if text.isdecimal() else None
    for name in _TEXTS.split():
        values[name] = _variable(call, name) or None
    return json_response(dict(sorted(values.items())))


def list_purges(call: Call) -> Response:
    """The proofs of purges, newest first."""
    paging = call.paging()
    proofs, more = call.deployment.purges.proofs(paging.limit, paging.place)
    places = ((purge_json(proof), f"{to_text(proof.at)}#{proof.purge_id}") for proof in proofs)
    return page_response(paging, places, more)


def _variable(call: Call, parameter: str) -> str:
    """The function's variable for a parameter: `PurgeAfterDays` is `PURGE_AFTER_DAYS`."""
    name = "".join(f"_{char}" if char.isupper() else char.upper() for char in parameter).lstrip("_")
    return call.deployment.environment.get(name, "").strip()

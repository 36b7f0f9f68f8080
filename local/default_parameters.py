"""Values for the template's parameters that have no default there, and an event bus. They describe an invented company,
Acme.

``--param`` replaces them. All other parameters with a default in the template keep it.
"""

from collections.abc import Mapping

from local.http.token_issuer import AUDIENCE

_DEFAULTS = {
    "AdHocFromAddress": "service@acme-cases.example",
    "AdHocFromName": "Acme Service Centre",
    "AdHocRecipients": "answers@in.acme-cases.example",
    "AdHocReplyTo": "answers@acme.example",
    "AdminEmailAddresses": "admin@acme.example",
    "AllowedIpRanges": "127.0.0.0/8",
    # The first address receives for the first mailbox, the second one for the mailbox that the samples add.
    "CaseCreationRecipients": "payroll@in.acme-cases.example,benefits@in.acme-cases.example",
    # GET /local/events shows what is put on it.
    "EventBusName": "default",
    "MailboxAddress": "payroll@acme.example",
    "NotificationFromAddress": "cases@acme-cases.example",
}


def with_defaults(issuer: str, given: Mapping[str, str]) -> dict[str, str]:
    """The template's parameters: the local defaults, replaced by those ``given`` on the command line.

    ``issuer`` is the URL of the local token issuer.
    """
    own = {"JwtIssuer": issuer, "JwtAudience": AUDIENCE, "ConsoleClientId": AUDIENCE}
    return {**_DEFAULTS, **own, **given}

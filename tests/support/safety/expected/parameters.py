"""What an operator may give for each parameter, and what holds if nothing is given.

The defaults themselves are in `tests/support/template.py`; the reasons for them are here.
"""

from typing import Any

from tests.support.safety.rows import ABSENT, ANY_TEXT, Row
from tests.support.template import PARAMETERS, REQUIRED

DOMAIN = r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
LOCAL = "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+"
ADDRESS = f"{LOCAL}@{DOMAIN}"
RECIPIENT = f"({LOCAL}@)?{DOMAIN}"
LINE = r"[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?"
BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = rf"({BYTE}\.){{3}}{BYTE}(/([1-9]|[12][0-9]|3[0-2]))?"
IPV6 = "[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}(/([1-9]|[1-9][0-9]|1[01][0-9]|12[0-8]))?"
RANGE = f"({IPV4}|{IPV6})"
SCOPE = r"[\x21\x23-\x5b\x5d-\x7e]+"


def text(pattern: str, most: int | None = None) -> dict[str, Any]:
    checks: dict[str, Any] = {"Type": "String", "AllowedPattern": f"^{pattern}$"}
    return checks if most is None else {**checks, "MaxLength": most}


def several(pattern: str) -> str:
    return f"{pattern}( *, *{pattern})*"


def choice(*values: Any, type_: str = "String") -> dict[str, Any]:
    return {"Type": type_, "AllowedValues": list(values)}


def number(least: int, most: int) -> dict[str, Any]:
    return {"Type": "Number", "MinValue": least, "MaxValue": most}


SWITCH = choice("true", "false")
ACTION = choice("accept", "flag", "reject")

CHECKS: dict[str, tuple[dict[str, Any], str]] = {
    "CaseCreationEnabled": (SWITCH, "both channels are on until somebody does without one"),
    "AdHocEnabled": (SWITCH, "both channels are on until somebody does without one"),
    "CaseCreationRecipients": (
        text(f"({several(RECIPIENT)})?"),
        "SES takes a malformed recipient, and never matches it",
    ),
    "AdHocRecipients": (text(f"({several(RECIPIENT)})?"), "SES takes a malformed recipient, and never matches it"),
    "Language": (choice("en", "de", "fr", "es", "it", "nl", "pt", "pl"), "the languages that texts exist in"),
    "AllowedIpRanges": (text(several(RANGE)), "no default and no /0: an operator names the servers that may deliver"),
    "ManageReceiptFilters": (SWITCH, "on, because without filters SES takes what everybody sends"),
    "ReceiptRuleSetName": (text("([A-Za-z0-9]([A-Za-z0-9_-]{0,62}[A-Za-z0-9])?)?"), "an own set changes nobody else's"),
    "ReplaceActiveRuleSet": (SWITCH, "off, because another system may receive with the active set"),
    "AdminEmailAddresses": (text(several(ADDRESS)), "no default: somebody must hear of emails that made no case"),
    "NotificationFromAddress": (text(ADDRESS), "no default, and no line breaks, which would add headers"),
    "NotificationFromName": (text(LINE, 100), "no line breaks, which would add headers"),
    "CcSenderOnError": (SWITCH, "off, because forged senders would get emails of ours"),
    "MaxAutomaticEmailsPerHour": (number(1, 1_000_000), "a storm of emails cannot become a storm of answers"),
    "PurgeAfterDays": (number(1, 3650), "a month to repair an email; at least a day, and not for ever"),
    "ProcessedRetentionDays": (number(0, 36_500), "0 keeps originals: nothing expires until somebody decides it"),
    "AdHocFromAddress": (text(f"({ADDRESS})?"), "no line breaks, which would add headers"),
    "AdHocFromName": (text(f"({LINE})?", 100), "no line breaks, which would add headers"),
    "AdHocReplyTo": (text(f"({ADDRESS})?"), "no line breaks, which would add headers"),
    "PlusAddressing": (SWITCH, "off, because replies are lost where a mail server does not know it"),
    "AcceptEmailsForClosedCases": (SWITCH, "on, so no reply is lost"),
    "ReopenOnReply": (SWITCH, "on, so somebody sees the reply"),
    "MailboxAddress": (text(ADDRESS), "no default: it decides which emails become cases"),
    "DefaultTopic": (text(LINE, 100), "one line, as the table and the console take it"),
    "DefaultSubject": (text(LINE, 200), "one line, as the table and the console take it"),
    "IdentifySender": (
        choice("from_address", "user_id_in_body"),
        "the From address can be proven, a line in a body not",
    ),
    "VariableTopic": (SWITCH, "off, because what a body says is believed only from trusted senders"),
    "VariableShow": (SWITCH, "off, because what a body says is believed only from trusted senders"),
    "DefaultShow": (SWITCH, "off, because not every case is for the employee's eyes"),
    "TrustedSenders": (text(f"({several(RECIPIENT)})?"), "nobody is trusted by default"),
    "TrustWithoutAuthentication": (SWITCH, "off, because a From address alone proves nothing"),
    "AcknowledgeSender": (SWITCH, "off, because forged senders would get emails of ours"),
    "Contact": (text(f"({LINE})?", 200), "no line breaks, which would add headers"),
    "DefaultServiceGroup": (text("[A-Za-z0-9_-]{1,64}"), "it becomes a part of keys and of a group's name"),
    "DefaultServiceGroupAddress": (text(f"({ADDRESS})?"), "no alerts until somebody gives an address"),
    "SpamAction": (ACTION, "rejected emails are kept and admins are told, so nothing is lost"),
    "VirusAction": (ACTION, "no agent opens a virus by mistake"),
    "AuthenticationAction": (ACTION, "flagged, because many senders' domains are badly set up"),
    "MaxCasesPerSenderPerHour": (number(1, 1_000_000), "a sender's loop makes at most 20 cases"),
    "OutboundTls": (choice("Require", "Optional"), "emails about employees are not sent in the clear"),
    "JwtIssuer": (
        text(r"(https://[^\s]+|http://(127\.0\.0\.1|localhost)(:[0-9]+)?(/[^\s]*)?)?"),
        "https, so nobody in between can exchange the keys of tokens",
    ),
    "JwtAudience": (text(r"[^\s,]*"), "one audience: a comma would make two"),
    "GroupsClaim": (text("[A-Za-z0-9:/._-]{1,200}"), "the claim that Cognito fills from groups"),
    "RequireMfa": (SWITCH, "off, because the first admin has no app yet"),
    "ConsoleEnabled": (SWITCH, "agents work in the console"),
    "ConsoleClientId": (text("[A-Za-z0-9:/._~-]{0,255}"), "it becomes a part of an address"),
    "ConsoleScopes": (
        text(f"({SCOPE} )*openid( {SCOPE})*", 500),
        "without openid, there is no token that names a person",
    ),
    "TemplateEditors": (choice("admin", "agent"), "what all agents send is changed by admins only"),
    "SesIdentityDomain": (text(f"({DOMAIN})?"), "no identity is made unless somebody names it"),
    "ResourceSuffix": (text("([a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?)?"), "what buckets and domains may be called"),
    "AlarmEmailAddress": (text(f"({ADDRESS})?"), "the address gets all alarms"),
    "DashboardEnabled": (SWITCH, "alarms tell of failures; a dashboard is for those who look at it, and costs money"),
    "TableClass": (
        choice("STANDARD", "STANDARD_INFREQUENT_ACCESS"),
        "the standard class costs less until some months of emails are kept",
    ),
    "LogRetentionDays": (
        choice(
            *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
            *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
            type_="Number",
        ),
        "what CloudWatch knows; a month is enough to find a failure",
    ),
    "AuditRetentionDays": (number(1, 3650), "two years; never zero, so that changes are always recorded"),
    "ProbeMinutes": (
        text("(0|1[5-9]|[2-9][0-9]|[1-9][0-9]{2}|1[0-3][0-9]{2}|14[0-3][0-9]|1440)"),
        "at most four probes an hour, so a probe never floods a mailbox",
    ),
    "ApiReservedConcurrency": (
        text("([1-9][0-9]{0,2}|1000)?"),
        "empty reserves nothing: new accounts have nothing to reserve",
    ),
    "EventBusName": (
        text("([A-Za-z0-9/._-]{1,256})?"),
        "a name, which the role puts into the ARN of this account's bus",
    ),
    "Rollout": (
        choice("Canary10Percent15Minutes", "AllAtOnce"),
        "a mistake meets a tenth of all calls, and rolls back",
    ),
    "Release": (text("[A-Za-z0-9._-]{0,64}"), "it becomes a part of the names of versions"),
}
"""What the template checks of each parameter, and why it checks so and has this default."""


def rows_of(name: str, checks: dict[str, Any], why: str) -> list[Row]:
    default = PARAMETERS.get(name)
    return [
        Row("Parameters", f"{name}.Default", ABSENT if default is REQUIRED else default, why),
        *(Row("Parameters", f"{name}.{check}", value, why) for check, value in checks.items()),
        Row("Parameters", f"{name}.Description", ANY_TEXT, "tells the operator what the parameter does"),
        Row("Parameters", f"{name}.ConstraintDescription", ANY_TEXT, "tells the operator what is wrong"),
    ]


ROWS = [row for name, (checks, why) in CHECKS.items() for row in rows_of(name, checks, why)]

"""The template as tests read it, and values for its parameters."""

from functools import cache
from typing import Any

from local.cloudformation.template import Template, load_template, read_template
from tests.support.paths import TEMPLATE

REQUIRED = None

PARAMETERS = {
    "CaseCreationEnabled": "true",
    "AdHocEnabled": "true",
    "CaseCreationRecipients": "",  # a rule requires it if the channel is on, like the five parameters of AdHoc
    "AdHocRecipients": "",
    "Language": "en",
    "AllowedIpRanges": REQUIRED,
    "ManageReceiptFilters": "true",
    "ReceiptRuleSetName": "",
    "ReplaceActiveRuleSet": "false",
    "AdminEmailAddresses": REQUIRED,
    "NotificationFromAddress": REQUIRED,
    "NotificationFromName": "Email Channels",
    "CcSenderOnError": "false",
    "MaxAutomaticEmailsPerHour": 1000,
    "PurgeAfterDays": 30,
    "ProcessedRetentionDays": 0,
    "AdHocFromAddress": "",
    "AdHocFromName": "",
    "AdHocReplyTo": "",
    "PlusAddressing": "false",
    "AcceptEmailsForClosedCases": "true",
    "ReopenOnReply": "true",
    "MailboxAddress": REQUIRED,
    "DefaultTopic": "General",
    "DefaultSubject": "(no subject)",
    "IdentifySender": "from_address",
    "VariableTopic": "false",
    "VariableShow": "false",
    "DefaultShow": "false",
    "TrustedSenders": "",
    "TrustWithoutAuthentication": "false",
    "AcknowledgeSender": "false",
    "Contact": "",
    "DefaultServiceGroup": "default",
    "DefaultServiceGroupAddress": "",
    "SpamAction": "reject",
    "VirusAction": "reject",
    "AuthenticationAction": "flag",
    "MaxCasesPerSenderPerHour": 20,
    "OutboundTls": "Require",
    "JwtIssuer": "",
    "JwtAudience": "",
    "GroupsClaim": "cognito:groups",
    "RequireMfa": "false",
    "ConsoleEnabled": "true",
    "ConsoleClientId": "",
    "ConsoleScopes": "openid profile email",
    "TemplateEditors": "admin",
    "SesIdentityDomain": "",
    "ResourceSuffix": "",
    "AlarmEmailAddress": "",
    "DashboardEnabled": "false",
    "TableClass": "STANDARD",
    "LogRetentionDays": 30,
    "AuditRetentionDays": 730,
    "ProbeMinutes": "0",
    "ApiReservedConcurrency": "",
    "EventBusName": "",
    "Rollout": "Canary10Percent15Minutes",
    "Release": "",
}
"""The parameters that others deploy with: name and default."""


GIVEN = {
    "CaseCreationRecipients": "payroll@in.acme.example, benefits@in.acme.example",
    "AdHocRecipients": "answers@in.acme.example",
    "AllowedIpRanges": "192.0.2.0/24,198.51.100.7",
    "AdminEmailAddresses": "admin@acme.example",
    "NotificationFromAddress": "cases@acme.example",
    "AdHocFromAddress": "service@acme.example",
    "AdHocFromName": "Acme Service Centre",
    "AdHocReplyTo": "answers@acme.example",
    "MailboxAddress": "payroll@acme.example",
}

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/channels/1a2b3c4d-0000-11f0-9d3e-0a1b2c3d4e5f",
    "AWS::StackName": "channels",
    "AWS::URLSuffix": "amazonaws.com",
}


@cache
def source() -> dict[str, Any]:
    return read_template(TEMPLATE)


def resources(type_: str) -> dict[str, Any]:
    return {name: each for name, each in source()["Resources"].items() if each["Type"] == type_}


def functions() -> dict[str, Any]:
    """The properties of each function, by the name of its folder."""
    found = resources("AWS::Serverless::Function").values()
    return {each["Properties"]["CodeUri"].removeprefix("functions/"): each["Properties"] for each in found}


@cache
def _expanded(parameters: tuple[tuple[str, str], ...]) -> Template:
    return load_template(TEMPLATE, dict(parameters), PSEUDO)


def expanded(**changes: str) -> Template:
    return _expanded(tuple(sorted({**GIVEN, **changes}.items())))

"""The parameters of the template: their defaults, checks and dependencies."""

import re

import pytest

from local.cloudformation.parameters import check_parameters
from local.cloudformation.template import load_template
from local.errors import UserError
from tests.support.paths import TEMPLATE
from tests.support.template import GIVEN, PARAMETERS, PSEUDO, REQUIRED, expanded, source


def test_parameters() -> None:
    """The parameters are those of the contract."""
    assert {name: each.get("Default") for name, each in source()["Parameters"].items()} == PARAMETERS


def test_checks() -> None:
    """Every parameter has a check and a hint."""
    for name, each in source()["Parameters"].items():
        assert each["Description"], name
        assert each["ConstraintDescription"], name
        if each["Type"] == "Number":
            assert {"MinValue", "MaxValue"} <= each.keys() or "AllowedValues" in each, name
        else:
            assert "AllowedPattern" in each or "AllowedValues" in each, name


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("DefaultServiceGroupAddress", "NotificationFromAddress"),
        ("MailboxAddress", "NotificationFromAddress"),
        ("MailboxAddress", "AdminEmailAddresses"),
        ("MailboxAddress", "DefaultServiceGroupAddress"),
        ("MailboxAddress", "AdHocFromAddress"),
        ("AdHocReplyTo", "AdminEmailAddresses"),
        ("AdHocReplyTo", "DefaultServiceGroupAddress"),
        ("AdHocFromAddress", "DefaultServiceGroupAddress"),
    ],
)
def test_own_addresses(first: str, second: str) -> None:
    """Two roles of one address that exclude each other are refused before anything is made."""
    with pytest.raises(UserError, match=f"{first}, {second} - "):
        expanded(**{first: "one@acme.example", second: "one@acme.example"})


def test_own_addresses_of_a_channel_that_is_off() -> None:
    expanded(AdHocEnabled="false", AdHocFromAddress=GIVEN["MailboxAddress"])
    expanded(CaseCreationEnabled="false", AdminEmailAddresses=GIVEN["MailboxAddress"])


def test_parameter_groups() -> None:
    """The console shows every parameter in a group."""
    groups = source()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert [name for group in groups for name in group["Parameters"]] == list(PARAMETERS)


def test_given_values() -> None:
    """The defaults and the required values pass the checks."""
    assert check_parameters(source()["Parameters"], GIVEN)["PurgeAfterDays"] == "30"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CaseCreationRecipients", "in.acme.example"),
        ("CaseCreationRecipients", "o'brien+x@in.acme.example,in.acme.example"),
        ("AllowedIpRanges", "10.0.0.0/8"),
        ("AllowedIpRanges", "40.92.0.0/15, 40.107.0.0/16,52.100.0.1"),
        ("AllowedIpRanges", "192.0.2.0/24, 2001:db8::/32,2001:DB8:1:2:3:4:5:6"),
        ("AdminEmailAddresses", "a@acme.example,b@acme.example"),
        ("ReceiptRuleSetName", "their-rules_1"),
        ("PurgeAfterDays", "1"),
        ("PurgeAfterDays", "3650"),
        ("AuditRetentionDays", "1"),
        ("ProbeMinutes", "15"),
        ("ProbeMinutes", "1440"),
        ("EventBusName", "default"),
        ("EventBusName", "aws.partner/acme.example/hr_1-2"),
        ("AuditRetentionDays", "3650"),
        ("ApiReservedConcurrency", "20"),
        ("ApiReservedConcurrency", "1000"),
        ("ApiReservedConcurrency", ""),
        ("Rollout", "AllAtOnce"),
        ("Release", "v1.2.3-0a1b2c"),
        ("AdHocFromName", "Lohn & Gehalt (Zürich)"),
        ("DefaultTopic", "G"),
        ("JwtIssuer", "https://login.example/realms/acme"),
        ("JwtIssuer", "http://127.0.0.1:8080/local/oidc"),
        ("GroupsClaim", "https://acme.example/groups"),
        ("DefaultServiceGroup", "UK_payroll-2"),
        ("Language", "pl"),
        ("Contact", "Lohnbüro, +49 30 5550 (Mo-Fr 9-16 Uhr)"),
        ("ConsoleClientId", "0d9f2f6e-7c1c-4a52-9a3e-5d5f1b2c3d4e"),
        ("ConsoleScopes", "openid api://email-channels/access offline_access"),
        ("RequireMfa", "true"),
    ],
)
def test_good_value(name: str, value: str) -> None:
    assert check_parameters(source()["Parameters"], {**GIVEN, name: value})[name] == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CaseCreationEnabled", "yes"),
        ("AdHocEnabled", ""),
        ("CaseCreationRecipients", "payroll"),
        ("CaseCreationRecipients", "a@b.example,,c@d.example"),
        ("CaseCreationRecipients", "a@b.example;c@d.example"),
        ("AdHocRecipients", "<a@b.example>"),
        ("AllowedIpRanges", ""),
        ("AllowedIpRanges", "0.0.0.0/0"),
        ("AllowedIpRanges", "10.0.0.0/33"),
        ("AllowedIpRanges", "10.0.0.256"),
        ("AllowedIpRanges", "010.0.0.1"),
        ("AllowedIpRanges", "2001:db8::/0"),
        ("AllowedIpRanges", "::/0"),
        ("AllowedIpRanges", "2001:db8::/129"),
        ("AllowedIpRanges", "2001:db8:/32 10.0.0.1"),
        ("ManageReceiptFilters", "no"),
        ("ReceiptRuleSetName", "their rules"),
        ("ReplaceActiveRuleSet", "True"),
        ("AdminEmailAddresses", ""),
        ("AdminEmailAddresses", "admin"),
        ("NotificationFromAddress", ""),
        ("NotificationFromAddress", "a@b.example\nBcc: c@d.example"),
        ("NotificationFromName", ""),
        ("NotificationFromName", "Acme\r\nBcc: x@y.example"),
        ("PurgeAfterDays", "0"),
        ("PurgeAfterDays", "3651"),
        ("AuditRetentionDays", "0"),
        ("ProbeMinutes", "14"),
        ("EventBusName", "two words"),
        ("EventBusName", "arn:aws:events:eu-west-1:123456789012:event-bus/hr"),
        ("ProbeMinutes", "1441"),
        ("ProbeMinutes", "-1"),
        ("ProbeMinutes", ""),
        ("AuditRetentionDays", "3651"),
        ("PurgeAfterDays", "soon"),
        ("ApiReservedConcurrency", "-1"),
        ("ApiReservedConcurrency", "0"),
        ("Rollout", "Canary"),
        ("TableClass", "STANDARD_IA"),
        ("DashboardEnabled", "yes"),
        ("Release", "a b"),
        ("ApiReservedConcurrency", "1001"),
        ("ProcessedRetentionDays", "-1"),
        ("AdHocFromAddress", "Acme <a@b.example>"),
        ("MailboxAddress", ""),
        ("DefaultTopic", ""),
        ("DefaultTopic", " General"),
        ("DefaultSubject", "x" * 201),
        ("IdentifySender", "to_address"),
        ("TrustedSenders", "forms"),
        ("DefaultServiceGroup", "UK payroll"),
        ("DefaultServiceGroup", "x" * 65),
        ("Language", "ru"),
        ("Language", ""),
        ("Contact", "Acme\nBcc: x@y.example"),
        ("Contact", "x" * 201),
        ("ConsoleEnabled", "no"),
        ("ConsoleClientId", "a client"),
        ("ConsoleScopes", ""),
        ("ConsoleScopes", "profile email"),
        ("ConsoleScopes", "openid,email"),
        ("ConsoleScopes", "openid  email"),
        ("RequireMfa", "yes"),
        ("TemplateEditors", "agents"),
        ("SpamAction", "delete"),
        ("AuthenticationAction", "Reject"),
        ("MaxAutomaticEmailsPerHour", "0"),
        ("MaxCasesPerSenderPerHour", "0"),
        ("OutboundTls", "require"),
        ("JwtIssuer", "login.example"),
        ("JwtIssuer", "http://login.example"),
        ("JwtAudience", "a,b"),
        ("GroupsClaim", ""),
        ("SesIdentityDomain", "acme"),
        ("ResourceSuffix", "Acme"),
        ("ResourceSuffix", "-a"),
        ("AlarmEmailAddress", "nobody"),
        ("LogRetentionDays", "2"),
    ],
)
def test_bad_value(name: str, value: str) -> None:
    """A bad value is refused, and the error names the parameter."""
    with pytest.raises(UserError, match=f"parameter {name}: .*{re.escape(hint(name))}"):
        check_parameters(source()["Parameters"], {**GIVEN, name: value})


def hint(name: str) -> str:
    return str(source()["Parameters"][name]["ConstraintDescription"])


@pytest.mark.parametrize("name", [name for name, default in PARAMETERS.items() if default is REQUIRED])
def test_missing_value(name: str) -> None:
    given = {other: value for other, value in GIVEN.items() if other != name}
    with pytest.raises(UserError, match=f"parameter {name}: it is required"):
        check_parameters(source()["Parameters"], given)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"CaseCreationEnabled": "false", "AdHocEnabled": "false"}, "AdHocEnabled"),
        ({"CaseCreationRecipients": ""}, "CaseCreationRecipients"),
        ({"AdHocRecipients": ""}, "AdHocRecipients"),
        ({"AdHocFromAddress": ""}, "AdHocFromAddress"),
        ({"AdHocFromName": ""}, "AdHocFromName"),
        ({"AdHocReplyTo": ""}, "AdHocReplyTo"),
        ({"IdentifySender": "user_id_in_body"}, "TrustedSenders"),
        ({"VariableTopic": "true"}, "TrustedSenders"),
        ({"VariableShow": "true"}, "TrustedSenders"),
        ({"JwtIssuer": "https://login.example"}, "JwtAudience"),
        ({"JwtAudience": "cases"}, "JwtIssuer"),
    ],
)
def test_dependencies(changes: dict[str, str], named: str) -> None:
    """Some parameters require another one."""
    with pytest.raises(UserError, match=named):
        load_template(TEMPLATE, {**GIVEN, **changes}, PSEUDO)


def test_channel_off() -> None:
    """A channel that is off requires no parameters, and has no receipt rule."""
    empty = dict.fromkeys(("AdHocRecipients", "AdHocFromAddress", "AdHocFromName", "AdHocReplyTo"), "")
    assert "AdHocRule" not in expanded(AdHocEnabled="false", **empty).resources
    assert "CaseCreationRule" not in expanded(CaseCreationEnabled="false", CaseCreationRecipients="").resources


def test_client_is_required() -> None:
    """With another issuer, the console needs its client there, but only if there is a console."""
    other = {"JwtIssuer": "https://login.example", "JwtAudience": "cases"}
    with pytest.raises(UserError, match="ConsoleClientId is required"):
        expanded(**other)
    assert "ConsoleFunction" not in expanded(**other, ConsoleEnabled="false").resources
    assert "ConsoleFunction" in expanded(**other, ConsoleClientId="console").resources


def test_mfa_with_issuer() -> None:
    """Another issuer decides by itself about its sign-in."""
    with pytest.raises(UserError, match="RequireMfa"):
        expanded(JwtIssuer="https://login.example", JwtAudience="cases", ConsoleClientId="console", RequireMfa="true")

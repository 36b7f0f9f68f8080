"""The template: its parameters, least privilege, and numbers that depend on each other."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

import pytest
import yaml
from email_channels import settings
from email_channels.jobs.runner import MOST_TRIES
from email_channels.parameters import parameter_name

from local.cloudformation.parameters import check_parameters
from local.cloudformation.template import Template, load_template, read_template
from local.errors import UserError
from tests.support.paths import ROOT, TEMPLATE

REQUIRED = None

PARAMETERS = {
    "CaseCreationEnabled": "true",
    "AdHocEnabled": "true",
    "CaseCreationRecipients": "",  # a rule requires it if the channel is on, like the five parameters of AdHoc
    "AdHocRecipients": "",
    "Language": "en",
    "AllowedIpRanges": REQUIRED,
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
    "ConsoleEnabled": "true",
    "TemplateEditors": "admin",
    "SesIdentityDomain": "",
    "AlarmEmailAddress": "",
    "LogRetentionDays": 30,
    "AuditRetentionDays": 730,
    "ProbeMinutes": "0",
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

SETTINGS: Mapping[str, type[settings.TableSettings]] = {
    "inbound": settings.InboundSettings,
    "agent_api": settings.ApiSettings,
    "adhoc_send": settings.SendingSettings,
    "notify": settings.NotifySettings,
    "reconcile": settings.ReconcileSettings,
    "purge": settings.PurgeSettings,
    "delivery": settings.DeliverySettings,
    "jobs": settings.JobsSettings,
}


ENVIRONMENT_READERS = {
    "layers/common/email_channels/bootstrap/process.py",
    # It passes the variables that Python needs on to its child process.
    "layers/common/email_channels/intake/subprocess_reading.py",
}
"""The modules that read environment variables directly."""


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


# Parameters


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
        ("AdminEmailAddresses", "a@acme.example,b@acme.example"),
        ("ReceiptRuleSetName", "their-rules_1"),
        ("PurgeAfterDays", "1"),
        ("PurgeAfterDays", "3650"),
        ("AuditRetentionDays", "1"),
        ("ProbeMinutes", "15"),
        ("ProbeMinutes", "1440"),
        ("AuditRetentionDays", "3650"),
        ("AdHocFromName", "Lohn & Gehalt (Zürich)"),
        ("DefaultTopic", "G"),
        ("JwtIssuer", "https://login.example/realms/acme"),
        ("JwtIssuer", "http://127.0.0.1:8080/local/oidc"),
        ("GroupsClaim", "https://acme.example/groups"),
        ("DefaultServiceGroup", "UK_payroll-2"),
        ("Language", "pl"),
        ("Contact", "Lohnbüro, +49 30 5550 (Mo-Fr 9-16 Uhr)"),
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
        ("AllowedIpRanges", "2001:db8::/32"),
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
        ("ProbeMinutes", "1441"),
        ("ProbeMinutes", "-1"),
        ("ProbeMinutes", ""),
        ("AuditRetentionDays", "3651"),
        ("PurgeAfterDays", "soon"),
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


# Receiving


@pytest.mark.parametrize(
    ("parameters", "rule_set"),
    [({}, "email-channels-1a2b3c4d"), ({"ReceiptRuleSetName": "theirs"}, "theirs")],
)
def test_bucket_policy(parameters: dict[str, str], rule_set: str) -> None:
    """Only our receipt rules may write to the bucket."""
    template = expanded(**parameters)
    resolver = template.resolver
    resolver.add_resource("ConfigurationSet", "email-channels-1a2b3c4d", {})
    resolver.add_resource("ReceiptRuleSet", "email-channels-1a2b3c4d", {})
    resolver.add_resource("Bucket", "bucket", {"Arn": "arn:aws:s3:::bucket"})
    allowed = {
        (statement["Resource"], statement["Condition"]["StringEquals"]["aws:SourceArn"])
        for statement in resolver.resolve(template.resources["BucketPolicy"]["Properties"])["PolicyDocument"][
            "Statement"
        ]
        if statement["Effect"] == "Allow"
    }
    rules = {}
    for name in ("CaseCreationRule", "AdHocRule"):
        properties = resolver.resolve(template.resources[name]["Properties"])
        assert properties["RuleSetName"] == rule_set
        rules[name] = properties["Rule"]
    prefix = f"arn:aws:ses:eu-west-1:123456789012:receipt-rule-set/{rule_set}:receipt-rule/"
    assert allowed == {
        (
            f"arn:aws:s3:::bucket/{rule['Actions'][0]['S3Action']['ObjectKeyPrefix']}*",
            prefix + rule["Name"],
        )
        for rule in rules.values()
    }
    assert rules["CaseCreationRule"] == {
        "Name": "email-channels-1a2b3c4d-case-creation",
        "Enabled": True,
        "Recipients": ["payroll@in.acme.example", "benefits@in.acme.example"],
        "TlsPolicy": "Require",
        "ScanEnabled": True,
        "Actions": [{"S3Action": {"BucketName": "bucket", "ObjectKeyPrefix": "raw/case_creation/"}}],
    }


def test_rule_order() -> None:
    """A receipt rule is created after what it needs."""
    for name in ("CaseCreationRule", "AdHocRule"):
        assert set(source()["Resources"][name]["DependsOn"]) == {"BucketPolicy", "ReceiptFilters"}


def test_retention() -> None:
    """Originals expire only if a parameter says so."""

    def lifecycle(**changes: str) -> list[str]:
        template = expanded(**changes)
        rules = template.resources["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
        return [rule["Id"] for rule in template.resolver.resolve(rules)]

    always = ["uploads", "unfinished-uploads", "further-copies-of-emails"]
    assert lifecycle() == always
    assert lifecycle(ProcessedRetentionDays="90") == [*always, "originals-of-processed-emails"]


# Numbers that depend on each other


@pytest.mark.parametrize(("name", "function"), [("InboundQueue", "inbound"), ("JobsQueue", "jobs")])
def test_visibility(name: str, function: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html asks for six times the timeout."""
    queue = source()["Resources"][name]["Properties"]
    assert queue["VisibilityTimeout"] >= 6 * functions()[function]["Timeout"]


def test_most_tries_of_jobs() -> None:
    """A job ends as failed before its message becomes a dead letter, because unused receives count, too."""
    redrive = source()["Resources"]["JobsQueue"]["Properties"]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] >= 2 * MOST_TRIES


def test_give_up_at_receive() -> None:
    """`inbound` gives an email up before its message becomes a dead letter, because unused receives count, too."""
    redrive = source()["Resources"]["InboundQueue"]["Properties"]["RedrivePolicy"]
    variables = functions()["inbound"]["Environment"]["Variables"]
    assert int(variables["GIVE_UP_AT_RECEIVE"]) == 5
    assert redrive["maxReceiveCount"] >= 2 * int(variables["GIVE_UP_AT_RECEIVE"])


def test_batch_size() -> None:
    """Each email has an invocation of its own."""
    [source] = [event["Properties"] for event in functions()["inbound"]["Events"].values() if event["Type"] == "SQS"]
    assert source["BatchSize"] == 1
    assert "MaximumBatchingWindowInSeconds" not in source


def test_kept_resources() -> None:
    """Table, bucket and signing keys outlive the stack."""
    kept = {name for name, each in source()["Resources"].items() if each.get("DeletionPolicy") == "Retain"}
    assert kept == {"Table", "Bucket", "Key"}
    assert all(source()["Resources"][name]["UpdateReplacePolicy"] == "Retain" for name in kept)


def test_alarms() -> None:
    """Every queue of failures has an alarm."""
    alarmed = {
        alarm["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"].split(".")[0]
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["Namespace"] == "AWS/SQS"
    }
    assert alarmed == set(resources("AWS::SQS::Queue"))


# Functions


def test_functions() -> None:
    """Every function exists, under the same name everywhere."""
    assert set(functions()) == {*SETTINGS, "setup"}
    for name, each in functions().items():
        assert each["Handler"] == f"functions.{name}.app.handler"
    for each in resources("AWS::Serverless::Function").values():
        name = each["Properties"]["CodeUri"].removeprefix("functions/")
        assert each["Metadata"]["BuildProperties"] == {
            "ParentPackageMode": "explicit",
            "ParentPackages": f"functions.{name}",
        }


@pytest.mark.parametrize("name", SETTINGS)
def test_variables(name: str) -> None:
    """A function gets the variables that its settings read, and no others."""
    variables = set(functions()[name]["Environment"]["Variables"]) - {"POWERTOOLS_SERVICE_NAME"}
    read = {field.name.upper() for field in fields(SETTINGS[name])}
    parameters = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", parameter).upper(): parameter for parameter in PARAMETERS}
    assert {each for each in read if not each.startswith("AWS_LAMBDA_")} <= variables, "Lambda sets its own"
    # agent_api shows all parameters (GET /settings).
    assert variables & set(parameters) == (set(parameters) if name == "agent_api" else read & set(parameters))


def test_settings_read_variables() -> None:
    """Only settings read variables, so the test above knows all of them."""
    readers = {
        str(path.relative_to(ROOT))
        for folder in (ROOT / "functions", ROOT / "layers" / "common" / "email_channels")
        for path in folder.rglob("*.py")
        if re.search(r"\benviron\b|\bgetenv\b", path.read_text(encoding="utf-8"))
    }
    assert readers == ENVIRONMENT_READERS


def test_variable_names() -> None:
    """A variable has the name of its parameter."""
    for name, each in functions().items():
        for variable, value in each["Environment"]["Variables"].items():
            parameter = value.get("Ref") if isinstance(value, dict) else None
            if parameter in PARAMETERS:
                assert parameter_name(variable.lower()) == parameter, name


def test_service_descriptions() -> None:
    """The layer has the descriptions of the services in use."""
    package = ROOT / "layers" / "common" / "email_channels"
    used = {
        service
        for path in package.rglob("*.py")
        for service in re.findall(r"(?:client|resource)\(\s*\"([a-z0-9-]+)\"", path.read_text(encoding="utf-8"))
    }
    build = (ROOT / "layers" / "common" / "build.py").read_text(encoding="utf-8")
    kept = re.search(r"^SERVICES = \{(.*)\}$", build, re.MULTILINE)
    assert kept
    # PynamoDB uses dynamodb.
    assert {f'"{service}"' for service in used | {"dynamodb"}} == set(kept[1].split(", "))


# Permissions


def test_roles_and_logs() -> None:
    """Every function has a role and a log group of its own."""
    roles = {name: each["Role"]["Fn::GetAtt"] for name, each in functions().items()}
    logs = {name: each["LoggingConfig"]["LogGroup"]["Ref"] for name, each in functions().items()}
    assert len(set(roles.values())) == len(set(logs.values())) == len(functions())
    # Managed policies grant the logs and queues of the whole account.
    assert all("ManagedPolicyArns" not in role["Properties"] for role in resources("AWS::IAM::Role").values())


def test_wildcards() -> None:
    """A wildcard has its reason beside it."""
    lines = TEMPLATE.read_text(encoding="utf-8").splitlines()
    unexplained = [
        f"line {line + 1}: {resource}"
        for line, statement in statements()
        for resource in wide(statement["Resource"])
        if not lines[line - 1].lstrip().startswith("#")
    ]
    assert unexplained == []


def test_actions() -> None:
    """No action is a wildcard."""
    actions = [action for _, statement in statements() for action in as_list(statement["Action"])]
    assert actions
    assert [action for action in actions if "*" in action] == []


def wide(resource: Any) -> list[str]:
    """The resources of a statement whose wildcard covers more than one prefix or one table of ours."""
    texts = [each.get("Fn::Sub", "") if isinstance(each, dict) else each for each in as_list(resource)]
    ours = re.compile(r"\$\{(Bucket\.Arn\}/[a-z_]+|Table\.Arn\}/index)/\*")
    return [text for text in texts if "*" in text and not ours.fullmatch(text)]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements() -> Iterator[tuple[int, dict[str, Any]]]:
    """Every statement of the functions' roles, with the number (from 0) of its first line."""
    root = yaml.compose(TEMPLATE.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    for name, role in resources("AWS::IAM::Role").items():
        nodes = child(root, "Resources", name, "Properties", "Policies")
        for policy, policy_node in zip(role["Properties"]["Policies"], nodes.value, strict=True):
            statement_nodes = child(policy_node, "PolicyDocument", "Statement").value
            for statement, node in zip(policy["PolicyDocument"]["Statement"], statement_nodes, strict=True):
                yield node.start_mark.line, statement


def child(node: Any, *path: str) -> Any:
    for key in path:
        node = next(value for name, value in node.value if name.value == key)
    return node

"""The policies in docs/policies/deployer allow to deploy the template, and nothing more."""

import json
import re
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from local.cloudformation.template import load_template
from tests.support.deployer.actions import Actions
from tests.support.deployer.besides import BESIDES, CUSTOM
from tests.support.deployer.types import TYPES
from tests.support.paths import ROOT, TEMPLATE
from tests.support.template import GIVEN, PSEUDO, expanded

FOLDER = ROOT / "docs" / "policies" / "deployer"
POLICIES = ("code", "data", "operations")
DEPLOYMENTS: list[dict[str, str]] = [
    {"SesIdentityDomain": "acme.example", "AlarmEmailAddress": "a@acme.example", "EventBusName": "bus"},
    {"JwtIssuer": "https://login.example", "JwtAudience": "cases", "ConsoleClientId": "console"},
    {"Rollout": "AllAtOnce", "ApiReservedConcurrency": "5", "ProbeMinutes": "60", "DashboardEnabled": "true"},
]
NAMES = {
    "REGION": PSEUDO["AWS::Region"],
    "ACCOUNT": PSEUDO["AWS::AccountId"],
    "STACK": PSEUDO["AWS::StackName"],
}

ANYWHERE = {
    "Keys": "a key that does not exist yet has no name",
    "MakeEventSources": "AWS does not limit it to a resource; the condition limits it to the stack's functions",
    "StopARollout": "AWS does not limit it to a resource",
    "DeliverTheLogOfTheApi": "AWS limits neither log deliveries nor the account's resource policies to a resource",
    "ReadAlarms": "CloudFormation and CodeDeploy ask for many alarms at once",
    "Subscription": "AWS does not limit it to a resource",
    "UserPools": "a pool that does not exist yet has no id, and AWS does not limit the look at a domain",
    "Receiving": "AWS limits neither receipt rules nor rule sets to a resource",
}
"""The statements with `Resource: *`, and why."""

OF_OTHERS_TOO = {
    "Key": "AWS makes the id of a key",
    "DeleteTheKeyOfAFailedCreation": "AWS makes the id of a key; the condition leaves 30 days to cancel it",
    "EventSources": "AWS makes their ids; the condition limits it to the stack's functions",
    "ReadAndTagEventSources": "AWS makes their ids",
    "MakeTheApi": "an API that does not exist yet has no id",
    "Api": "AWS makes the id of an API",
    "TagsOfTheApi": "AWS makes the id of an API",
    "UserPoolThatStays": "AWS makes the id of a pool; nothing here deletes one",
    "Identity": "the operator chooses the domain (SesIdentityDomain)",
    "Layer": "SAM gives the layer its logical id as name",
    "LayerVersions": "SAM gives the layer its logical id as name",
    "PaceOfTheRollout": "AWS's own configurations, to read",
    "ExpandTheTemplate": "SAM's transform",
    "LogOfTheApi": "AWS's own role for API Gateway",
}
"""The statements with other names than those that begin with the stack's or with `email-channels`, and why."""

CONDITIONS: dict[str, dict[str, dict[str, str | list[str]]]] = {
    "DeleteTheKeyOfAFailedCreation": {"NumericGreaterThanEquals": {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}},
    "RoleThatMovesAliases": {
        "ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda"}
    },
    "GiveRolesToFunctions": {
        "StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com", "codedeploy.amazonaws.com"]}
    },
    "LogOfTheApi": {"StringEquals": {"iam:AWSServiceName": "ops.apigateway.amazonaws.com"}},
    "MakeEventSources": {
        "ArnLike": {"lambda:FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:channels-*"}
    },
    "EventSources": {"ArnLike": {"lambda:FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:channels-*"}},
}


def document(name: str) -> dict[str, Any]:
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    for placeholder, value in NAMES.items():
        text = text.replace(placeholder, value)
    return dict(json.loads(text))


@cache
def statements() -> list[dict[str, Any]]:
    return [each for name in POLICIES for each in document(name)["Statement"]]


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def allowing(action: str, arn: str) -> list[tuple[str, str, str]]:
    """Statement, action and pattern of what allows the action."""
    return [
        (each["Sid"], action, pattern)
        for each in statements()
        for pattern in listed(each["Resource"])
        if action in listed(each["Action"]) and fnmatchcase(arn, pattern)
    ]


@cache
def resources() -> list[tuple[str, Actions, str]]:
    """Each resource that a deployment makes: its name, the actions for it, and its ARN."""
    found = []
    for changes in DEPLOYMENTS:
        template = load_template(TEMPLATE, {**GIVEN, **changes}, PSEUDO)
        for name in template.resources:
            template.resolver.add_resource(name, f"channels-{name}-1A2B", {"Arn": f"arn:{name}"})
        template.resolver.add_resource("ConfigurationSet", "email-channels-1a2b3c4d", {})
        for name, resource in template.resources.items():
            type_ = str(resource["Type"])
            if type_.startswith("Custom::"):
                actions = CUSTOM
            else:
                assert type_ in TYPES, f"write {type_} into tests/support/deployer/types.py, and into the policy"
                actions = TYPES[type_]
            made = f"channels-{name}-1A2B"
            values = {"made": made, "LogGroupName": made}
            for each in set(re.findall(r"\{(\w+)\}", actions.arn)) & resource["Properties"].keys():
                values[each] = template.resolver.resolve(resource["Properties"][each])
            found.append((f"{type_} {name}", actions, f"arn:aws:{actions.arn.format_map(values)}"))
    return found


@cache
def needs() -> set[tuple[str, str, str]]:
    """Each action that a deployment needs: for what, the action, and the ARN."""
    besides = [("sam deploy", each, f"arn:aws:{each.arn}") for each in BESIDES]
    found = set()
    for name, actions, arn in [*resources(), *besides]:
        found |= {(name, action, arn) for action in actions.on_resource()}
        found |= {(name, action, "*") for action in actions.on_anything()}
    return found


def test_enough() -> None:
    """Everything that CloudFormation does is allowed on the names that the resources have."""
    assert len(needs()) > 500
    assert sorted(need for need in needs() if not allowing(*need[1:])) == []


def test_not_more() -> None:
    """Each action on each pattern is needed by something."""
    used = {allowed for _, action, arn in needs() for allowed in allowing(action, arn)}
    permissions = {
        (each["Sid"], action, pattern)
        for each in statements()
        for action in listed(each["Action"])
        for pattern in listed(each["Resource"])
    }
    assert sorted(permissions - used) == []


def test_types_are_used() -> None:
    made = {name.partition(" ")[0] for name, _, _ in resources()}
    assert TYPES.keys() - made == set()


def test_what_stays_cannot_be_deleted() -> None:
    """CloudFormation never deletes it, so neither can a mistake in the pipeline."""
    for resource in expanded().resources.values():
        if resource.get("DeletionPolicy") == "Retain":
            assert TYPES[str(resource["Type"])].deleting() == set(), resource["Type"]
    allowed = {action for each in statements() for action in listed(each["Action"])}
    assert allowed.isdisjoint({"dynamodb:DeleteTable", "cognito-idp:DeleteUserPool", "s3:DeleteObject"})
    assert allowed.isdisjoint({"cloudformation:DeleteStack", "s3:DeleteObjectVersion"})


def test_no_reading_of_what_is_stored() -> None:
    """Neither emails, nor items, nor the secret. The only objects are those of the build."""
    allowed = {action for each in statements() for action in listed(each["Action"])}
    reading = ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "secretsmanager:GetSecretValue", "kms:Decrypt")
    assert allowed.isdisjoint(reading)
    assert allowing("s3:GetObject", "arn:aws:s3:::email-channels-123456789012-eu-west-1-1a2b3c4d/raw/1") == []


def test_no_wildcards() -> None:
    for each in statements():
        assert each["Effect"] == "Allow"
        assert each.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}
        assert not [action for action in listed(each["Action"]) if "*" in action or "?" in action], each["Sid"]


def test_wide_resources() -> None:
    """What is not limited to the stack has a reason."""
    ours = re.compile(r"(.*[:/])?(channels[-/]|channels$|email-channels-|aws-sam-cli-managed-default[-/]).*")
    anywhere = {each["Sid"] for each in statements() if "*" in listed(each["Resource"])}
    wide = {
        each["Sid"]
        for each in statements()
        if not all(ours.fullmatch(pattern) for pattern in listed(each["Resource"])) and each["Sid"] not in anywhere
    }
    assert anywhere == ANYWHERE.keys()
    assert wide == OF_OTHERS_TOO.keys()


def test_conditions() -> None:
    assert {each["Sid"]: each["Condition"] for each in statements() if "Condition" in each} == CONDITIONS


def test_passed_roles() -> None:
    """Roles are passed to the services that the stack's roles trust, and to no other."""
    trusted = set()
    for resource in expanded().resources.values():
        if resource["Type"] == "AWS::IAM::Role":
            for statement in resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
                trusted |= set(listed(statement["Principal"]["Service"]))
    assert set(CONDITIONS["GiveRolesToFunctions"]["StringEquals"]["iam:PassedToService"]) == trusted


@pytest.mark.parametrize("name", POLICIES)
def test_size(name: str) -> None:
    """AWS allows 6144 characters, blanks not counted. Names may be longer than those here."""
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8").replace("STACK", "a" * 32)
    assert len(re.sub(r"\s", "", text.replace("REGION", "ap-northeast-1").replace("ACCOUNT", "1" * 12))) <= 6144


def test_trust() -> None:
    """A job of one environment in one repository, and nobody else: no pattern, no branch, no pull request."""
    (statement,) = json.loads((FOLDER / "trust.json").read_text(encoding="utf-8"))["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:OWNER/REPOSITORY:environment:ENVIRONMENT",
        }
    }


def test_files() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {*POLICIES, "trust"}

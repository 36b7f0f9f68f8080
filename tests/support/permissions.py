"""The permissions of the template's functions, for the AWS of a test, and those that Lambda itself uses."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from local import default_parameters
from local.cloudformation.intrinsic_functions import Resolver
from local.cloudformation.template import read_template
from local.judging.policies import Permission, permissions_of
from local.judging.required_permissions import AwsAccount, RequiredPermission, secret_arn
from tests.support.paths import TEMPLATE

ACCOUNT_ID = "123456789012"  # moto's
REGION = "eu-central-1"
STACK_ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/channels/1a2b3c4d-0000-11f0-9d3e-0a1b2c3d4e5f"

_HANDLER = re.compile(r"functions\.(\w+)\.app\.handler")
_NAMES = {"Table": ("TABLE_NAME", "email-channels"), "Bucket": ("BUCKET_NAME", "email-channels-test")}
_NAMES |= {"TagKey": ("TAG_KEY_SECRET", "tag-key"), "InboundQueue": ("INBOUND_QUEUE_URL", "inbound")}
_NAMES |= {"ArrivalsQueue": ("ARRIVALS_QUEUE_URL", "arrivals"), "JobsQueue": ("JOBS_QUEUE_URL", "jobs")}
_NAMES |= {"UserPool": ("USER_POOL_ID", "eu-central-1_AcmePool")}
_NAMES |= {"ConfigurationSet": ("CONFIGURATION_SET", "email-channels")}
"""The variable that tells a function a resource's name, and the name where a test sets none."""


@cache
def functions() -> dict[str, dict[str, Any]]:
    """The functions' properties as the template has them, by the name of the folder."""
    found = {}
    for resource in _source()["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            match = _HANDLER.fullmatch(resource["Properties"]["Handler"])
            assert match is not None
            found[match[1]] = resource["Properties"]
    return found


def permissions(function: str) -> list[Permission]:
    """The permissions of a function in the stack that this process's environment names."""
    return _permissions(function, _environment())


def account() -> AwsAccount:
    """The account and region of the stack that this process's environment names."""
    return _stack()[1]


@cache
def _permissions(function: str, environment: tuple[str | None, ...]) -> list[Permission]:
    resolver, _ = _stack_of(environment)
    role_id = functions()[function]["Role"]["Fn::GetAtt"].partition(".")[0]
    role = _source()["Resources"][role_id]["Properties"]
    # Policies that are resources of their own, because what they name needs the role.
    more = [
        each["Properties"]
        for each in _source()["Resources"].values()
        if each["Type"] == "AWS::IAM::RolePolicy" and each["Properties"]["RoleName"] == {"Ref": role_id}
    ]
    found = permissions_of(resolver.resolve({**role, "Policies": [*role["Policies"], *more]}))
    assert found is not None, f"{function}: the policies are not in the template"
    return found


def needs_of_lambda(function: str) -> Iterator[RequiredPermission]:
    """The calls of Lambda itself with the role of the function: it logs, polls event sources, forwards failed events.

    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-execution-role.html
    """
    resolver, _ = _stack()
    properties = functions()[function]
    log_group = resolver.resolve({"Fn::GetAtt": [properties["LoggingConfig"]["LogGroup"]["Ref"], "Arn"]})
    for action in ("CreateLogStream", "PutLogEvents"):
        yield RequiredPermission(f"logs:{action}", log_group.replace(":*", ":log-stream:local"))
    events = properties.get("Events", {}).values()
    for event in events:
        source = resolver.resolve({key: event["Properties"].get(key) for key in ("Queue", "Stream")})
        # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaSQSQueueExecutionRole.html
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes") if event["Type"] == "SQS" else ():
            yield RequiredPermission(f"sqs:{action}", source["Queue"])
        # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaDynamoDBExecutionRole.html
        on_stream = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
        for action in on_stream if event["Type"] == "DynamoDB" else ():
            yield RequiredPermission(f"dynamodb:{action}", source["Stream"])
    for holder in [properties.get("EventInvokeConfig", {}), *(event["Properties"] for event in events)]:
        destination = holder.get("DestinationConfig", {}).get("OnFailure")
        if destination is not None:
            yield RequiredPermission("sqs:SendMessage", resolver.resolve(destination["Destination"]))


@cache
def _source() -> dict[str, Any]:
    return read_template(TEMPLATE)


def _stack() -> tuple[Resolver, AwsAccount]:
    return _stack_of(_environment())


def _environment() -> tuple[str | None, ...]:
    return tuple(os.environ.get(name) for name in _variables())


@cache
def _variables() -> tuple[str, ...]:
    parameters = (re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper() for name in _source()["Parameters"])
    return (*parameters, *(variable for variable, _ in _NAMES.values()), "AWS_REGION")


@cache
def _stack_of(values: tuple[str | None, ...]) -> tuple[Resolver, AwsAccount]:
    given = dict(zip(_variables(), values, strict=True))
    region = given["AWS_REGION"] or REGION
    names = {logical_id: given[variable] or name for logical_id, (variable, name) in _NAMES.items()}
    account = AwsAccount(region, ACCOUNT_ID)
    key = account.arn("kms", "key/Key")
    account = AwsAccount(region, ACCOUNT_ID, {names["Bucket"]: key})
    resolver = Resolver(_parameters(given), _pseudo(region), _source()["Conditions"])
    for logical_id in _source()["Resources"]:
        resolver.add_resource(logical_id, names.get(logical_id, logical_id), _attributes(logical_id, names, account))
    resolver.add_resource("TagKey", secret_arn(names["TagKey"], account), {})
    return resolver, account


def _parameters(given: Mapping[str, str | None]) -> dict[str, str]:
    """The parameters of the deployment: environment variables, else the defaults of the local stack."""
    local = default_parameters.with_defaults("", {})
    parameters = {}
    for (name, parameter), variable in zip(_source()["Parameters"].items(), _variables(), strict=False):
        value = given[variable]
        parameters[name] = local.get(name, str(parameter.get("Default", ""))) if value is None else value
    return parameters


def _pseudo(region: str) -> dict[str, str]:
    return {
        "AWS::Region": region,
        "AWS::AccountId": ACCOUNT_ID,
        "AWS::Partition": "aws",
        "AWS::StackId": STACK_ID,
        "AWS::StackName": STACK_ID.split("/")[1],
    }


def _attributes(logical_id: str, names: Mapping[str, str], account: AwsAccount) -> dict[str, str]:
    name = names.get(logical_id, logical_id).rpartition("/")[2]
    table = account.arn("dynamodb", f"table/{name}")
    by_type = {
        "AWS::DynamoDB::Table": {"Arn": table, "StreamArn": f"{table}/stream/2026-01-01T00:00:00.000"},
        "AWS::S3::Bucket": {"Arn": f"arn:aws:s3:::{name}"},
        "AWS::Cognito::UserPool": {"Arn": account.arn("cognito-idp", f"userpool/{name}")},
        "AWS::SQS::Queue": {"Arn": account.arn("sqs", name)},
        "AWS::KMS::Key": {"Arn": account.arn("kms", f"key/{name}")},
        "AWS::Logs::LogGroup": {"Arn": account.arn("logs", f"log-group:{name}:*")},
    }
    return by_type.get(_source()["Resources"][logical_id]["Type"], {})

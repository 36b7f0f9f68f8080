"""Lets a new stack adopt what an earlier one left behind: `make adopt STACK=name SUFFIX=suffix`.

It makes the stack by an import of CloudFormation: of the table, the bucket with its key, the secret, and the user pool
if one has the name. Nothing of them is changed. Then `make deploy` with the same `ResourceSuffix` makes all the rest.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-new-stack.html

CloudFormation compares the next template with that of the import, and applies what differs. So the template of the
import says of each resource as little as possible, but all that must not look like a difference: what would replace the
resource, and what DynamoDB refuses to switch on a second time (indexes, stream, time to live, encryption).

The exit status is 0 if the stack is made, and 2 if it is not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from local.cloudformation.intrinsic_functions import Resolver
from local.cloudformation.template import read_template
from tests.support.paths import TEMPLATE

KEPT: Mapping[str, tuple[str, ...] | None] = {
    "Key": None,
    "Bucket": ("BucketName",),
    "Table": None,
    "TagKey": ("Name",),
    "UserPool": ("UserPoolName", "UsernameAttributes", "UsernameConfiguration"),
}
"""The properties in the template of the import, by resource. None: all of them."""

_CHANGE_SET = "adopt"


class Missing(Exception):
    """Something that the earlier stack should have left behind is not there. The text says what."""


def import_template(suffix: str, account: str, region: str, partition: str, *, pool: bool) -> dict[str, Any]:
    """The template of the import: the resources with the names that the suffix gives them."""
    source = read_template(TEMPLATE)
    pseudo = {"AWS::AccountId": account, "AWS::Region": region, "AWS::Partition": partition}
    pseudo |= {"AWS::StackId": "x/x/x-x", "AWS::URLSuffix": "", "AWS::StackName": ""}
    parameters = {name: str(parameter.get("Default", "")) for name, parameter in source["Parameters"].items()}
    resolver = Resolver({**parameters, "ResourceSuffix": suffix}, pseudo, source["Conditions"])
    resources = {}
    for name, properties in KEPT.items():
        if name == "UserPool" and not pool:
            continue
        resource = source["Resources"][name]
        wanted = {key: resource["Properties"][key] for key in properties or resource["Properties"]}
        resources[name] = {
            "Type": resource["Type"],
            "DeletionPolicy": resource["DeletionPolicy"],
            "UpdateReplacePolicy": resource["UpdateReplacePolicy"],
            "Properties": resolver.resolve(wanted),
        }
    return {"AWSTemplateFormatVersion": "2010-09-09", "Description": source["Description"], "Resources": resources}


def identifiers(session: Any, template: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is imported as which resource. Raises Missing if something is not there."""
    named = {name: resource["Properties"] for name, resource in template["Resources"].items()}
    bucket, table = named["Bucket"]["BucketName"], named["Table"]["TableName"]
    found = {
        "Table": {"TableName": _table(session, table)},
        "Bucket": {"BucketName": bucket},
        "Key": {"KeyId": _key_of(session, bucket)},
        "TagKey": {"Id": _secret(session, named["TagKey"]["Name"])},
    }
    if "UserPool" in named:
        found["UserPool"] = {"UserPoolId": str(_pool(session, named["UserPool"]["UserPoolName"]))}
    return [
        {
            "ResourceType": template["Resources"][name]["Type"],
            "LogicalResourceId": name,
            "ResourceIdentifier": identifier,
        }
        for name, identifier in found.items()
    ]


def _table(session: Any, name: str) -> str:
    try:
        session.client("dynamodb").describe_table(TableName=name)
    except ClientError as error:
        raise Missing(f"there is no table {name} ({error.response['Error']['Code']})") from error
    return name


def _key_of(session: Any, bucket: str) -> str:
    """The id of the key with which the bucket is encrypted."""
    try:
        answer = session.client("s3").get_bucket_encryption(Bucket=bucket)
    except ClientError as error:
        raise Missing(f"there is no bucket {bucket} with a key ({error.response['Error']['Code']})") from error
    (rule,) = answer["ServerSideEncryptionConfiguration"]["Rules"]
    return str(rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]).rpartition("/")[2]


def _secret(session: Any, name: str) -> str:
    try:
        return str(session.client("secretsmanager").describe_secret(SecretId=name)["ARN"])
    except ClientError as error:
        raise Missing(f"there is no secret {name} ({error.response['Error']['Code']})") from error


def _pool(session: Any, name: str) -> str | None:
    """The id of the user pool with this name; None if there is none. Raises Missing if there are several."""
    pages = session.client("cognito-idp").get_paginator("list_user_pools").paginate(MaxResults=60)
    found = [str(pool["Id"]) for page in pages for pool in page["UserPools"] if pool["Name"] == name]
    if len(found) > 1:
        raise Missing(f"{len(found)} user pools are called {name}: give all but one another name")
    return found[0] if found else None


def adopt(session: Any, stack: str, suffix: str) -> list[dict[str, Any]]:
    """Makes the stack. Returns what it has adopted."""
    caller = session.client("sts").get_caller_identity()
    partition, account = caller["Arn"].split(":")[1], caller["Account"]
    pool = _pool(session, f"email-channels-{suffix}") is not None
    template = import_template(suffix, account, session.region_name, partition, pool=pool)
    imported = identifiers(session, template)
    cloudformation = session.client("cloudformation")
    cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=_CHANGE_SET,
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps(template),
        ResourcesToImport=imported,
    )
    cloudformation.get_waiter("change_set_create_complete").wait(StackName=stack, ChangeSetName=_CHANGE_SET)
    cloudformation.execute_change_set(StackName=stack, ChangeSetName=_CHANGE_SET)
    cloudformation.get_waiter("stack_import_complete").wait(StackName=stack)
    return imported


def main(arguments: list[str]) -> int:
    """The command. It uses the AWS credentials and the region of the environment."""
    parser = argparse.ArgumentParser(
        prog="make adopt", description="Makes a stack of what an earlier stack left behind."
    )
    parser.add_argument("stack", help="the name of the new stack")
    parser.add_argument("suffix", help="the earlier stack's ResourceSuffix (an output of it)")
    options = parser.parse_args(arguments)
    try:
        imported = adopt(boto3.Session(), options.stack, options.suffix)
    except (BotoCoreError, ClientError, WaiterError, Missing) as error:
        print(f"adopt: {error}", file=sys.stderr)
        return 2
    for resource in imported:
        print(f"adopted: {resource['LogicalResourceId']} {next(iter(resource['ResourceIdentifier'].values()))}")
    print(f"Now deploy all parameters as before, with --stack-name {options.stack} and ResourceSuffix={options.suffix}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

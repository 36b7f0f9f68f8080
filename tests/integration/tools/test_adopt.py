"""`make adopt`: the template of the import, and what it finds in AWS. No test can see CloudFormation import."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from cfnlint.api import ManualArgs, lint
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.support.in_process.aws import REGION, Aws
from tests.support.template import expanded, source
from tools import adopt
from tools.adopt import KEPT, Missing, identifiers, import_template

ACCOUNT = "123456789012"
KEY = "0a1b2c3d-0000-11f0-9d3e-0a1b2c3d4e5f"


def template(*, pool: bool = True) -> dict[str, Any]:
    return import_template("acme", ACCOUNT, "eu-west-1", "aws", pool=pool)


def test_nothing_is_replaced() -> None:
    """The deployment that follows finds the same values in all properties that cannot be changed."""
    deployed = expanded(ResourceSuffix="acme")
    for name, resource in template()["Resources"].items():
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", resource["Type"]).schema
        fixed = {path.rpartition("/")[2] for path in schema.get("createOnlyProperties") or []}
        # Cognito's schema does not say that these cannot be changed; its documentation does.
        fixed |= {"UsernameAttributes", "AliasAttributes", "UsernameConfiguration"}
        wanted = deployed.resources[name]["Properties"]
        for property_ in fixed & wanted.keys():
            value = deployed.resolver.resolve(wanted[property_])
            assert resource["Properties"].get(property_) == value, (name, property_)
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == (
            deployed.resources[name]["DeletionPolicy"],
            deployed.resources[name]["UpdateReplacePolicy"],
        )


def test_nothing_is_switched_on_again() -> None:
    """The table is the same in both templates: DynamoDB refuses to add an index, a stream or a time to live again."""
    deployed = expanded(ResourceSuffix="acme")
    table = deployed.resolver.resolve(deployed.resources["Table"]["Properties"])
    assert json.dumps(template()["Resources"]["Table"]["Properties"]) == json.dumps(table)
    assert {"GlobalSecondaryIndexes", "StreamSpecification", "TimeToLiveSpecification", "SSESpecification"} <= {*table}


def test_lint() -> None:
    """CloudFormation's linter accepts the template."""
    found = lint(json.dumps(template()), config=ManualArgs(regions=["eu-west-1"]))
    assert [match.message for match in found] == []


def test_kept() -> None:
    """All that outlives the stack is adopted, but the SES identity, which others may use."""
    outliving = {name for name, resource in source()["Resources"].items() if "DeletionPolicy" in resource}
    assert outliving - {"Identity"} == set(KEPT)


class CloudFormation:
    """In the place of CloudFormation: it notes the calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda **parameters: self.calls.append((name, parameters))

    def get_waiter(self, name: str) -> Any:
        waiter = type("Waiter", (), {})()
        waiter.wait = lambda **parameters: self.calls.append((name, parameters))
        return waiter


class Session:
    """A session whose CloudFormation is a stand-in; moto answers for the rest."""

    region_name = REGION

    def __init__(self) -> None:
        self.cloudformation = CloudFormation()

    def client(self, service: str) -> Any:
        return self.cloudformation if service == "cloudformation" else boto3.client(service)  # type: ignore[call-overload]


def leave_behind(*, pool: bool) -> dict[str, str]:
    """What an earlier stack left behind; returns the identifiers."""
    bucket = f"email-channels-{ACCOUNT}-{REGION}-acme"
    s3: Any = boto3.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY}"}
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
    )
    boto3.client("dynamodb").create_table(
        TableName="email-channels-acme",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    secret = boto3.client("secretsmanager").create_secret(Name="email-channels-acme", SecretString="{}")["ARN"]
    found = {"Table": "email-channels-acme", "Bucket": bucket, "Key": KEY, "TagKey": secret}
    cognito = boto3.client("cognito-idp")
    cognito.create_user_pool(PoolName="email-channels-other")
    if pool:
        found["UserPool"] = cognito.create_user_pool(PoolName="email-channels-acme")["UserPool"]["Id"]
    return found


@pytest.mark.parametrize("pool", [True, False], ids=["own pool", "another issuer"])
def test_adopt(aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pool: bool) -> None:
    """The stack is made of what is there, and the operator is told how to go on."""
    assert aws
    wanted = leave_behind(pool=pool)
    session = Session()
    monkeypatch.setattr("tools.adopt.boto3.Session", lambda: session)
    assert adopt.main(["channels", "acme"]) == 0
    names = [name for name, _ in session.cloudformation.calls]
    assert names == [
        "create_change_set",
        "change_set_create_complete",
        "execute_change_set",
        "stack_import_complete",
    ]
    request = session.cloudformation.calls[0][1]
    imported = {
        one["LogicalResourceId"]: next(iter(one["ResourceIdentifier"].values())) for one in request["ResourcesToImport"]
    }
    assert imported == wanted
    assert (request["ChangeSetType"], request["StackName"]) == ("IMPORT", "channels")
    assert set(json.loads(request["TemplateBody"])["Resources"]) == set(wanted)
    assert "--stack-name channels and ResourceSuffix=acme" in capsys.readouterr().out


def test_missing(aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not there is named, and no stack is made."""
    assert aws
    session = Session()
    monkeypatch.setattr("tools.adopt.boto3.Session", lambda: session)
    assert adopt.main(["channels", "acme"]) == 2
    assert "there is no table email-channels-acme" in capsys.readouterr().err
    assert session.cloudformation.calls == []
    for _ in range(2):
        boto3.client("cognito-idp").create_user_pool(PoolName="email-channels-acme")
    with pytest.raises(Missing, match="2 user pools"):
        adopt.adopt(session, "channels", "acme")
    with pytest.raises(Missing, match="there is no table"):
        identifiers(session, template())

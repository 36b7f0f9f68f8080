"""Which permissions a call needs, what a policy allows, and the error for a call that is not allowed."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from local.errors import UserError
from local.judging import watched_calls
from local.judging.call_record import CallRecord
from local.judging.judge import FunctionJudge, Refusal
from local.judging.policies import Permission, allowing, permissions_of
from local.judging.required_permissions import (
    AwsAccount,
    RequiredPermission,
    UnknownOperation,
    permissions_for_not_found,
    required_permissions,
)
from local.judging.worker_calls import JudgingSettings, error_of, judge_calls

PLACE = AwsAccount("eu-west-1", "123456789012", {"mail": "arn:aws:kms:eu-west-1:123456789012:key/k"})
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/t"
IDENTITY = "arn:aws:ses:eu-west-1:123456789012:identity/b.example"
SET = "arn:aws:ses:eu-west-1:123456789012:configuration-set/c"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s"

NEEDS: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    ("dynamodb", "GetItem", {"TableName": "t", "Key": {}}, [("dynamodb:GetItem", TABLE)]),
    ("dynamodb", "GetItem", {"TableName": TABLE, "Key": {}}, [("dynamodb:GetItem", TABLE)]),
    ("dynamodb", "Query", {"TableName": "t", "IndexName": "gsi1"}, [("dynamodb:Query", f"{TABLE}/index/gsi1")]),
    ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {}}}, [("dynamodb:BatchGetItem", TABLE)]),
    ("dynamodb", "BatchWriteItem", {"RequestItems": {"t": []}}, [("dynamodb:BatchWriteItem", TABLE)]),
    (
        "dynamodb",
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": {"TableName": "t"}},
                {"Put": {"TableName": "t"}},
                {"Update": {"TableName": "t"}},
                {"Delete": {"TableName": "t"}},
                {"ConditionCheck": {"TableName": "t"}},
            ]
        },
        [(f"dynamodb:{name}", TABLE) for name in ("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")],
    ),
    (
        "s3",
        "GetObject",
        {"Bucket": "mail", "Key": "raw/a"},
        [("s3:GetObject", "arn:aws:s3:::mail/raw/a"), ("kms:Decrypt", PLACE.bucket_keys["mail"])],
    ),
    ("s3", "GetObject", {"Bucket": "plain", "Key": "a"}, [("s3:GetObject", "arn:aws:s3:::plain/a")]),
    ("s3", "HeadObject", {"Bucket": "mail", "Key": "a"}, [("s3:GetObject", "arn:aws:s3:::mail/a")]),
    (
        "s3",
        "PutObject",
        {"Bucket": "mail", "Key": "a", "Tagging": "b=c"},
        [
            ("s3:PutObject", "arn:aws:s3:::mail/a"),
            ("kms:GenerateDataKey", PLACE.bucket_keys["mail"]),
            ("s3:PutObjectTagging", "arn:aws:s3:::mail/a"),
        ],
    ),
    (
        "s3",
        "CopyObject",
        {"Bucket": "mail", "Key": "a", "CopySource": "plain/b/c"},
        [
            ("s3:GetObject", "arn:aws:s3:::plain/b/c"),
            ("s3:PutObject", "arn:aws:s3:::mail/a"),
            ("kms:GenerateDataKey", PLACE.bucket_keys["mail"]),
        ],
    ),
    (
        "s3",
        "DeleteObjects",
        {"Bucket": "mail", "Delete": {"Objects": [{"Key": "a"}, {"Key": "b"}]}},
        [("s3:DeleteObject", "arn:aws:s3:::mail/a"), ("s3:DeleteObject", "arn:aws:s3:::mail/b")],
    ),
    (
        "s3",
        "DeleteObjects",
        {"Bucket": "mail", "Delete": {"Objects": [{"Key": "a", "VersionId": "1"}]}},
        [("s3:DeleteObjectVersion", "arn:aws:s3:::mail/a")],
    ),
    ("s3", "ListObjectsV2", {"Bucket": "mail", "Prefix": "raw/"}, [("s3:ListBucket", "arn:aws:s3:::mail")]),
    ("s3", "ListObjectVersions", {"Bucket": "mail", "Prefix": "a"}, [("s3:ListBucketVersions", "arn:aws:s3:::mail")]),
    (
        "email",
        "SendEmail",
        {"FromEmailAddress": "A <a@b.example>", "ConfigurationSetName": "c", "Content": {"Raw": {"Data": b""}}},
        [
            ("ses:SendEmail", IDENTITY),
            ("ses:SendEmail", SET),
            ("ses:SendRawEmail", IDENTITY),
            ("ses:SendRawEmail", SET),
        ],
    ),
    (
        "email",
        "SendEmail",
        {"Content": {"Raw": {"Data": b"From: a@b.example\r\n\r\n"}}},
        [("ses:SendEmail", IDENTITY), ("ses:SendRawEmail", IDENTITY)],
    ),
    ("email", "SetActiveReceiptRuleSet", {"RuleSetName": "r"}, [("ses:SetActiveReceiptRuleSet", "*")]),
    (
        "sqs",
        "SendMessageBatch",
        {"QueueUrl": "http://localhost/123456789012/q"},
        [("sqs:SendMessage", "arn:aws:sqs:eu-west-1:123456789012:q")],
    ),
    ("secretsmanager", "GetSecretValue", {"SecretId": "s"}, [("secretsmanager:GetSecretValue", f"{SECRET}-*")]),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "wanted"), NEEDS)
def test_required_permissions(
    service: str, operation: str, parameters: dict[str, Any], wanted: list[tuple[str, str]]
) -> None:
    assert [
        (need.action, need.resource) for need in required_permissions(service, operation, parameters, PLACE)
    ] == wanted


def test_unknown_operation() -> None:
    """An operation that is not in the table is refused by its name."""
    with pytest.raises(UnknownOperation, match="dynamodb:ExportTableToPointInTime"):
        required_permissions("dynamodb", "ExportTableToPointInTime", {}, PLACE)


def test_permission_to_learn_of_missing_objects() -> None:
    """S3 tells that an object is missing only to callers that may list the bucket."""
    at = {"Bucket": "mail", "Key": "a"}
    assert permissions_for_not_found("s3", "GetObject", at) == [
        RequiredPermission("s3:ListBucket", "arn:aws:s3:::mail")
    ]
    assert permissions_for_not_found("s3", "HeadObject", at) == [
        RequiredPermission("s3:ListBucket", "arn:aws:s3:::mail")
    ]
    assert permissions_for_not_found("dynamodb", "GetItem", {}) == []


PATTERNS = [
    ("s3:GetObject", "arn:aws:s3:::mail/raw/*"),
    ("s3:*", "arn:aws:s3:::mail/*"),
    ("s3:Get*", "*"),
    ("s3:GetObject", "arn:aws:s3:::mail"),
    ("s3:GetObject", "arn:aws:s3:::mailx/*"),
    ("s3:PutObject", "arn:aws:s3:::mail/raw/*"),
    ("dynamodb:Query", f"{TABLE}/index/*"),
]
ASKED = [
    ("s3:GetObject", "arn:aws:s3:::mail/raw/case_creation/abc"),
    ("s3:PutObject", "arn:aws:s3:::mail/raw/a"),
    ("s3:GetObject", "arn:aws:s3:::mailx/raw/a"),
    ("dynamodb:Query", f"{TABLE}/index/gsi1"),
    ("dynamodb:Query", TABLE),
]


@pytest.mark.parametrize(("action", "resource"), PATTERNS)
def test_same_as_moto(action: str, resource: str) -> None:
    """The evaluator of moto agrees."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    (permission,) = permissions_of(role(statement)) or []
    theirs = IAMPolicyStatement(statement)
    for need in ASKED:
        permitted = theirs.is_action_permitted(*need) is PermissionResult.PERMITTED
        assert permission.covers(RequiredPermission(*need)) is permitted, need


@pytest.mark.parametrize(
    ("action", "resource"),
    [("S3:getobject", "arn:aws:s3:::mail/raw/*"), ("s3:GetObject", "arn:aws:s3:::mail/raw/?b[c]")],
)
def test_case_and_question_marks(action: str, resource: str) -> None:
    """Case and question marks, which the evaluator of moto ignores, count."""
    (permission,) = permissions_of(role({"Effect": "Allow", "Action": action, "Resource": resource})) or []
    assert permission.covers(RequiredPermission("s3:GetObject", "arn:aws:s3:::mail/raw/ab[c]"))
    assert not permission.covers(RequiredPermission("s3:GetObject", "arn:aws:s3:::MAIL/raw/ab[c]"))


def role(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Policies": [{"PolicyDocument": {"Statement": list(statements)}}]}


def test_conditions() -> None:
    statement = {
        "Effect": "Allow",
        "Action": "ses:SendEmail",
        "Resource": "*",
        "Condition": {"StringEquals": {"ses:FromAddress": ["a@b.example", "c@b.example"]}},
    }
    permissions = permissions_of(role(statement)) or []
    assert (
        allowing(permissions, RequiredPermission("ses:SendEmail", "x", {"ses:FromAddress": "c@b.example"}))
        is permissions[0]
    )
    assert allowing(permissions, RequiredPermission("ses:SendEmail", "x", {"ses:FromAddress": "d@b.example"})) is None
    assert allowing(permissions, RequiredPermission("ses:SendEmail", "x")) is None


def test_conditions_in_any_case() -> None:
    """StringEqualsIgnoreCase compares without case, StringEquals with it."""
    need = RequiredPermission("ses:SendEmail", "x", {"ses:FromAddress": "Cases@acme.example"})
    statement = {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"}
    for operator, allowed in (("StringEquals", False), ("StringEqualsIgnoreCase", True)):
        condition = {operator: {"ses:FromAddress": ["Cases@ACME.example"]}}
        permissions = permissions_of(role(statement | {"Condition": condition})) or []
        assert (allowing(permissions, need) is not None) is allowed
        assert (
            allowing(permissions, RequiredPermission("ses:SendEmail", "x", {"ses:FromAddress": "x@y.example"})) is None
        )
        assert allowing(permissions, RequiredPermission("ses:SendEmail", "x")) is None


def test_unsupported_policies() -> None:
    """A policy that is not supported raises an error."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    for change in (
        {"Effect": "Deny"},
        {"NotResource": "x"},
        {"Condition": {"StringLike": {"ses:FromAddress": "*"}}},
    ):
        with pytest.raises(UserError):
            permissions_of(role(statement | change))
    assert permissions_of({"ManagedPolicyArns": ["arn:aws:iam::aws:policy/x"]} | role(statement)) is None


def test_judge_in_process(monkeypatch: pytest.MonkeyPatch, aws_watch: object) -> None:
    """All calls and presigned URLs of a process are judged."""
    assert aws_watch  # the judge of the test run sees these calls too, and assigns them to no function
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    granted = [Permission("0", "s3:GetObject", "arn:aws:s3:::mail/raw/*", {}), Permission("1", "s3:PutObject", "*", {})]
    used: list[str] = []
    refused: list[str] = []
    judge = FunctionJudge(
        "inbound",
        granted,
        AwsAccount("eu-west-1", "123456789012"),
        lambda permission, _: used.append(permission.id),
        lambda refusal: refused.append(str(refusal)),
    )
    with mock_aws():
        s3 = boto3.client("s3", region_name="eu-west-1")
        s3.create_bucket(Bucket="mail", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        end = watched_calls.watch(judge)
        try:
            s3.put_object(Bucket="mail", Key="raw/a", Body=b"a")
            s3.generate_presigned_url("get_object", Params={"Bucket": "mail", "Key": "raw/a"})
            s3.generate_presigned_url("get_object", Params={"Bucket": "mail", "Key": "bodies/a"})
            with pytest.raises(ClientError):
                s3.get_object(Bucket="mail", Key="raw/b")
        finally:
            end()
        s3.delete_object(Bucket="mail", Key="raw/a")
    assert used == ["1", "0", "0"]
    assert refused == [
        "inbound: s3 GetObject: its policy does not allow s3:GetObject on arn:aws:s3:::mail/bodies/a",
        "inbound: s3 GetObject: its policy does not allow s3:ListBucket on arn:aws:s3:::mail",
    ]


def test_refusal_error() -> None:
    """A refusal has the error code of the service."""
    need = RequiredPermission("s3:GetObject", "arn:aws:s3:::mail/a")
    denied = error_of(Refusal("inbound", "s3", "GetObject", "no", need)).response
    assert (denied["Error"]["Code"], denied["ResponseMetadata"]["HTTPStatusCode"]) == ("AccessDenied", 403)
    assert (
        error_of(Refusal("a", "dynamodb", "GetItem", "no", need)).response["Error"]["Code"] == "AccessDeniedException"
    )
    invalid = error_of(Refusal("inbound", "dynamodb", "PutItem", "too large")).response
    assert (invalid["Error"]["Code"], invalid["ResponseMetadata"]["HTTPStatusCode"]) == ("ValidationException", 400)


def test_record(tmp_path: Path) -> None:
    """Each used permission and each refusal is recorded once."""
    record = CallRecord(tmp_path)
    need = RequiredPermission("s3:GetObject", "arn:aws:s3:::mail/raw/a")
    permission = Permission("0/s3:GetObject/0", "s3:GetObject", "arn:aws:s3:::mail/raw/*", {})
    for _ in range(2):
        record.used("inbound", permission, need)
        record.refused(Refusal("inbound", "s3", "GetObject", "no"))
    (used,) = tmp_path.glob("used-*")
    assert [json.loads(line) for line in used.read_text().splitlines()] == [
        {
            "function": "inbound",
            "permission": "0/s3:GetObject/0",
            "pattern": ["s3:GetObject", "arn:aws:s3:::mail/raw/*"],
            "need": ["s3:GetObject", "arn:aws:s3:::mail/raw/a"],
        }
    ]
    (refused,) = tmp_path.glob("refused-*")
    assert len(refused.read_text().splitlines()) == 2


def test_settings_as_text() -> None:
    """The settings survive the command line of a process."""
    permission = Permission("0", "a:b", "*", {"k": ["v"]})
    brief = JudgingSettings("inbound", "eu-west-1", "123456789012", [permission], {"mail": "key"}, strict=True)
    given = json.loads(brief.as_text())
    assert Permission(**given.pop("permissions")[0]) == permission
    assert given == {
        "function": "inbound",
        "region": "eu-west-1",
        "account_id": "123456789012",
        "bucket_keys": {"mail": "key"},
        "strict": True,
        "record": None,
        "judged": True,
    }


def test_unjudged() -> None:
    """For measurements, a worker judges nothing."""
    make = BaseClient._make_api_call  # type: ignore[attr-defined]  # private to botocore
    judge_calls(JudgingSettings("inbound", "eu-west-1", "123456789012", [], judged=False).as_text())
    assert BaseClient._make_api_call is make  # type: ignore[attr-defined]

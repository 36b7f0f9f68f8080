"""The permissions that a call needs: IAM actions on resources. An action is not always named like its call.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.utils import parseaddr
from typing import Any

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class RequiredPermission:
    """An action on a resource (its ARN). `context` holds the condition keys that are known for the call."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class AwsAccount:
    """The account of the calls. `bucket_keys` holds the ARN of each bucket's KMS key, by the bucket's name."""

    region: str
    account_id: str
    bucket_keys: Mapping[str, str] = field(default_factory=dict)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"


class UnknownOperation(Exception):
    """The permissions that this operation needs are not known yet. Add them to `_BY_OPERATION`."""


def required_permissions(
    service: str, operation: str, parameters: Parameters, account: AwsAccount
) -> list[RequiredPermission]:
    """The permissions that the call needs. `service` is the endpoint's prefix (`dynamodb`, `s3`, `email` for SES),
    `operation` the API's name (`PutItem`). Raises UnknownOperation."""
    find = _BY_OPERATION.get((service, operation))
    if find is None:
        raise UnknownOperation(f"{service}:{operation}")
    return list(dict.fromkeys(find(parameters, account)))


def permissions_for_not_found(service: str, operation: str, parameters: Parameters) -> list[RequiredPermission]:
    """What a call also needs if its object does not exist: without `s3:ListBucket`, S3 answers 403 instead of 404.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    if (service, operation) in {("s3", "GetObject"), ("s3", "HeadObject"), ("s3", "GetObjectTagging")}:
        return [RequiredPermission("s3:ListBucket", _bucket(parameters))]
    return []


# DynamoDB. Batches are actions of their own. A transaction needs the actions of its members. A query of an index needs
# permission for that index.


def _on_table(action: str) -> Callable[[Parameters, AwsAccount], Iterator[RequiredPermission]]:
    def find(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
        table = _table(parameters["TableName"], account)
        index = parameters.get("IndexName")
        yield RequiredPermission(f"dynamodb:{action}", f"{table}/index/{index}" if index else table)

    return find


def _on_tables(action: str) -> Callable[[Parameters, AwsAccount], Iterator[RequiredPermission]]:
    def find(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
        for name in parameters["RequestItems"]:
            yield RequiredPermission(f"dynamodb:{action}", _table(name, account))

    return find


_IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


def _transaction(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
    for member in parameters["TransactItems"]:
        ((kind, request),) = member.items()
        yield RequiredPermission(f"dynamodb:{_IN_TRANSACTIONS[kind]}", _table(request["TableName"], account))


def _table(name: str, account: AwsAccount) -> str:
    return name if name.startswith("arn:") else account.arn("dynamodb", f"table/{name}")


# S3. If a bucket is encrypted with a customer's key, S3 calls KMS in the caller's name. So reading needs permission
# to decrypt, and writing needs permission to make a data key.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html


def _on_object(
    action: str, *, kms: str | None = None
) -> Callable[[Parameters, AwsAccount], Iterator[RequiredPermission]]:
    def find(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
        yield RequiredPermission(f"s3:{action}", f"{_bucket(parameters)}/{parameters['Key']}")
        key = account.bucket_keys.get(parameters["Bucket"])
        if kms is not None and key is not None:
            yield RequiredPermission(f"kms:{kms}", key)

    return find


def _put_object(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
    yield from _on_object("PutObject", kms="GenerateDataKey")(parameters, account)
    if "Tagging" in parameters:
        yield from _on_object("PutObjectTagging")(parameters, account)


def _copy_object(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
    source = parameters["CopySource"]
    if isinstance(source, str):
        bucket, _, key = source.removeprefix("/").partition("/")
        source = {"Bucket": bucket, "Key": key}
    yield from _on_object("GetObject", kms="Decrypt")(source, account)
    yield from _put_object(parameters, account)


def _delete_objects(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
    for item in parameters["Delete"]["Objects"]:
        # A version that is named is deleted for good. Without one, S3 only puts a delete marker on top of all versions.
        action = "DeleteObjectVersion" if "VersionId" in item else "DeleteObject"
        yield from _on_object(action)({"Bucket": parameters["Bucket"], "Key": item["Key"]}, account)


def _list_bucket(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:  # noqa: ARG001  (one of the finders)
    yield RequiredPermission("s3:ListBucket", _bucket(parameters))


def _list_versions(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:  # noqa: ARG001  (one of the finders)
    yield RequiredPermission("s3:ListBucketVersions", _bucket(parameters))


def _bucket(parameters: Parameters) -> str:
    return f"arn:aws:s3:::{parameters['Bucket']}"


# SES. A call needs permission for the sender's identity and the configuration set. For a raw message, the documentation
# names SendEmail only, but the service refuses with "is not authorized to perform `ses:SendRawEmail'":
# https://github.com/anymail/django-anymail/issues/384, https://github.com/symfony/symfony/issues/51461


def _send_email(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
    raw = parameters["Content"].get("Raw")
    sender = parameters.get("FromEmailAddress") or (message_from_bytes(raw["Data"])["From"] if raw else "")
    address = parseaddr(str(sender))[1]
    context = {"ses:FromAddress": address}
    # The identity is the address, its domain or a parent domain. Here, it is the domain: it tells nobody's name.
    resources = [account.arn("ses", f"identity/{address.rpartition('@')[2]}")]
    if "ConfigurationSetName" in parameters:
        resources.append(account.arn("ses", f"configuration-set/{parameters['ConfigurationSetName']}"))
    for action in ("ses:SendEmail", "ses:SendRawEmail") if raw else ("ses:SendEmail",):
        for resource in resources:
            yield RequiredPermission(action, resource, context)


def _on_anything(action: str) -> Callable[[Parameters, AwsAccount], Iterator[RequiredPermission]]:
    """For actions that cannot be limited to resources."""

    def find(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:  # noqa: ARG001  (one of the finders)
        yield RequiredPermission(action, "*")

    return find


def _get_identity(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
    yield RequiredPermission("ses:GetEmailIdentity", account.arn("ses", f"identity/{parameters['EmailIdentity']}"))


def _describe_stacks(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:  # noqa: ARG001  (one of the finders)
    yield RequiredPermission("cloudformation:DescribeStacks", parameters["StackName"])


# The queues and secrets of the stack are encrypted with keys of AWS. For these, the caller needs no permission.


def _on_queue(action: str) -> Callable[[Parameters, AwsAccount], Iterator[RequiredPermission]]:
    def find(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
        yield RequiredPermission(f"sqs:{action}", account.arn("sqs", parameters["QueueUrl"].rpartition("/")[2]))

    return find


def _on_user_pool(action: str) -> Callable[[Parameters, AwsAccount], Iterator[RequiredPermission]]:
    def find(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
        pool = account.arn("cognito-idp", f"userpool/{parameters['UserPoolId']}")
        yield RequiredPermission(f"cognito-idp:{action}", pool)

    return find


def _on_function(action: str) -> Callable[[Parameters, AwsAccount], Iterator[RequiredPermission]]:
    def find(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
        name = parameters["FunctionName"]
        yield RequiredPermission(
            f"lambda:{action}", name if name.startswith("arn:") else account.arn("lambda", f"function:{name}")
        )

    return find


def _on_secret(action: str) -> Callable[[Parameters, AwsAccount], Iterator[RequiredPermission]]:
    def find(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
        yield RequiredPermission(f"secretsmanager:{action}", secret_arn(parameters["SecretId"], account))

    return find


def secret_arn(id_: str, account: AwsAccount) -> str:
    """The ARN of the secret with this ARN or name. After the name, AWS adds six characters, for which `*` stands.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
    """
    return id_ if id_.startswith("arn:") else account.arn("secretsmanager", f"secret:{id_}-*")


# EventBridge. Events of one call may go to several buses. A bus may be named by its ARN.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html


def _put_events(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
    for entry in parameters["Entries"]:
        yield RequiredPermission("events:PutEvents", _bus(entry.get("EventBusName", "default"), account))


def _describe_bus(parameters: Parameters, account: AwsAccount) -> Iterator[RequiredPermission]:
    yield RequiredPermission("events:DescribeEventBus", _bus(parameters.get("Name", "default"), account))


def _bus(name: str, account: AwsAccount) -> str:
    return name if name.startswith("arn:") else account.arn("events", f"event-bus/{name}")


_BY_OPERATION: Mapping[tuple[str, str], Callable[[Parameters, AwsAccount], Iterator[RequiredPermission]]] = {
    **{
        ("dynamodb", name): _on_table(name)
        for name in ("GetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "DescribeTable")
    },
    **{("dynamodb", name): _on_tables(name) for name in ("BatchGetItem", "BatchWriteItem")},
    ("dynamodb", "TransactWriteItems"): _transaction,
    ("dynamodb", "TransactGetItems"): _transaction,
    ("s3", "GetObject"): _on_object("GetObject", kms="Decrypt"),
    ("s3", "HeadObject"): _on_object("GetObject"),
    ("s3", "PutObject"): _put_object,
    ("s3", "CopyObject"): _copy_object,
    ("s3", "DeleteObject"): _on_object("DeleteObject"),
    ("s3", "DeleteObjects"): _delete_objects,
    ("s3", "PutObjectTagging"): _on_object("PutObjectTagging"),
    ("s3", "GetObjectTagging"): _on_object("GetObjectTagging"),
    ("s3", "ListObjectsV2"): _list_bucket,
    ("s3", "ListObjectVersions"): _list_versions,
    ("s3", "HeadBucket"): _list_bucket,
    ("email", "SendEmail"): _send_email,
    **{
        ("email", name): _on_anything(f"ses:{name}")
        for name in (
            "CreateReceiptFilter",
            "DeleteReceiptFilter",
            "ListReceiptFilters",
            "DescribeActiveReceiptRuleSet",
            "DescribeReceiptRuleSet",
            "SetActiveReceiptRuleSet",
        )
    },
    ("email", "GetEmailIdentity"): _get_identity,
    ("cloudformation", "DescribeStacks"): _describe_stacks,
    ("lambda", "GetAccountSettings"): _on_anything("lambda:GetAccountSettings"),
    ("sqs", "SendMessage"): _on_queue("SendMessage"),
    ("sqs", "SendMessageBatch"): _on_queue("SendMessage"),
    ("sqs", "ReceiveMessage"): _on_queue("ReceiveMessage"),
    ("sqs", "DeleteMessage"): _on_queue("DeleteMessage"),
    ("sqs", "DeleteMessageBatch"): _on_queue("DeleteMessage"),
    ("sqs", "ChangeMessageVisibility"): _on_queue("ChangeMessageVisibility"),
    ("sqs", "ChangeMessageVisibilityBatch"): _on_queue("ChangeMessageVisibility"),
    ("sqs", "GetQueueAttributes"): _on_queue("GetQueueAttributes"),
    ("events", "PutEvents"): _put_events,
    ("events", "DescribeEventBus"): _describe_bus,
    **{("secretsmanager", name): _on_secret(name) for name in ("GetSecretValue", "DescribeSecret", "PutSecretValue")},
    ("lambda", "GetFunctionConfiguration"): _on_function("GetFunctionConfiguration"),
    **{
        ("cognito-idp", name): _on_user_pool(name)
        for name in ("DescribeUserPoolClient", "UpdateUserPoolClient", "CreateGroup")
    },
}
"""By the endpoint's prefix and the operation. SES has the prefix `email` in both its versions."""

"""Buckets, queues, tables and secrets."""

import json
from collections.abc import Mapping
from typing import Any

from local.cloudformation.resources.context import CreatedResource, StackContext, as_bool
from local.errors import UserError
from local.events.shortened_waits import shortened_delay


def create_bucket(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    name = properties.get("BucketName", f"{context.name(logical_id)}-{context.aws.account_id}".lower())
    s3 = context.aws.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": context.aws.region})
    if "VersioningConfiguration" in properties:
        status = {"Status": properties["VersioningConfiguration"]["Status"]}
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=status)
    notifications = properties.get("NotificationConfiguration", {})
    for kind in notifications:
        if kind not in {"QueueConfigurations", "EventBridgeConfiguration"}:
            raise UserError(f"template: {logical_id}: the local stack does not support bucket notifications by {kind}")
    if notifications:
        queues = notifications.get("QueueConfigurations", [])
        configuration: dict[str, Any] = {"QueueConfigurations": [_queue_configuration(item) for item in queues]}
        if as_bool(notifications.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled", False)):
            configuration["EventBridgeConfiguration"] = {}
        s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=configuration)
    if "CorsConfiguration" in properties:
        rules = [_cors_rule(rule) for rule in properties["CorsConfiguration"]["CorsRules"]]
        s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})
        context.aws.bucket_cors[name] = list(rules)
    return CreatedResource(
        name,
        {
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{context.aws.region}.amazonaws.com",
        },
    )


def _cors_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The rule with the names of S3's API, which differ from those of CloudFormation."""
    names = {"ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds", "Id": "ID"}
    renamed = {names.get(name, name): value for name, value in rule.items()}
    if "MaxAgeSeconds" in renamed:
        renamed["MaxAgeSeconds"] = int(renamed["MaxAgeSeconds"])
    return renamed


def _queue_configuration(item: Mapping[str, Any]) -> dict[str, Any]:
    configuration: dict[str, Any] = {"QueueArn": item["Queue"], "Events": [item["Event"]]}
    if "Filter" in item:
        configuration["Filter"] = {"Key": {"FilterRules": item["Filter"]["S3Key"]["Rules"]}}
    return configuration


def create_queue(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    name = properties.get("QueueName", context.name(logical_id))
    applied = ("MessageRetentionPeriod", "VisibilityTimeout")
    attributes = {key: str(properties[key]) for key in applied if key in properties}
    if "DelaySeconds" in properties:
        attributes["DelaySeconds"] = str(shortened_delay(float(properties["DelaySeconds"])))
    if "RedrivePolicy" in properties:
        attributes["RedrivePolicy"] = json.dumps(properties["RedrivePolicy"])
    url = context.aws.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return CreatedResource(url, {"Arn": context.arn("sqs", name), "QueueName": name, "QueueUrl": url})


def create_table(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    name = properties.get("TableName", context.name(logical_id))
    dynamodb = context.aws.client("dynamodb")
    definition: dict[str, Any] = {
        key: properties[key] for key in ("AttributeDefinitions", "KeySchema", "BillingMode") if key in properties
    }
    indexes = properties.get("GlobalSecondaryIndexes", [])
    if indexes:
        kept = ("IndexName", "KeySchema", "Projection")
        definition["GlobalSecondaryIndexes"] = [{key: index[key] for key in kept} for index in indexes]
    if "StreamSpecification" in properties:
        view = properties["StreamSpecification"]["StreamViewType"]
        definition["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    table = dynamodb.create_table(TableName=name, **definition)["TableDescription"]
    ttl = properties.get("TimeToLiveSpecification")
    if ttl:
        specification = {"AttributeName": ttl["AttributeName"], "Enabled": as_bool(ttl["Enabled"])}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    attributes = {"Arn": table["TableArn"]}
    if "LatestStreamArn" in table:
        attributes["StreamArn"] = table["LatestStreamArn"]
    return CreatedResource(name, attributes)


def create_secret(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    """A secret, empty or with a generated password in its JSON.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
    """
    secrets = context.aws.client("secretsmanager")
    value: dict[str, str] = {}
    if "GenerateSecretString" in properties:
        generated = dict(properties["GenerateSecretString"])
        frame, key = json.loads(generated.pop("SecretStringTemplate")), generated.pop("GenerateStringKey")
        options = {
            name: int(value) if name == "PasswordLength" else value if name == "ExcludeCharacters" else as_bool(value)
            for name, value in generated.items()
        }
        password = secrets.get_random_password(**options)["RandomPassword"]
        value = {"SecretString": json.dumps({**frame, key: password})}
    arn = secrets.create_secret(Name=properties.get("Name", context.name(logical_id)), **value)["ARN"]
    return CreatedResource(arn, {"Id": arn})

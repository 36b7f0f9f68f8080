"""Resources of SES: receipt rules, configuration sets with their event destinations, identities."""

import re
from collections.abc import Mapping
from typing import Any

from local.cloudformation.resources.context import CreatedResource, StackContext, as_bool
from local.errors import UserError


def create_receipt_rule_set(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    name = properties.get("RuleSetName", context.name(logical_id))
    context.aws.client("ses").create_receipt_rule_set(RuleSetName=name)
    return CreatedResource(name)


def create_receipt_rule(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    rule = dict(properties["Rule"])
    rule.setdefault("Name", context.name(logical_id))
    for flag in ("Enabled", "ScanEnabled"):
        rule[flag] = as_bool(rule.get(flag, False))
    for action in rule.get("Actions", []):
        for kind in action:
            if kind != "S3Action":
                raise UserError(f"template: {logical_id}: the local stack does not support the receipt action {kind}")
    arguments = {"RuleSetName": properties["RuleSetName"], "Rule": rule}
    if "After" in properties:
        arguments["After"] = properties["After"]
    context.aws.client("ses").create_receipt_rule(**arguments)
    return CreatedResource(rule["Name"])


def create_configuration_set(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    name = properties.get("Name", context.name(logical_id))
    options: dict[str, Any] = {}
    if "DeliveryOptions" in properties:
        options["DeliveryOptions"] = dict(properties["DeliveryOptions"])
        if "TlsPolicy" in options["DeliveryOptions"]:
            options["DeliveryOptions"]["TlsPolicy"] = options["DeliveryOptions"]["TlsPolicy"].upper()
    if "SuppressionOptions" in properties:
        options["SuppressionOptions"] = properties["SuppressionOptions"]
    context.aws.client("sesv2").create_configuration_set(ConfigurationSetName=name, **options)
    return CreatedResource(name)


def create_event_destination(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    destination = properties["EventDestination"]
    name = destination.get("Name", context.name(logical_id))
    for kind in destination:
        if kind.endswith("Destination") and kind != "EventBridgeDestination":
            raise UserError(f"template: {logical_id}: the local stack does not support the event destination {kind}")
    context.aws.client("sesv2").create_configuration_set_event_destination(
        ConfigurationSetName=properties["ConfigurationSetName"],
        EventDestinationName=name,
        EventDestination={
            "Enabled": as_bool(destination.get("Enabled", True)),
            # CloudFormation writes `renderingFailure`, the API `RENDERING_FAILURE`.
            "MatchingEventTypes": [_upper_snake(kind) for kind in destination["MatchingEventTypes"]],
            "EventBridgeDestination": destination["EventBridgeDestination"],
        },
    )
    return CreatedResource(name)


def create_identity(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:  # noqa: ARG001  (a CreateHandler)
    """An identity. Its DNS records are invented: nobody looks them up."""
    identity = properties["EmailIdentity"]
    client = context.aws.client("sesv2")
    client.create_email_identity(EmailIdentity=identity)
    forwards = as_bool(properties.get("FeedbackAttributes", {}).get("EmailForwardingEnabled", True))
    client.put_email_identity_feedback_attributes(EmailIdentity=identity, EmailForwardingEnabled=forwards)
    records = {}
    for number in range(1, 4):
        token = f"local{number}"
        records[f"DkimDNSTokenName{number}"] = f"{token}._domainkey.{identity}"
        records[f"DkimDNSTokenValue{number}"] = f"{token}.dkim.amazonses.com"
    return CreatedResource(identity, {**records, "Arn": context.arn("ses", f"identity/{identity}")})


def _upper_snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()

"""What SES needs: receipt rules, configuration sets with their event destinations, identities."""

import re
from collections.abc import Mapping
from typing import Any

from local.cloudformation.resources.site import Made, Site, as_bool
from local.errors import UserError


def make_receipt_rule_set(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:
    name = properties.get("RuleSetName", site.name(logical_id))
    site.aws.client("ses").create_receipt_rule_set(RuleSetName=name)
    return Made(name)


def make_receipt_rule(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:
    rule = dict(properties["Rule"])
    rule.setdefault("Name", site.name(logical_id))
    for flag in ("Enabled", "ScanEnabled"):
        rule[flag] = as_bool(rule.get(flag, False))
    for action in rule.get("Actions", []):
        for kind in action:
            if kind != "S3Action":
                raise UserError(f"template: {logical_id}: the local stack does not know the receipt action {kind}")
    arguments = {"RuleSetName": properties["RuleSetName"], "Rule": rule}
    if "After" in properties:
        arguments["After"] = properties["After"]
    site.aws.client("ses").create_receipt_rule(**arguments)
    return Made(rule["Name"])


def make_configuration_set(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:
    name = properties.get("Name", site.name(logical_id))
    options: dict[str, Any] = {}
    if "DeliveryOptions" in properties:
        options["DeliveryOptions"] = dict(properties["DeliveryOptions"])
        if "TlsPolicy" in options["DeliveryOptions"]:
            options["DeliveryOptions"]["TlsPolicy"] = options["DeliveryOptions"]["TlsPolicy"].upper()
    if "SuppressionOptions" in properties:
        options["SuppressionOptions"] = properties["SuppressionOptions"]
    site.aws.client("sesv2").create_configuration_set(ConfigurationSetName=name, **options)
    return Made(name)


def make_event_destination(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:
    destination = properties["EventDestination"]
    name = destination.get("Name", site.name(logical_id))
    for kind in destination:
        if kind.endswith("Destination") and kind != "EventBridgeDestination":
            raise UserError(f"template: {logical_id}: the local stack does not know the event destination {kind}")
    site.aws.client("sesv2").create_configuration_set_event_destination(
        ConfigurationSetName=properties["ConfigurationSetName"],
        EventDestinationName=name,
        EventDestination={
            "Enabled": as_bool(destination.get("Enabled", True)),
            # CloudFormation says `renderingFailure` where the API says `RENDERING_FAILURE`.
            "MatchingEventTypes": [_upper_snake(kind) for kind in destination["MatchingEventTypes"]],
            "EventBridgeDestination": destination["EventBridgeDestination"],
        },
    )
    return Made(name)


def make_identity(site: Site, logical_id: str, properties: Mapping[str, Any]) -> Made:  # noqa: ARG001  (a Maker)
    """An identity of the embedded SES. Its DNS records are those of a domain that nobody will look up."""
    identity = properties["EmailIdentity"]
    site.aws.client("sesv2").create_email_identity(EmailIdentity=identity)
    records = {}
    for number in range(1, 4):
        token = f"local{number}"
        records[f"DkimDNSTokenName{number}"] = f"{token}._domainkey.{identity}"
        records[f"DkimDNSTokenValue{number}"] = f"{token}.dkim.amazonses.com"
    return Made(identity, {**records, "Arn": site.arn("ses", f"identity/{identity}")})


def _upper_snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()

"""Custom resources for what CloudFormation cannot do: the preflight, receipt filters and the active receipt rule set of
SES, the console's address and the groups at the user pool, the first key of case references, and the check of what is
live. A schedule looks whether receiving is still as it was set up.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html

CloudFormation waits for a response at a URL that it gives. It always gets one: an exception becomes the response FAILED
with its reason. The function fails only if the response cannot be delivered. Lambda then invokes it again, so every
request may arrive twice.

This function has no layer, and so no `email_channels`: it needs only the boto3 of Lambda's runtime.
"""

import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from functions.setup import (
    console_addresses,
    live_versions,
    preflight,
    receipt_filters,
    receipt_rule_set,
    tag_key,
    user_pool_groups,
    watching,
)

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ses import SESClient

RESOURCES = (
    "Custom::Preflight",
    "Custom::ReceiptFilters",
    "Custom::ActiveReceiptRuleSet",
    "Custom::ConsoleAddresses",
    "Custom::TagKeyValue",
    "Custom::UserPoolGroups",
    "Custom::LiveVersions",
)

LONGEST_REASON = 1000
"""Characters. A response has at most 4,096 bytes."""

TRIES = 5
"""Attempts to deliver the response, a second apart."""

# SES accepts about one such request per second and account, so making a hundred filters needs many retries. The
# timeouts are short enough to report a call that got no answer.
_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 10})

_logger = logging.getLogger(__name__)


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any] | None:  # noqa: ARG001 - Lambda calls it with both
    """Answers the request in `event`. Raises OSError if the response cannot be delivered.

    For the schedule, which hands over what to watch: returns what is wrong with receiving.
    """
    if "Watch" in event:
        return watching.watch(_ses(), event["Watch"])
    try:
        attributes = _apply(event)
    except Exception as error:  # any error: without a response, CloudFormation waits until it times out
        _logger.exception("setup failed")
        answer = _answer(event, "FAILED", str(error) or type(error).__name__, {})
    else:
        answer = _answer(event, "SUCCESS", "", attributes)
    _deliver(event["ResponseURL"], json.dumps(answer).encode())
    return None


def _apply(event: Mapping[str, Any]) -> dict[str, str]:
    """Applies the request type (Create, Update, Delete) to the resource, and returns its attributes."""
    request, properties = event["RequestType"], event["ResourceProperties"]
    match event["ResourceType"]:
        case "Custom::Preflight":
            return preflight.apply(_account(event), request, properties, event.get("OldResourceProperties", {}))
        case "Custom::ReceiptFilters":
            return receipt_filters.apply(_ses(), request, properties)
        case "Custom::ActiveReceiptRuleSet":
            rolling_back = request == "Update" and "ROLLBACK" in _stack_status(event)
            return receipt_rule_set.apply(_ses(), request, properties, rolling_back=rolling_back)
        case "Custom::ConsoleAddresses":
            return console_addresses.apply(_cognito(), request, properties)
        case "Custom::TagKeyValue":
            return tag_key.apply(_secrets_manager(), request, properties)
        case "Custom::UserPoolGroups":
            return user_pool_groups.apply(_cognito(), request, properties)
        case "Custom::LiveVersions":
            return live_versions.apply(_lambda(), request, properties)
        case unknown:
            raise ValueError(f"unknown resource type {unknown}; known are {' and '.join(RESOURCES)}")


@cache
def _ses() -> "SESClient":
    return boto3.client("ses", config=_CONFIG)


def _account(event: Mapping[str, Any]) -> preflight.Account:
    return preflight.Account(
        _ses().meta.region_name,
        "" if event["RequestType"] == "Delete" else _stack_status(event),
        _ses(),
        boto3.client("sesv2", config=_CONFIG),
        lambda: boto3.client("lambda", config=_CONFIG).get_account_settings()["AccountLimit"],
        boto3.client("events", config=_CONFIG),
    )


def _stack_status(event: Mapping[str, Any]) -> str:
    """What CloudFormation is doing with the stack. The request does not say whether it is part of a rollback."""
    stacks = boto3.client("cloudformation", config=_CONFIG).describe_stacks(StackName=event["StackId"])
    return str(stacks["Stacks"][0]["StackStatus"])


@cache
def _cognito() -> "CognitoIdentityProviderClient":
    return boto3.client("cognito-idp", config=_CONFIG)


@cache
def _lambda() -> "LambdaClient":
    return boto3.client("lambda", config=_CONFIG)


@cache
def _secrets_manager() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=_CONFIG)


def _answer(event: Mapping[str, Any], status: str, reason: str, attributes: Mapping[str, str]) -> dict[str, object]:
    return {
        "Status": status,
        "Reason": reason[:LONGEST_REASON],
        # The id never changes during the life of the stack, because CloudFormation deletes a resource whose id changes.
        "PhysicalResourceId": event.get("PhysicalResourceId") or event["LogicalResourceId"],
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": dict(attributes),
    }


def _deliver(url: str, answer: bytes) -> None:
    # The URL is signed without a content type, so the request must not have one.
    request = urllib.request.Request(url, data=answer, method="PUT", headers={"Content-Type": ""})  # noqa: S310 - the URL is CloudFormation's
    for left in reversed(range(TRIES)):
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - as above
                return
        except OSError as error:
            _logger.warning("answer not delivered: %s", error)
            if not left:
                raise
            time.sleep(1)

"""Custom resources for what CloudFormation cannot do in SES: receipt filters, and the active receipt rule set.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html

CloudFormation waits for an answer at a URL of its own. It gets one whatever happens: an exception here is the answer
FAILED with its reason. Only if the answer itself cannot be delivered does the function fail, and Lambda calls it again;
every request may come twice.
"""

import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from functions.setup import receipt_filters, receipt_rule_set

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

Resource = Callable[["SESClient", str, Mapping[str, Any]], dict[str, str]]
"""Makes the resource as the request type (Create, Update, Delete) and the properties say; gives its attributes."""

RESOURCES: Mapping[str, Resource] = {
    "Custom::ReceiptFilters": receipt_filters.apply,
    "Custom::ActiveReceiptRuleSet": receipt_rule_set.apply,
}

LONGEST_REASON = 1000
"""Characters. An answer has 4,096 bytes at most."""

TRIES = 5
"""To deliver the answer, a second apart."""

_logger = logging.getLogger(__name__)


def handler(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001 - Lambda calls it with both
    """Answers the request of `event`. Raises OSError if the answer cannot be delivered."""
    try:
        attributes = _apply(event)
    except Exception as error:  # whatever it was, or CloudFormation waits until its time is up
        _logger.exception("setup failed")
        answer = _answer(event, "FAILED", str(error) or type(error).__name__, {})
    else:
        answer = _answer(event, "SUCCESS", "", attributes)
    _deliver(event["ResponseURL"], json.dumps(answer).encode())


def _apply(event: Mapping[str, Any]) -> dict[str, str]:
    resource = RESOURCES.get(event["ResourceType"])
    if resource is None:
        raise ValueError(f"setup makes {' and '.join(RESOURCES)}, not {event['ResourceType']}")
    return resource(_ses(), event["RequestType"], event["ResourceProperties"])


@cache
def _ses() -> "SESClient":
    # SES lets one account make about one such request a second; a hundred filters are made patiently. A call that is
    # never answered ends while there is time to say so.
    patient = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 10})
    return boto3.client("ses", config=patient)


def _answer(event: Mapping[str, Any], status: str, reason: str, attributes: Mapping[str, str]) -> dict[str, object]:
    return {
        "Status": status,
        "Reason": reason[:LONGEST_REASON],
        # The same for the life of the stack: with another id CloudFormation would delete the one before.
        "PhysicalResourceId": event.get("PhysicalResourceId") or event["LogicalResourceId"],
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": dict(attributes),
    }


def _deliver(url: str, answer: bytes) -> None:
    # The URL is signed without a content type, so none may be sent.
    request = urllib.request.Request(url, data=answer, method="PUT", headers={"Content-Type": ""})  # noqa: S310 - CloudFormation's
    for left in reversed(range(TRIES)):
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - as above
                return
        except OSError as error:
            _logger.warning("answer not delivered: %s", error)
            if not left:
                raise
            time.sleep(1)

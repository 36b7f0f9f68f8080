"""Failure destinations of Lambda: the queue of a `DestinationConfig`, and the record that Lambda sends there."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local.cloudformation.deployment import Deployment
from local.embedded_aws import EmbeddedAws
from local.errors import UserError
from local.lambda_.deployed_function import DeployedFunction


def failure_queue(deployment: Deployment, properties: Mapping[str, Any]) -> str | None:
    """The URL of the queue that a `DestinationConfig` names for failures. None if it names none.

    Raises UserError if it is not a queue of the template, or if there is a destination for success.
    """
    config = properties.get("DestinationConfig", {})
    for kind in config:
        if kind != "OnFailure":
            raise UserError(f"template: the local stack does not support the destination {kind}")
    if "OnFailure" not in config:
        return None
    arn = config["OnFailure"]["Destination"]
    for queue in deployment.of_type("AWS::SQS::Queue"):
        if queue.attributes["Arn"] == arn:
            return queue.physical_id
    raise UserError(f"template: the failure destination {arn} is not a queue of the template")


def send_failure(
    aws: EmbeddedAws, queue_url: str, function: DeployedFunction, condition: str, attempts: int, what: Mapping[str, Any]
) -> None:
    """Sends a failure record to the queue: the fields that all such records have, and those in `what`.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    record = {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "functionArn": f"{function.arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        **what,
    }
    aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody=json.dumps(record))

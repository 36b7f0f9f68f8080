"""Writes an item with the time of each event."""

import os
from typing import Any

import boto3


def handler(event: dict[str, Any], context: Any) -> Any:
    if event["detail"].get("fails"):
        raise RuntimeError("as asked")
    item = {"pk": {"S": f"{event['source']} {event['time']}"}, "kind": {"S": "event"}}
    boto3.client("dynamodb").put_item(TableName=os.environ["TABLE"], Item=item)
    return {"time": event["time"], "type": event["detail-type"], "resources": event["resources"]}

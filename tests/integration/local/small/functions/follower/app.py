"""Writes an item for each record of the stream, except for those on which it fails."""

import os
from typing import Any

import boto3


def handler(event: dict[str, Any], context: Any) -> Any:
    failed = []
    for record in event["Records"]:
        key = record["dynamodb"]["Keys"]["pk"]["S"]
        if "unfollowed" in key:
            failed.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
            break
        item = {"pk": {"S": f"followed {key}"}, "kind": {"S": "followed"}}
        boto3.client("dynamodb").put_item(TableName=os.environ["TABLE"], Item=item)
    return {"batchItemFailures": failed}

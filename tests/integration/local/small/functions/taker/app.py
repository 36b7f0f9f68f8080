"""Writes an item for each object. The name of the object can ask for more."""

import json
import os
import time
from typing import Any
from urllib.parse import unquote_plus

import boto3


def handler(event: dict[str, Any], context: Any) -> Any:
    if "do" in event:
        return _do(event, context)
    failed = []
    for record in event["Records"]:
        for change in json.loads(record["body"]).get("Records", []):  # none in s3:TestEvent
            key = unquote_plus(change["s3"]["object"]["key"])
            if "poison" in key:
                failed.append({"itemIdentifier": record["messageId"]})
            elif "crash" in key and record["attributes"]["ApproximateReceiveCount"] == "1":
                os._exit(7)
            else:
                item = {"pk": {"S": key}, "kind": {"S": "email"}, "days": {"N": os.environ["DAYS"]}}
                boto3.client("dynamodb").put_item(TableName=os.environ["TABLE"], Item=item)
    return {"batchItemFailures": failed}


def _do(event: dict[str, Any], context: Any) -> Any:
    match event["do"]:
        case "raise":
            raise ValueError("no good")
        case "sleep":
            time.sleep(60)
        case "exit":
            os._exit(7)
        case "object":
            return object()
        case "large":
            return "x" * 7_000_000
        case "environment":
            return dict(os.environ)
        case "print":
            print("not an answer")
    return {
        "pid": os.getpid(),
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "memory": context.memory_limit_in_mb,
        "remaining": context.get_remaining_time_in_millis(),
    }

"""Answers for a custom resource with the properties of the request."""

import json
from typing import Any
from urllib.request import Request, urlopen


def handler(event: dict[str, Any], context: Any) -> None:
    properties = event["ResourceProperties"]
    if properties["Fails"] == "silently":
        return
    answer = {
        "Status": "FAILED" if properties["Fails"] else "SUCCESS",
        "Reason": properties["Fails"],
        "PhysicalResourceId": "made",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": {"Given": json.dumps(properties, sort_keys=True), "Request": event["RequestType"]},
    }
    request = Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT")
    with urlopen(request, timeout=5) as response:
        response.read()

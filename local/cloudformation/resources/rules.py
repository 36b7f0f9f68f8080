"""Rules of EventBridge. The event bus of the local stack serves those with functions as targets.

The bucket's events come from the embedded AWS itself, so it also holds the rules that send them to queues.
"""

import json
from collections.abc import Mapping
from typing import Any

from local.cloudformation.resources.context import CreatedResource, StackContext
from local.errors import UserError

_BUCKETS = "aws.s3"


def create_rule(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    """Raises UserError for a rule that sends anything but events of buckets to a queue."""
    name = properties.get("Name", context.name(logical_id))
    queues = [target for target in properties.get("Targets", []) if is_queue(target["Arn"])]
    if queues:
        pattern = properties.get("EventPattern", {})
        if pattern.get("source") != [_BUCKETS] or len(queues) < len(properties["Targets"]):
            raise UserError(f"template: {logical_id}: the local stack sends only events of buckets to queues")
        events = context.aws.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps(pattern), State=properties.get("State", "ENABLED"))
        events.put_targets(Rule=name, Targets=[{"Id": target["Id"], "Arn": target["Arn"]} for target in queues])
    return CreatedResource(name, {"Arn": context.arn("events", f"rule/{name}")})


def is_queue(arn: str) -> bool:
    """Whether the target of a rule is a queue."""
    return arn.split(":")[2] == "sqs"

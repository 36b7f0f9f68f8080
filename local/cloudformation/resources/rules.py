"""Rules of EventBridge. The local event bus serves the rules whose targets are functions.

The embedded AWS emits the events of buckets, so it also holds the rules that send these events to queues.
"""

import json
from collections.abc import Mapping
from typing import Any

from local.cloudformation.resources.context import CreatedResource, StackContext
from local.errors import UserError

_BUCKETS = "aws.s3"


def create_rule(context: StackContext, logical_id: str, properties: Mapping[str, Any]) -> CreatedResource:
    """A rule. Raises UserError if it sends other events than those of buckets to a queue."""
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

"""Whether the event bus that gets domain events exists.

EventBridge takes events for a bus that does not exist, so only an alarm would tell of a wrong name, an hour later.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from functions.setup.findings import Finding

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


def check(client: "EventBridgeClient", name: str, before: str) -> Iterator[Finding]:
    """What stands against sending events to the bus `name`; `before` is its name so far. Empty: no bus.

    A bus that is gone refuses a deployment only if the deployment names it: others must remain possible.
    """
    if not name:
        return
    try:
        client.describe_event_bus(Name=name)
    except client.exceptions.ResourceNotFoundException:
        yield Finding(
            f"EventBusName is {name}, but this account has no event bus of this name in this region. Create it (aws "
            f"events create-event-bus --name {name}), or leave EventBusName empty.",
            refuses=name != before,
        )

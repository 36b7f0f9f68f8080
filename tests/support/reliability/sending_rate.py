"""Simulates the table's stream in front of `notify` while SES limits what is sent, on a clock of its own.

The code of `notify` and `reconcile` itself runs, and the local stack's event source: batches, retries, bisection. SES
takes one email each `pause` seconds from the whole account, and no more than `quota` in all. A send takes SEND_SECONDS,
the follow-up of a record RECORD_SECONDS; nothing else takes time.

https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from email_channels.aws import clients, timeouts
from email_channels.bootstrap import notify as bootstrap
from email_channels.followup import table_stream

from functions.notify import app as notify
from functions.reconcile import app as reconcile
from local.embedded_aws import EmbeddedAws
from local.events import stream_mapping
from local.events.stream_mapping import StreamMapping, _Consumer, read_stream_mapping
from local.lambda_.deployed_function import DeployedFunction
from tests.support.lambda_context import lambda_context
from tests.support.template import expanded

SEND_SECONDS = 0.1
RECORD_SECONDS = 0.05


@dataclass
class Clock:
    """The time in seconds. It also plays the event by which the event source waits."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def is_set(self) -> bool:
        return False


@dataclass
class LimitedSes:
    """SES with a sending rate and a quota. `sent` has the tags of what it took."""

    clock: Clock
    pause: float
    quota: int
    sent: list[Mapping[str, str]] = field(default_factory=list)
    refused: int = 0
    next_at: float = 0.0

    def send_email(self, *, EmailTags: Sequence[Mapping[str, str]], **_: object) -> dict[str, str]:  # noqa: N803 - AWS's name
        self.clock.wait(SEND_SECONDS)
        if self.clock.now < self.next_at or len(self.sent) >= self.quota:
            self.refused += 1
            answer = {
                "Error": {"Code": "TooManyRequestsException", "Message": "Maximum sending rate exceeded."},
                "ResponseMetadata": {"HTTPStatusCode": 429},
            }
            raise ClientError(cast("Any", answer), "SendEmail")
        self.next_at = self.clock.now + self.pause
        self.sent.append({tag["Name"]: tag["Value"] for tag in EmailTags})
        return {"MessageId": f"ses-{len(self.sent)}"}

    def counts(self) -> Counter[tuple[str, str]]:
        """How often an email of a kind about a record was sent."""
        return Counter((tags["kind"], tags["record"]) for tags in self.sent)

    def close(self) -> None:
        pass


@dataclass
class StreamInFrontOfSes:
    """`give` handles records. `given_up` are those that the event source gave up; `longest` is the longest
    invocation, `invocations` their number."""

    clock: Clock
    ses: LimitedSes
    mapping: StreamMapping
    given_up: int = 0
    longest: float = 0.0
    invocations: int = 0

    def give(self, records: Sequence[dict[str, Any]]) -> None:
        """Handles the records of the stream, in batches as in the template."""
        consumer = _Consumer(self.mapping, cast("EmbeddedAws", None), self._invoke, cast("Any", self.clock))
        size = self.mapping.batch_size
        for first in range(0, len(records), size):
            consumer._process(list(records[first : first + size]), 0)

    def reconcile(self, originals: Sequence[str]) -> list[str]:
        """`reconcile` runs by its schedule, and looks at originals. Returns those that it must look at again."""
        timeout = int(resources()["ReconcileFunction"]["Timeout"]) * 1000
        try:
            reconcile.handler({"time": "2100-01-01T03:00:00Z"}, lambda_context(timeout))
        except Exception:  # noqa: BLE001 - the schedule comes again
            self.clock.wait(0)
        records = [
            {
                "messageId": key,
                "body": json.dumps({"detail": {"object": {"key": key}}}),
                "attributes": {"ApproximateReceiveCount": "1"},
            }
            for key in originals
        ]
        answer = reconcile.handler({"Records": records}, lambda_context(timeout))
        return [str(failed["itemIdentifier"]) for failed in answer["batchItemFailures"]]

    def _invoke(self, _name: str, event: object) -> Any:
        began = self.clock.now
        answer = notify.handler(cast("dict[str, Any]", event), lambda_context(self.mapping.function.timeout * 1000))
        self.invocations += 1
        self.longest = max(self.longest, self.clock.now - began)
        return answer


def resources() -> Mapping[str, Any]:
    return {name: each["Properties"] for name, each in expanded().resources.items()}


@contextmanager
def stream_in_front_of_ses(*, pause: float, quota: int = 1_000_000) -> Iterator[StreamInFrontOfSes]:
    """Within the block, the functions of this process send through a limited SES. Their environment must be set."""
    clock = Clock()
    ses = LimitedSes(clock, pause, quota)
    deployed = resources()
    timeout = int(deployed["NotifyFunction"]["Timeout"])
    function = DeployedFunction("notify", "NotifyFunction", "arn", "x", {}, timeout, 512)
    made = StreamInFrontOfSes(clock, ses, read_stream_mapping(function, deployed["NotifyFunctionRecords"], None))

    def give_up(_self: object, records: Sequence[object], _tries: int) -> None:
        made.given_up += len(records)

    handle = table_stream.StreamFollowUp.handle

    def handle_slowly(self: table_stream.StreamFollowUp, record: Mapping[str, Any]) -> None:
        clock.wait(RECORD_SECONDS)
        handle(self, record)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(timeouts, "time", SimpleNamespace(monotonic=clock))
        patched.setattr(stream_mapping, "shortened", lambda seconds: seconds)
        patched.setattr(_Consumer, "_give_up", give_up)
        patched.setattr(table_stream.StreamFollowUp, "handle", handle_slowly)
        patched.setattr(clients.ses(), "send_email", ses.send_email)
        client = bootstrap.ses_client()
        patched.setattr(client, "_clock", clock)
        patched.setattr(client, "_wait", clock.wait)
        random.seed(1)
        yield made

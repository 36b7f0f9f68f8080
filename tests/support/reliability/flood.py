"""Simulates a flood of emails: the queue with its receive counts, and Lambda's event source, second by second.

The batches are processed by the code of `inbound` itself. Only the work on one email is replaced: it takes time on the
simulation's clock, stalls, or kills the process. So thousands of slow emails are tried in a second.

What is copied from AWS:

- A message that was received is hidden until the visibility timeout ends, unless it is deleted before. Its receive
  count rises with each receive, even if nobody tries the email.
- A message that was received `max_receives` times goes to the dead-letter queue instead of being received once more.
- The event source deletes the messages that the function did not name as failed. If the function dies or reaches its
  timeout, it deletes none.
- If Lambda has no room for the invocation, nothing is processed (`throttled` is the share of such receives).

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

from __future__ import annotations

import heapq
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, cast

from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.errors import Unreadable
from email_channels.intake import batch
from email_channels.intake.batch import InboundBatch
from email_channels.intake.outcome_writing import IntakeResult
from email_channels.intake.processing import Intake
from email_channels.intake.resource_limits import Stalled

# Of the time that an email takes, this share is the reading, which a subprocess does once more.
_READING = 0.5
_RECORDING_SECONDS = 3.0


class Kind(Enum):
    """What an email does to the function."""

    GOOD = "good"
    STALLS = "stalls after it was read"
    KILLS = "kills its process"


@dataclass(frozen=True, slots=True)
class FloodedEmail:
    """`at` is the time at which it arrives, `seconds` how long its processing takes."""

    kind: Kind
    seconds: float
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the queue and its function. Times are in seconds."""

    batch_size: int
    timeout: float
    visibility: float
    max_receives: int
    give_up_at: int
    concurrency: int


@dataclass(slots=True)
class _Message:
    number: int
    visible_at: float
    receives: int = 0


class _FunctionEnded(BaseException):
    """The process died, or Lambda ended it at its timeout."""


@dataclass
class Flood:
    """`run` processes all emails. Then `outcomes` has what became of each, by its number."""

    figures: Figures
    emails: Sequence[FloodedEmail]
    throttled: float = 0.0
    seed: int = 0
    outcomes: dict[int, str] = field(default_factory=dict)
    tries: Counter[int] = field(default_factory=Counter)
    clock: float = 0.0
    ends_at: float = 0.0

    def run(self) -> None:
        draw = random.Random(self.seed)
        inbound = InboundBatch(cast("Intake", _SimulatedIntake(self)), self.figures.give_up_at, 512)
        waiting = [_Message(number, email.at) for number, email in enumerate(self.emails)]
        free_at = [0.0] * self.figures.concurrency
        while waiting:
            began = max(heapq.heappop(free_at), min(one.visible_at for one in waiting))
            visible = [one for one in waiting if one.visible_at <= began]
            received = draw.sample(visible, min(self.figures.batch_size, len(visible)))
            for one in received:
                if one.receives >= self.figures.max_receives:
                    self.outcomes.setdefault(one.number, "dead letter")
                    waiting.remove(one)
                one.receives += 1
                one.visible_at = began + self.figures.visibility
            self.clock = began
            handed = [one for one in received if one in waiting]
            if handed and draw.random() >= self.throttled:
                failed = self._invoke(inbound, handed)
                waiting = [one for one in waiting if one not in handed or str(one.number) in failed]
            heapq.heappush(free_at, max(self.clock, began + 0.05))

    def share(self, kind: Kind, outcome: str) -> float:
        """The share of the emails of a kind that had this outcome."""
        numbers = [number for number, email in enumerate(self.emails) if email.kind is kind]
        return sum(self.outcomes[number] == outcome for number in numbers) / len(numbers)

    def spend(self, seconds: float) -> None:
        """Works for this number of seconds. The function may reach its timeout meanwhile."""
        self.clock += seconds
        if self.clock > self.ends_at:
            self.clock = self.ends_at
            raise _FunctionEnded

    def _invoke(self, inbound: InboundBatch, messages: Sequence[_Message]) -> set[str]:
        self.ends_at = self.clock + self.figures.timeout
        try:
            return set(inbound.process([_record(one) for one in messages], lambda: self.ends_at - self.clock))
        except _FunctionEnded:
            return {str(one.number) for one in messages}


class _SimulatedIntake:
    """In the place of `Intake`: takes the time of the simulation, and notes outcomes."""

    def __init__(self, flood: Flood) -> None:
        self._flood = flood

    def process(self, key: str, try_reading: Callable[[bytes], None] | None = None) -> IntakeResult:
        number = int(key)
        email = self._flood.emails[number]
        self._flood.tries[number] += 1
        reading = email.seconds * _READING
        if try_reading is not None:
            self._flood.spend(reading)
        if email.kind is Kind.KILLS:
            if try_reading is not None:
                raise Unreadable("its reader ended")
            self._flood.spend(reading)
            raise _FunctionEnded
        if email.kind is Kind.STALLS:
            self._flood.spend(batch.EMAIL_SECONDS - (reading if try_reading is not None else 0))
            raise Stalled
        self._flood.spend(email.seconds)
        return self._noted(number, "processed")

    def record_failure(self, key: str, _: BaseException) -> IntakeResult:
        self._flood.spend(_RECORDING_SECONDS)
        return self._noted(int(key), "given up")

    def _noted(self, number: int, outcome: str) -> IntakeResult:
        before = self._flood.outcomes.setdefault(number, outcome)
        reason = None if before == "processed" else Reason.PROCESSING_FAILED
        return IntakeResult(Outcome.UNPROCESSED if reason else Outcome.CASE, reason, None, str(number), ())


def _record(message: _Message) -> Mapping[str, Any]:
    body = {"Records": [{"s3": {"object": {"key": str(message.number)}}}]}
    attributes = {"ApproximateReceiveCount": str(message.receives)}
    return {"messageId": str(message.number), "body": json.dumps(body), "attributes": attributes}

"""Simulates AWS in this process: runs the functions as AWS would, one event at a time, in an order that a test chooses.

Deliveries are kept until the test asks for them: notifications of the bucket go through the queue to `inbound`, the
table's stream to `notify` (and to `events`, if there is a bus), events of SES to `delivery`, the jobs queue to `jobs`,
and schedules to `purge` and `reconcile`. The bucket's second notification goes to `reconcile` a quarter of an hour
later. A delivery that fails is retried as often as the template
says, and then becomes a dead letter. Requests to the API are answered at once. The simulation has a clock of its own,
which only `tick` moves.

    with open_simulation() as simulation:
        simulation.arrive(MESSAGE)
        simulation.settle()
        simulation.get("/cases?service_group=default")
"""

from __future__ import annotations

import copy
import json
import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, Final

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.events.models import EventsBackend
from moto.sesv2.responses import SESV2Response
from moto.sqs.models import sqs_backends

from tests.support.in_process.aws import REGION, Aws, embedded_aws
from tests.support.in_process.aws_calls import Killed
from tests.support.lambda_context import lambda_context
from tests.support.new_process import forget_use_cases
from tests.support.originals import received
from tests.support.reliability.api_requests import Answer, call_of
from tests.support.reliability.deliveries import (
    ARRIVALS_DELAY,
    ARRIVALS_HIDDEN,
    MAX_BATCH,
    PURGE_AT,
    STREAM_READERS,
    Delivery,
    Failed,
    Fate,
    Function,
    Sent,
    arrival,
    events_about,
    notification,
    raw_message,
    stream_filters,
)
from tests.support.reliability.environment import ENVIRONMENT
from tests.support.reliability.processes import handler
from tests.support.reliability.storage import Storage

START: Final = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)


@dataclass
class Simulation:
    """One simulated deployment. `fates` has the fates of addresses (`bounce`, `complaint`, `suppressionlist`; others:
    delivered). `crashes` counts the killed processes, `arrived` has all originals by key, and `running` is the function
    that runs now. `invoked` has the functions in the order in which they ran. `published` are the entries that the bus
    has taken. `notes` are for tests."""

    aws: Aws
    now: datetime = START
    fates: dict[str, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    published: list[dict[str, Any]] = field(default_factory=list)
    dead: list[Delivery] = field(default_factory=list)
    crashes: int = 0
    arrived: dict[str, bytes] = field(default_factory=dict)
    running: Function | None = None
    invoked: list[Function] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    _pending: list[Delivery] = field(default_factory=list)
    _arrivals: list[tuple[datetime, Delivery]] = field(default_factory=list)
    """Messages of the arrivals queue that are not visible yet, and from when they are."""
    _numbers: Iterator[int] = field(default_factory=partial(count, 1))

    def __post_init__(self) -> None:
        self.storage = Storage(self.aws)

    # Actions of senders, agents and admins.

    def arrive(self, message: str | bytes, channel: str = "case_creation", **envelope: Any) -> str:
        """SES receives an email. Returns the key of its object. `envelope`: see `tests.support.originals.received`."""
        recipient = "answers@in.example" if channel == "ad_hoc" else "payroll@in.example"
        details: dict[str, Any] = {"recipient": recipient, "at": self.now} | envelope
        return self.put_original(received(message, **details), channel)

    def put_original(self, raw: bytes, channel: str, *, notified: bool = True) -> str:
        """Writes an object as SES does; `notified` false: the notification is lost, the second one is not."""
        number = next(self._numbers)
        key = f"raw/{channel}/{number:040d}"
        self.storage.write(key, raw)
        self.arrived[key] = raw
        if notified:
            self._pending.append(Delivery("inbound", notification(self.aws.bucket_name, key), number))
        second = Delivery("reconcile", arrival(self.aws.bucket_name, key), next(self._numbers), arrival=True)
        self._arrivals.append((self.now + ARRIVALS_DELAY, second))
        return key

    def request(
        self,
        user: str,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer of the API to a request of `agent` or `admin`; `path` may have a query."""
        function, event = call_of(user, method, path, body, headers)
        try:
            result = self.invoke(function, event)
        except Killed:
            return Answer(502, None)
        return Answer(result["statusCode"], json.loads(result["body"]) if result.get("body") else None)

    def get(self, path: str) -> Any:
        """The body of the answer to an admin; fails unless the status is 200."""
        answer = self.request("admin", "GET", path)
        assert answer.status == 200, f"{path}: {answer}"
        return answer.body

    def upload(self, filename: str, content: bytes) -> str:
        """An agent announces and uploads a file; returns its id."""
        body = {"filename": filename, "content_type": "application/pdf", "size": len(content)}
        answer = self.request("agent", "POST", "/attachments", body)
        assert answer.status == 201, answer
        upload_id: str = answer.body["upload_id"]
        self.storage.write(f"uploads/{upload_id}", content)
        return upload_id

    # Actions of AWS.

    def tick(self, hours: float) -> None:
        """Moves the clock. Each schedule that was due meanwhile runs once, at the new time."""
        before, self.now = self.now, self.now + timedelta(hours=hours)
        midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        for at in (midnight + PURGE_AT - timedelta(days=1), midnight + PURGE_AT):
            if before < at <= self.now:
                self.schedule("purge")
                break
        self.schedule("reconcile")
        self._pending += [one for at, one in self._arrivals if at <= self.now]
        self._arrivals = [(at, one) for at, one in self._arrivals if at > self.now]

    def schedule(self, function: Function) -> None:
        """The schedule of a function is due."""
        event = {"source": "aws.scheduler", "time": self.now.strftime("%Y-%m-%dT%H:%M:%SZ")}
        self._pending.append(Delivery(function, event, next(self._numbers)))

    def pending(self) -> list[Delivery]:
        """The deliveries that may be made next, in any order; the oldest is first."""
        lanes: set[str] = set()
        found = []
        for one in self._pending:
            if one.lane is None or one.lane not in lanes:
                found.append(one)
            if one.lane is not None:
                lanes.add(one.lane)
        return found

    def deliver(self, one: Delivery, *, twice: bool = False) -> Fate:
        """Calls the function. With `twice`, the delivery stays pending after success, as AWS may deliver it again."""
        one.tries += 1
        try:
            again = self._hand_over(one)
        except (Failed, Killed):
            again = True
        if not again:
            if not twice:
                self._pending.remove(one)
            return Fate.DONE
        if one.tries < one.most_tries:
            if one.arrival:  # hidden for so long that the clock has to move
                self._pending.remove(one)
                self._arrivals.append((self.now + ARRIVALS_HIDDEN, one))
            return Fate.AGAIN
        self._pending.remove(one)
        self.dead.append(one)
        return Fate.DEAD

    def in_any_order(self) -> list[Delivery]:
        """All pending deliveries, including those that must wait for others."""
        return list(self._pending)

    def repeat(self, one: Delivery) -> None:
        """Adds a second delivery of the same event, without regard to the order."""
        self._pending.append(replace(one, what=copy.deepcopy(one.what), lane=None))

    def lose(self, function: Function) -> None:
        """Drops all pending deliveries to a function."""
        self._pending = [one for one in self._pending if one.function != function]

    def settle(self) -> None:
        """Delivers, oldest first, until nothing is pending."""
        for _ in range(2_000):
            if not (pending := self.pending()):
                return
            for one in pending:
                self.deliver(one)
        raise AssertionError(f"never quiet: {self.pending()}")

    def invoke(self, function: Function, event: object) -> Any:
        """Runs a handler. Raises Failed if it raised, and Killed if its process was killed (the next one is new)."""
        given = json.loads(json.dumps(event))
        before, self.running = self.running, function
        self.invoked.append(function)
        try:
            return handler(function)(given, lambda_context(900_000))
        except Exception as error:
            raise Failed(function) from error
        except Killed:
            self.crashes += 1
            self.forget()
            raise
        finally:
            self.running = before
            self._collect()

    @staticmethod
    def forget() -> None:
        """Ends all processes of the functions. The next calls run in new processes."""
        forget_use_cases()

    # Saving and restoring, which is much faster than a new simulation.

    def save(self) -> bytes:
        """The state of the simulation, for `restore`."""
        rest = (self.now, self.fates, self.sent, self.dead, self.crashes, self.arrived, self.notes, self.published)
        return pickle.dumps((self.storage.state(), (rest, self._pending, self._arrivals, self._numbers)))

    def restore(self, saved: bytes) -> None:
        """Restores the state that `save` returned, with new processes."""
        stored, (rest, self._pending, self._arrivals, self._numbers) = pickle.loads(saved)
        self.storage.replace(stored)
        self.now, self.fates, self.sent, self.dead, self.crashes, self.arrived, self.notes, self.published = rest
        self.forget()

    # Private.

    def _hand_over(self, one: Delivery) -> bool:
        """Whether the delivery must be retried."""
        match one.function:
            case _ if one.function in {"inbound", "jobs"} or one.arrival:
                message = {
                    "messageId": f"m{one.number}",
                    "body": one.what,
                    "attributes": {"ApproximateReceiveCount": str(one.tries)},
                    "eventSource": "aws:sqs",
                }
                return bool(self.invoke(one.function, {"Records": [message]})["batchItemFailures"])
            case "notify" | "events" if isinstance(one.what, list):
                failures = self.invoke(one.function, {"Records": one.what})["batchItemFailures"]
                failed = {failure["itemIdentifier"] for failure in failures}
                numbers = [record["dynamodb"]["SequenceNumber"] for record in one.what]
                # All records from the first failed one on are retried (services-ddb-batchfailurereporting).
                first = next((at for at, number in enumerate(numbers) if number in failed), None)
                if first is not None:
                    del one.what[:first]
                return first is not None
            case _:
                self.invoke(one.function, one.what)
                return False

    def _collect(self) -> None:
        """Adds the deliveries that the last call has caused."""
        queues = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues
        for message in queues["inbound"]._messages:
            self._pending.append(Delivery("inbound", message.body, next(self._numbers)))
        for message in queues["arrivals"]._messages:
            again = Delivery("reconcile", message.body, next(self._numbers), arrival=True)
            self._arrivals.append((self.now + ARRIVALS_DELAY, again))
        for message in queues["jobs"]._messages:
            self._pending.append(Delivery("jobs", message.body, next(self._numbers)))
        for queue in queues.values():
            queue._messages.clear()
        for record in self.storage.take_stream_records():
            new, old = record["dynamodb"].get("NewImage"), record["dynamodb"].get("OldImage")
            for reader in STREAM_READERS if os.environ["EVENT_BUS_NAME"] else ("notify",):
                if new != old and any(matches(record) for matches in stream_filters(reader)):
                    self._to_reader(reader, record)

    def _to_reader(self, reader: Function, record: dict[str, Any]) -> None:
        """DynamoDB keeps the order of an item's changes. Here, all items of a partition key keep their order."""
        lane = f"{reader} {record['dynamodb']['Keys']['pk']['S']}"
        last = next((one for one in reversed(self._pending) if one.lane == lane), None)
        if last is not None and last.tries == 0 and len(last.what) < MAX_BATCH:
            last.what.append(record)
        else:
            self._pending.append(Delivery(reader, [record], next(self._numbers), lane))

    def _took(self, parameters: dict[str, Any], message_id: str) -> None:
        """Notes that SES accepted an email, and adds the events that will follow."""
        destination = parameters["Destination"]
        to = (*destination.get("ToAddresses", ()), *destination.get("BccAddresses", ()))
        tags = {tag["Name"]: tag["Value"] for tag in parameters["EmailTags"]}
        raw = raw_message(parameters)
        self.sent.append(Sent(message_id, parameters["FromEmailAddress"], to, tags, raw, self.now))
        for event in events_about(self.sent[-1], self.fates):
            self._pending.append(Delivery("delivery", event, next(self._numbers)))


@contextmanager
def open_simulation(**environment: str) -> Iterator[Simulation]:
    """A new simulation. `environment` adds variables to ENVIRONMENT, or replaces some."""
    with pytest.MonkeyPatch.context() as patched, embedded_aws(patched) as aws:
        simulation = Simulation(aws)
        names = {"TABLE_NAME": aws.table_name, "BUCKET_NAME": aws.bucket_name, "TAG_KEY_SECRET": aws.tag_key_secret}
        queue_url = boto3.client("sqs").create_queue(QueueName="inbound")["QueueUrl"]
        names["JOBS_QUEUE_URL"] = boto3.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
        names["ARRIVALS_QUEUE_URL"] = boto3.client("sqs").create_queue(QueueName="arrivals")["QueueUrl"]
        assert queue_url == QUEUE_URL
        for name, value in {**ENVIRONMENT, **names, "INBOUND_QUEUE_URL": queue_url, **environment}.items():
            patched.setenv(name, value)
        for address in ("NOTIFICATION_FROM_ADDRESS", "AD_HOC_FROM_ADDRESS"):
            boto3.client("sesv2").create_email_identity(EmailIdentity=ENVIRONMENT[address])
        patched.setattr("email_channels.bootstrap.process.datetime", _clock(simulation))
        patched.setattr("moto.s3.models.utcnow", lambda: simulation.now.replace(tzinfo=None))
        # A process for each third delivery would take half a second. Other tests cover it.
        patched.setattr("email_channels.intake.batch.read_in_subprocess", lambda *_: None)
        patched.setattr(SESV2Response, "send_email", _told(simulation, SESV2Response.send_email))
        patched.setattr(EventsBackend, "put_events", _kept(simulation, EventsBackend.put_events))
        simulation.forget()
        yield simulation
        simulation.forget()


QUEUE_URL: Final = f"https://sqs.{REGION}.amazonaws.com/{DEFAULT_ACCOUNT_ID}/inbound"


def _clock(simulation: Simulation) -> type[datetime]:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return simulation.now

    return Clock


def _told(simulation: Simulation, send_email: Callable[[SESV2Response], str]) -> Callable[[SESV2Response], str]:
    """Reads the tags and the recipients of an email from the request, because moto drops them."""

    def send(response: SESV2Response) -> str:
        answer = send_email(response)
        simulation._took(json.loads(response.body), json.loads(answer)["MessageId"])
        return answer

    return send


_PutEvents = Callable[[EventsBackend, list[dict[str, Any]]], list[dict[str, Any]]]


def _kept(simulation: Simulation, put_events: _PutEvents) -> _PutEvents:
    """Keeps the entries that the bus takes, because moto forgets them."""

    def put(backend: EventsBackend, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        results = put_events(backend, entries)
        taken = [entry for entry, result in zip(entries, results, strict=True) if "EventId" in result]
        simulation.published += [{**entry, "Detail": json.loads(entry["Detail"])} for entry in taken]
        return results

    return put

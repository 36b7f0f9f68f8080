"""`inbound` as Lambda calls it: with batches of queue messages, each about an object in the bucket."""

import json
import re
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote_plus

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from email_channels.aws.stores.record_store import RecordStore
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.errors import DeadlineExceeded, Unreadable
from email_channels.intake import batch, limited_reading, policy, subprocess_reading
from email_channels.intake.batch import object_keys
from email_channels.intake.decision import Decision
from email_channels.intake.facts import Facts
from email_channels.intake.processing import Intake
from email_channels.mail.message import InboundMessage
from email_channels.mail.parsing import parse_message
from email_channels.observability import logger

from functions.inbound import app
from tests.support.in_process.aws import Aws
from tests.support.in_process.inbox import ZOE, Inbox, add_employees
from tests.support.lambda_context import lambda_context
from tests.support.new_process import forget_use_cases
from tests.support.parameters import INBOUND
from tests.support.paths import EVENTS

MESSAGE = """
From: zoe.hartmann@acme.example
To: payroll@acme.example
Subject: Secret subject
Message-ID: <{}@acme.example>

Secret body.
"""


@pytest.fixture
def inbox(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    for name, value in (INBOUND | {"TAG_KEY_SECRET": aws.tag_key_secret, "GIVE_UP_AT_RECEIVE": "5"}).items():
        monkeypatch.setenv(name, value)
    add_employees(ZOE)
    forget_use_cases()
    yield Inbox(aws)
    forget_use_cases()


def event_json(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / name).read_text(encoding="utf-8"))
    return event


def message_of(body: str, message_id: str, receives: int = 1) -> dict[str, Any]:
    """A message of the queue, as in the event."""
    message = event_json("sqs_message.json")
    attributes = message["attributes"] | {"ApproximateReceiveCount": str(receives)}
    return message | {"messageId": message_id, "body": body, "attributes": attributes}


def created(key: str) -> str:
    """The notification about a new object."""
    notification = event_json("s3_object_created.json")
    notification["Records"][0]["s3"]["object"]["key"] = quote_plus(key)
    return json.dumps(notification)


def call(*messages: dict[str, Any], context: LambdaContext | None = None) -> list[str]:
    """Calls the function with a batch; returns the ids of the messages to retry."""
    answer = app.handler({"Records": list(messages)}, context or lambda_context(120_000))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_batch(inbox: Inbox) -> None:
    bodies = [created(inbox.put(MESSAGE.format(n))) for n in range(3)]
    assert call(*(message_of(body, f"m{n}") for n, body in enumerate(bodies))) == []
    assert inbox.records_by_kind()["case"] == 3


def test_url_encoded_key() -> None:
    assert object_keys(created("raw/ad_hoc/a b+c%d/é")) == ["raw/ad_hoc/a b+c%d/é"]


def test_other_objects(inbox: Inbox) -> None:
    """Objects that are not emails are ignored."""
    before = inbox.records_by_kind()
    assert (
        call(
            message_of(json.dumps(event_json("s3_test_event.json")), "test event"),
            message_of(created("raw/case_creation/AMAZON_SES_SETUP_NOTIFICATION"), "setup"),
            message_of(created("raw/case_creation/purged"), "purged"),
        )
        == []
    )
    assert inbox.records_by_kind() == before


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"Records": [{}]}', '{"Records": 1}', "null"])
def test_malformed_message(inbox: Inbox, body: str) -> None:
    """A malformed message is retried, and the others of the batch succeed."""
    good = created(inbox.put(MESSAGE.format(1)))
    assert call(message_of(body, "bad"), message_of(good, "good")) == ["bad"]
    assert inbox.records_by_kind()["case"] == 1


def stall(_: bytes) -> None:
    while True:
        pass


def stall_in_a_regular_expression(_: bytes) -> None:
    re.match(r"(a+)+$", "a" * 60 + "b")


def stall_and_swallow(_: bytes) -> None:
    """Acts like a library that catches every exception and goes on."""
    try:
        time.sleep(60)
    except BaseException:  # noqa: BLE001 - the behaviour under test
        time.sleep(60)


def take_all_memory(_: bytes) -> None:
    """Takes memory in small pieces until almost none is left."""
    kept = []
    while True:
        kept.append([bytearray(5000) for _ in range(20)])


def fail(raw: bytes) -> None:
    raise RuntimeError(f"cannot read {raw!r}")


def recurse(raw: bytes) -> None:
    recurse(raw)


POISONS = {
    fail: "RuntimeError",
    recurse: "RecursionError",
    stall: "not read within 0.2 seconds",
    stall_in_a_regular_expression: "not read within 0.2 seconds",
    stall_and_swallow: "not read within 0.2 seconds",
}
if sys.platform == "linux":  # as in Lambda; elsewhere there is no such limit
    POISONS[take_all_memory] = "MemoryError"


def poisonous(monkeypatch: pytest.MonkeyPatch, poison: Callable[[bytes], None]) -> None:
    """Messages with `poison` in their body do this to the parser, like a bug of ours."""

    def parse_or_suffer(raw: bytes) -> InboundMessage:
        if b"poison" in raw:
            poison(raw)
        return parse_message(raw)

    monkeypatch.setattr("email_channels.intake.arrival.parse_message", parse_or_suffer)
    monkeypatch.setattr(limited_reading, "READING_SECONDS", 20 if poison is take_all_memory else 0.2)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "768")


@pytest.mark.parametrize(("poison", "cause"), POISONS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_parser_failure(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, poison: Callable[[bytes], None], cause: str
) -> None:
    """An email on which the parser fails is recorded at once; the others of the batch succeed."""
    poisonous(monkeypatch, poison)
    long = "poison\n" * 30_000
    keys = [inbox.put(text.format(n)) for n, text in enumerate([MESSAGE, MESSAGE + long, MESSAGE])]
    batch = [message_of(created(key), f"m{n}") for n, key in enumerate(keys)]
    assert call(*batch) == []
    assert inbox.records_by_kind() == {"employee": 1, "address": 1, "case": 2, "rate": 1, "unprocessed": 1}
    result = inbox.intake.record_failure(keys[1], RuntimeError())
    assert result is not None
    assert result.outcome is Outcome.DUPLICATE
    item = inbox.unprocessed(result.record_id)
    assert (item.reason, item.email.subject, item.email.raw_key) == (
        Reason.PROCESSING_FAILED,
        "Secret subject",
        keys[1],
    )
    assert item.email.from_ is not None
    assert (item.email.from_.address, item.email.to[0].address) == (ZOE.emails[0], "payroll@acme.example")
    assert item.email.content is not None
    # Where a browser was driven in this process before, its greenlets make CPython 3.11 raise SystemError instead.
    causes = [cause, "SystemError"] if cause == "RecursionError" else [cause]
    assert item.email.content.trace[0].evidence in [{"error": each} for each in causes]
    assert call(*batch) == []
    assert inbox.records_by_kind()["unprocessed"] == 1


def test_limits_are_lifted(inbox: Inbox) -> None:
    """After an email, time and memory have no limit."""
    before = signal.getsignal(signal.SIGALRM), resource.getrlimit(resource.RLIMIT_DATA)
    assert call(message_of(created(inbox.put(MESSAGE.format(1))), "m")) == []
    assert (signal.getsignal(signal.SIGALRM), resource.getrlimit(resource.RLIMIT_DATA)) == before


def decide_slowly(_: Facts) -> Decision:
    time.sleep(60)
    raise AssertionError("nothing stopped it")


def test_stalled_email(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email that stalls outside the parser is retried, and recorded on its last receive."""
    monkeypatch.setattr(batch, "EMAIL_SECONDS", 0.2)
    decide = policy.decide
    slow, quick = (inbox.put(MESSAGE.format(n)) for n in range(2))

    def decide_or_stall(facts: Facts) -> Decision:
        return decide_slowly(facts) if facts.arrival.object_key == slow else decide(facts)

    monkeypatch.setattr(policy, "decide", decide_or_stall)
    assert call(message_of(created(slow), "slow", 2), message_of(created(quick), "quick")) == ["slow"]
    assert inbox.records_by_kind()["case"] == 1
    assert call(message_of(created(slow), "slow", 5)) == []
    result = inbox.intake.record_failure(slow, RuntimeError())
    assert result is not None
    trace = inbox.unprocessed(result.record_id).email.content
    assert trace is not None
    assert trace.trace[0].evidence == {"error": "Stalled"}


def test_unreadable_headers(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email of which not even the headers can be read is recorded."""

    def fail(raw: bytes) -> InboundMessage:
        raise RuntimeError("never")

    monkeypatch.setattr("email_channels.intake.arrival.parse_message", fail)
    key = inbox.put(MESSAGE.format(1))
    assert call(message_of(created(key), "m", 5)) == []
    result = inbox.intake.record_failure(key, RuntimeError())
    assert result is not None
    item = inbox.unprocessed(result.record_id)
    assert (item.reason, item.email.from_, item.automatic) == (Reason.PROCESSING_FAILED, None, True)
    assert item.envelope_sender == "zoe.hartmann@acme.example"


def test_retry_in_subprocess(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that failed before is read in a process of its own."""
    tried: list[bytes] = []

    def kill(raw: bytes, _seconds: float, _megabytes: int) -> None:
        tried.append(raw)
        raise Unreadable("the subprocess that read it ended with status -9")

    monkeypatch.setattr(batch, "read_in_subprocess", kill)
    key = inbox.put(MESSAGE.format(1))
    assert call(message_of(created(key), "m", batch.SUBPROCESS_FROM_RECEIVE)) == []
    assert tried == [inbox.mail.read(key)]
    assert inbox.records_by_kind() == {"employee": 1, "address": 1, "unprocessed": 1}


def test_good_email_in_subprocess(inbox: Inbox) -> None:
    """A good email is also read in a process of its own."""
    assert call(message_of(created(inbox.put(MESSAGE.format(1))), "m", batch.SUBPROCESS_FROM_RECEIVE)) == []
    assert inbox.records_by_kind()["case"] == 1


def test_stalled_subprocess() -> None:
    """A subprocess that stalls is stopped."""
    with pytest.raises(Unreadable, match="not read within 0 seconds"):
        subprocess_reading.read_in_subprocess(b"From: a@acme.example\r\n\r\n", 0.001, 0)


def test_memory_of_subprocess() -> None:
    """A subprocess that takes too much memory is stopped."""
    head = b"From: a@acme.example\r\n\r\n"
    subprocess_reading.read_in_subprocess(head + b"Hello", 30, 128)
    if sys.platform == "linux":  # as in Lambda; elsewhere there is no such limit
        with pytest.raises(Unreadable, match="ended with status"):
            subprocess_reading.read_in_subprocess(head + b"x" * (90 << 20), 30, 128)


def test_little_time_left(inbox: Inbox) -> None:
    """No message is started when little time is left."""
    bodies = [created(inbox.put(MESSAGE.format(n))) for n in range(3)]
    late = lambda_context(104_999)
    assert call(*(message_of(body, f"m{n}") for n, body in enumerate(bodies)), context=late) == ["m0", "m1", "m2"]
    assert "case" not in inbox.records_by_kind()
    assert call(*(message_of(body, f"m{n}") for n, body in enumerate(bodies))) == []


@pytest.mark.parametrize("receives", [5, 49])
def test_no_time_for_an_email(inbox: Inbox, receives: int) -> None:
    """An email for which no time is left is retried, and never given up."""
    key = inbox.put(MESSAGE.format(1))
    message = message_of(created(key), "m", receives)
    assert call(message, context=lambda_context(104_999)) == ["m"]
    assert inbox.records_by_kind() == {"employee": 1, "address": 1}
    assert call(message) == []
    assert inbox.records_by_kind()["case"] == 1


def test_no_time_for_aws(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email for which no time is left to call AWS is never given up."""

    def fail(*_: object) -> None:
        raise DeadlineExceeded("no time is left to ask AWS")

    key = inbox.put(MESSAGE.format(1))
    with monkeypatch.context() as patched:
        patched.setattr(RecordStore, "create", fail)
        assert call(message_of(created(key), "m", 5)) == ["m"]
    assert "unprocessed" not in inbox.records_by_kind()
    assert call(message_of(created(key), "m", 6)) == []
    assert inbox.records_by_kind()["case"] == 1


def test_last_receive_first(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages on their last receive are processed first."""
    order: list[str] = []
    process = Intake.process

    def note(self: Intake, key: str, *others: Any) -> object:
        order.append(key)
        return process(self, key, *others)

    monkeypatch.setattr(Intake, "process", note)
    keys = [inbox.put(MESSAGE.format(n)) for n in range(3)]
    call(*(message_of(created(key), key, receives) for key, receives in zip(keys, (1, 5, 2), strict=True)))
    assert order == [keys[1], keys[2], keys[0]]


def test_failing_table(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """If nothing can be written, the message becomes a dead letter."""
    key = inbox.put(MESSAGE.format(1))

    def fail(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(RecordStore, "create", fail)
    assert call(message_of(created(key), "m", 5)) == ["m"]
    assert call(message_of(created(key), "m", 50)) == ["m"]


def test_logs(inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Logs hold ids and reasons, and nothing of the email."""
    poisonous(monkeypatch, fail)
    for n, text in enumerate([MESSAGE, MESSAGE + "poison\n"]):
        call(message_of(created(inbox.put(text.format(n))), "m"))
    lines = [logger().registered_formatter.format(record) for record in caplog.records]
    taken, failed, recorded = (json.loads(line) for line in lines)
    assert (taken["outcome"], failed["error"], recorded["outcome"]) == ("case", "RuntimeError", "unprocessed")
    assert failed["where"][-1].endswith(" fail")
    for personal in ("zoe", "hartmann", "secret", "cannot read", "payroll@"):
        assert personal not in "".join(lines).lower()

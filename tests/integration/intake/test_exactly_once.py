"""The calls of intake, and what a crash at any of these calls leaves."""

from collections.abc import Callable
from dataclasses import dataclass, field

import boto3
import pytest
from email_channels.aws.rows.configuration_rows import routing_row
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.cases.reasons import Reason
from email_channels.cases.references import case_reference

from tests.support.in_process.aws import Aws
from tests.support.in_process.aws_calls import AwsCalls, Killed, watch
from tests.support.in_process.inbound_emails import MANUAL, ROUTING, SENT_ID, answer
from tests.support.in_process.inbox import KEYS, MARCUS, ZOE, Inbox, add_employees, restore, snapshot
from tests.support.in_process.stored_records import read_record
from tests.support.messages import BOUNCE, PROSE, TYPICAL_EMAIL


@pytest.fixture
def inbox(aws: Aws) -> Inbox:
    add_employees(ZOE, MARCUS)
    routing_row(ROUTING).save()
    return Inbox(aws)


@pytest.fixture
def calls(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> AwsCalls:
    """Records the calls of a process that has handled its first email, and so has read the keys."""
    warm = answer(subject="[#7K3F92QDX0-000000]", sender="warm@elsewhere.example").replace("<answer@", "<warm@")
    inbox.receive(warm, "ad_hoc")
    return watch(monkeypatch)


def test_calls_for_a_case(inbox: Inbox, calls: AwsCalls) -> None:
    """A plain new case takes four calls."""
    key = inbox.put(TYPICAL_EMAIL)
    calls.begin()
    result = inbox.intake.process(key)
    assert result is not None
    assert result.outcome is Outcome.CASE
    assert calls.names == ["GetObject", "BatchGetItem", "UpdateItem", "PutItem"]


def test_calls_for_an_attachment(inbox: Inbox, calls: AwsCalls) -> None:
    """An attachment takes one more call."""
    key = inbox.put(MANUAL)
    calls.begin()
    inbox.intake.process(key)
    assert calls.names == ["GetObject", "BatchGetItem", "PutObject", "UpdateItem", "PutItem"]


def test_calls_for_a_case_reference(inbox: Inbox, case_id: str, calls: AwsCalls) -> None:
    """An answer with a valid case reference takes four calls."""
    references = f"In-Reply-To: <{SENT_ID}>\nReferences: <{SENT_ID}>\n"
    message = answer(subject=f"Re: Your question {case_reference(case_id, KEYS)}", references=references)
    key = inbox.put(message.replace("It was in May.", PROSE), "ad_hoc")
    calls.begin()
    result = inbox.intake.process(key)
    assert result is not None
    assert result.outcome is Outcome.ENTRY
    assert calls.names == ["GetObject", "BatchGetItem", "PutItem", "PutItem"]


@pytest.mark.usefixtures("sent_email_id")
def test_calls_for_references(inbox: Inbox, calls: AwsCalls) -> None:
    """An answer with References only takes five calls."""
    key = inbox.put(answer(references=f"In-Reply-To: <{SENT_ID}>\n"), "ad_hoc")
    calls.begin()
    inbox.intake.process(key)
    assert calls.names == ["GetObject", "BatchGetItem", "BatchGetItem", "PutItem", "PutItem"]


def test_calls_for_a_repeated_event(inbox: Inbox, calls: AwsCalls) -> None:
    """A repeated event takes two calls."""
    key = inbox.put(TYPICAL_EMAIL)
    inbox.intake.process(key)
    calls.begin()
    inbox.intake.process(key)
    assert calls.names == ["GetObject", "BatchGetItem"]


@pytest.mark.parametrize("sender", ["jo@acme.example", "stranger@elsewhere.example"])
def test_copy_is_tagged(inbox: Inbox, aws: Aws, sender: str) -> None:
    """No record names a copy, so neither the purge nor the retention of originals could find it."""
    message = f"From: {sender}\nMessage-ID: <1@acme.example>\nSubject: Leave\n\nHello\n"
    original, copy = inbox.put(message), inbox.put(message)
    for key in (original, copy, original):
        inbox.intake.process(key)
    s3 = boto3.client("s3")
    tags = [s3.get_object_tagging(Bucket=aws.bucket_name, Key=key)["TagSet"] for key in (original, copy)]
    assert tags == [[], [{"Key": "retention", "Value": "duplicate"}]]


def test_calls_are_limited(inbox: Inbox, calls: AwsCalls) -> None:
    """No email causes more than a limited number of look-ups."""
    many = ", ".join(f"a{n}+7k3f92qdx0-h4q9w2@acme.example" for n in range(3000))
    ids = " ".join(f"<{n}@elsewhere.example>" for n in range(400))
    numbers = " ".join(f"7K3F92QD{n:02d}" for n in range(10, 100))
    message = f"From: eve@elsewhere.example\nTo: {many}\nReferences: {ids}\nSubject: {numbers}\n\nHello\n"
    for channel in ("case_creation", "ad_hoc"):
        key = inbox.put(message, channel)
        calls.begin()
        result = inbox.intake.process(key)
        assert result is not None
        assert result.outcome is Outcome.UNPROCESSED
        assert len(calls.made) <= 15
        keys_read = [len(parameters["RequestItems"]) for name, parameters in calls.made if name == "BatchGetItem"]
        assert keys_read
        assert calls.names.count("Query") <= 8


@dataclass(frozen=True)
class Kind:
    """A kind of email; `message` makes it, given a case's id."""

    message: Callable[[str], str]
    channel: str
    settings: dict[str, str] = field(default_factory=dict)


KINDS = {
    "new case": Kind(lambda _: MANUAL, "case_creation"),
    "rate limited": Kind(lambda _: MANUAL, "case_creation", {"max_cases_per_sender_per_hour": "1"}),
    "answer": Kind(
        lambda case_id: MANUAL.replace("payroll@acme", "answers@acme").replace(
            "=?utf-8?q?L=C3=B6hne?=", case_reference(case_id, KEYS)
        ),
        "ad_hoc",
    ),
    "bounce": Kind(lambda _: BOUNCE % SENT_ID, "ad_hoc"),
    "stranger": Kind(lambda _: MANUAL.replace("Zoe.Hartmann@", "eve@"), "case_creation"),
}


@pytest.mark.usefixtures("sent_email_id")
@pytest.mark.parametrize("name", KINDS)
def test_killed_at_every_call(inbox: Inbox, case_id: str, calls: AwsCalls, name: str) -> None:
    """Killed at every call without ever succeeding, an email has one outcome."""
    kind = KINDS[name]
    inbox.intake = inbox.with_settings(**kind.settings)
    key = inbox.put(kind.message(case_id), kind.channel)
    baseline = snapshot()
    calls.begin()
    inbox.intake.process(key)
    count = len(calls.made)

    # A kill before a call equals a kill after the previous call.
    for kill in [(0, "before"), *((number, "after") for number in range(count))]:
        restore(inbox, baseline)
        inbox.intake = inbox.with_settings(**kind.settings)  # a new process
        calls.begin(kill=kill)
        with pytest.raises(Killed):
            inbox.intake.process(key)
        calls.begin()
        recorded = inbox.intake.record_failure(key, RuntimeError())
        assert recorded is not None
        calls.begin()
        again = inbox.intake.process(key)
        assert again is not None
        assert again.outcome is Outcome.DUPLICATE
        outcomes = outcomes_of(inbox, case_id, recorded.record_id)
        assert len(outcomes) == 1, f"killed at {kill}: {outcomes}"
        if recorded.outcome is Outcome.UNPROCESSED:
            assert inbox.unprocessed(recorded.record_id).reason is Reason.PROCESSING_FAILED


def test_recording_a_failure(inbox: Inbox, case_id: str, calls: AwsCalls) -> None:
    """Recording a failure does not undo an outcome that another worker reached meanwhile."""
    key = inbox.put(answer(subject=case_reference(case_id, KEYS)), "ad_hoc")
    calls.begin()
    result = inbox.intake.process(key)
    assert result is not None
    recorded = inbox.intake.record_failure(key, RuntimeError())
    assert recorded is not None
    assert (recorded.outcome, recorded.case_id) == (Outcome.DUPLICATE, case_id)
    assert len(inbox.entries(case_id)) == 1


def outcomes_of(inbox: Inbox, case_id: str, record_id: str) -> list[str]:
    """Every place where the email is: its record, and the entries of its possible case."""
    record = read_record(inbox.mail, record_id)
    records = [type(record.value).__name__] if record and not isinstance(record.value, Pointer) else []
    entries = (entry.email for entry in inbox.entries(case_id))
    return records + [f"entry {email.kind.value}" for email in entries if email.email_id.endswith(record_id)]

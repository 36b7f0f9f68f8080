"""The code writes the lines that the filters of the template count for the alarms.

Each test makes a failure happen, takes the lines as they stand in the log, and gives them to the filters of the log
group of the function. `tests/unit/template/test_alarms.py` knows at which counts an alarm rings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from email_channels.api.requests import Response
from email_channels.aws import clients
from email_channels.aws.event_bus import EventBus
from email_channels.aws.jobs_queue import JobsQueue
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.ses_client import SesClient
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.jobs.job_store import JobStore
from email_channels.aws.stores.mailbox_store import MailboxStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.probes.probe_store import ProbeStore
from email_channels.aws.stores.reconcile_store import ReconcileStore
from email_channels.bootstrap.api_handler import api_handler
from email_channels.bootstrap.console import page_handler
from email_channels.bootstrap.process import Event
from email_channels.cases.domain_events.event import DomainEvent, EventType
from email_channels.cases.jobs.job import Job, JobKind
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.errors import (
    ConcurrentChange,
    DeadlineExceeded,
    Fault,
    NotFound,
    SendOutcomeUnknown,
    SendRefused,
    ServiceUnavailable,
    Unreadable,
)
from email_channels.followup.arrivals import Arrivals
from email_channels.followup.case_followup import CaseFollowUp
from email_channels.followup.probing import Probing
from email_channels.followup.publishing import Publisher
from email_channels.followup.table_stream import StreamFollowUp
from email_channels.intake.batch import InboundBatch
from email_channels.intake.outcome_writing import IntakeResult
from email_channels.jobs.batch import run_jobs
from email_channels.jobs.runner import MOST_TRIES, JobRunner
from email_channels.observability import log_unsent_automatic_email, logger, raised
from email_channels.outbound.stuck_sends import CONFIRMATION_TIMEOUT, close_stuck_sends
from email_channels.settings import ReconcileSettings
from email_channels.settings_loading import load

from functions.public_api import app as public_api
from tests.support.cloudwatch.function_log import FunctionLog
from tests.support.in_process.ad_hoc_channel import EMAIL, AdHocChannel, about, open_ad_hoc_channel, tell
from tests.support.in_process.aws import Aws
from tests.support.in_process.notifier import KEYS, NOW, notifier, written_by
from tests.support.in_process.notify_settings import SETTINGS
from tests.support.in_process.ses_stand_in import SesStandIn
from tests.support.in_process.stored_emails import RECEIVED, record_case, record_unprocessed
from tests.support.lambda_context import lambda_context
from tests.support.parameters import ACME_EXAMPLE
from tests.support.ses_event_documents import event_document

NAMESPACE = "EmailChannels/acme"
BUSY = ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem")
DENIED = ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutItem")
SUSPENDED = SendRefused("AccountSuspendedException", "jo@elsewhere.example")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> FunctionLog:
    # A logger of its own, because another test may have silenced its logger for the process.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "alarmed_lines")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE)
    logger.cache_clear()
    return FunctionLog(caplog, NAMESPACE)


@pytest.fixture
def ad_hoc(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[AdHocChannel]:
    with open_ad_hoc_channel(aws, monkeypatch, POWERTOOLS_SERVICE_NAME="alarmed_lines") as made:
        yield made


def fails(error: Exception) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise error

    return fail


class Failing:
    """Anything whose methods all fail."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return fails(self.error)


def s3_message(receives: int, key: str = "raw/case_creation/1") -> dict[str, Any]:
    body = json.dumps({"Records": [{"s3": {"object": {"key": key}}}]})
    return {"messageId": "m1", "body": body, "attributes": {"ApproximateReceiveCount": str(receives)}}


@pytest.mark.parametrize(("receives", "rung"), [(1, False), (2, True), (5, True)])
@pytest.mark.parametrize("error", [BUSY, ServiceUnavailable("x"), DeadlineExceeded("x"), ConcurrentChange("x")])
def test_email_not_taken_in(log: FunctionLog, error: Exception, receives: int, rung: bool) -> None:
    """The second failure rings; at the fifth, this email cannot even be recorded."""
    batch = InboundBatch(Failing(error), 5, 512)  # type: ignore[arg-type]  # a stand-in
    assert batch.process([s3_message(receives)], lambda: 120.0) == ["m1"]
    assert ("EmailNotTakenIn" in log.counted("InboundLogGroup")) is rung


class Recording(Failing):
    def record_failure(self, key: str, error: BaseException) -> None:
        pass


def test_recorded_failure(log: FunctionLog) -> None:
    """An email that was recorded as processing_failed rings no further alarm: the admins are notified."""
    batch = InboundBatch(Recording(BUSY), 5, 512)  # type: ignore[arg-type]  # a stand-in
    assert batch.process([s3_message(5)], lambda: 120.0) == []
    assert [line["message"] for line in log.lines()] == ["email failed", "no email found"]
    assert log.counted("InboundLogGroup") == {}


@pytest.mark.parametrize("error", [KeyError("x"), DENIED, Unreadable("AttributeError")])
def test_mistake(log: FunctionLog, error: Exception) -> None:
    """What no retry repairs rings at the first time: a new version that makes it is rolled back within minutes, also if
    the old one takes the email in afterwards."""
    batch = InboundBatch(Recording(error), 5, 512)  # type: ignore[arg-type]  # a stand-in
    batch.process([s3_message(1)], lambda: 120.0)
    assert log.counted("InboundLogGroup") == {"EmailNotTakenIn": 1}


@pytest.mark.parametrize(
    ("outcome", "reason", "embedded"),
    [
        (
            Outcome.CASE,
            None,
            {("Emails", "outcome=case"): 1, ("TimeToCase", "outcome=case"): pytest.approx(30, abs=2)},
        ),
        (Outcome.ENTRY, None, {("Emails", "outcome=entry"): 1}),
        (
            Outcome.UNPROCESSED,
            Reason.SPAM,
            {("Emails", "outcome=unprocessed"): 1, ("Emails", "reason=spam"): 1},
        ),
    ],
)
def test_outcome(
    log: FunctionLog, outcome: Outcome, reason: Reason | None, embedded: dict[tuple[str, str], float]
) -> None:
    """What the dashboard shows of an email. The line says the same without the metrics."""

    class Deciding:
        def process(self, key: str, try_reading: object) -> IntakeResult:
            stored_at = datetime.now(UTC) - timedelta(seconds=30)
            return IntakeResult(outcome, reason, None, "7K3F92QDX0", (), stored_at)

    batch = InboundBatch(Deciding(), 5, 512)  # type: ignore[arg-type]  # a stand-in
    assert batch.process([s3_message(1)], lambda: 120.0) == []
    assert log.embedded() == embedded
    (line,) = log.lines()
    assert (line["outcome"], line.get("reason")) == (outcome.value, reason and reason.value)
    assert log.counted("InboundLogGroup") == {}


def test_delivery_event(ad_hoc: AdHocChannel, log: FunctionLog) -> None:
    tell(about(event_document("ses_delivery"), "ses-1", {"record": ad_hoc.case.case_id, "kind": "alert"}))
    assert log.embedded() == {("Sends", "type=Delivery"): 1}


def stream_record(kind: str) -> dict[str, Any]:
    keys = {"pk": {"S": "CASE#1"}, "sk": {"S": "CASE"}}
    return {
        "eventName": "INSERT",
        "dynamodb": {"Keys": keys, "NewImage": {"kind": {"S": kind}, "id": {"S": "1"}} | keys},
    }


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (SUSPENDED, True),
        # What SES does not take now is left to `reconcile`.
        (SendRefused("AccountSuspendedException", "jo@elsewhere.example", throttled=True), False),
    ],
)
def test_follow_up_failed(log: FunctionLog, error: SendRefused, raised: bool) -> None:
    """SES has suspended the account: the notification fails, and both alarms know."""
    follow_up = StreamFollowUp(fails(error), fails(error), fails(error))
    with pytest.raises(SendRefused) if raised else nullcontext():
        follow_up.handle(stream_record("unprocessed"))
    assert log.counted("NotifyLogGroup") == {"FollowUpFailed": 1, "SendingPaused": 1}
    assert "jo@elsewhere.example" not in json.dumps(log.lines())


def test_domain_events_failed(log: FunctionLog) -> None:
    """A record that cannot be read, and a bus that refuses."""
    unreadable: Any = {"eventID": "1", "dynamodb": {"SequenceNumber": "1", "NewImage": {"kind": {"S": "case"}}}}
    assert Publisher(len, lambda _: {}).publish([unreadable]) == "1"
    assert log.counted("EventsLogGroup") == {"DomainEventsFailed": 1}

    client = boto3.client("events", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="a")
    with Stubber(client) as stub:
        stub.add_response("describe_event_bus", {"Name": "acme"})
        stub.add_response("put_events", {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "NotAuthorized"}]})
        assert EventBus(client, "acme").put([DomainEvent(EventType.CASE_CREATED, "e1", NOW)]) == 0
    assert log.counted("EventsLogGroup") == {"DomainEventsFailed": 2}


@pytest.mark.parametrize(
    ("error", "status", "rung"),
    [(RuntimeError("x"), 500, True), (ConcurrentChange("x"), 503, False), (NotFound("No such case."), 404, False)],
)
def test_request_failed(log: FunctionLog, error: Exception, status: int, rung: bool) -> None:
    """A mistake of ours rings. What AWS could not do for a moment does not; the client tries again."""

    @api_handler
    def handler(event: Event) -> Response:
        raise error

    assert handler({}, lambda_context(10_000))["statusCode"] == status
    for group in ("AgentApiLogGroup", "AdhocSendLogGroup"):
        assert log.counted(group) == ({"RequestFailed": 1} if rung else {})


def test_page_failed(log: FunctionLog) -> None:
    assert page_handler(fails(KeyError("x")))({}, lambda_context(10_000))["statusCode"] == 500
    assert log.counted("ConsoleLogGroup") == {"RequestFailed": 1}


def test_open_route_failed(log: FunctionLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_api, "openapi_bytes", fails(OSError("x")))
    public_api._document.cache_clear()
    event = {"rawPath": "/openapi.json", "requestContext": {"http": {"method": "GET", "path": "/openapi.json"}}}
    assert public_api.handler(event, lambda_context(10_000))["statusCode"] == 500
    assert log.counted("PublicApiLogGroup") == {"RequestFailed": 1}


def test_too_many_automatic_emails(log: FunctionLog) -> None:
    log_unsent_automatic_email("1")
    for group in ("NotifyLogGroup", "ReconcileLogGroup"):
        assert log.counted(group) == {"AutomaticEmailsNotSent": 1}


class Queue:
    """A queue of `inbound` that does not tell its length, or takes nothing."""

    def __init__(self, long: Callable[[], bool]) -> None:
        self.is_long = long
        self.send = fails(OSError("x"))


def test_original_not_checked(aws: Aws, mail: MailBucket, log: FunctionLog) -> None:
    """The bucket does not answer; the queue of inbound does not, or takes nothing."""
    mail.write("raw/case_creation/1", b"x")
    record = s3_message(1) | {"body": json.dumps({"detail": {"object": {"key": "raw/case_creation/1"}}})}
    unknown, short = Queue(fails(OSError("x"))), Queue(lambda: False)
    for bucket, queue in ((Failing(OSError("x")), short), (mail, unknown), (mail, short)):
        arrivals = Arrivals(ReconcileStore(), bucket, queue, lambda *_: False, lambda: True)  # type: ignore[arg-type]
        assert arrivals.check([record]) == ["m1"]
    assert log.counted("ReconcileLogGroup") == {"OriginalNotChecked": 3}


def test_notification_reached_nobody(ad_hoc: AdHocChannel, mail: MailBucket, log: FunctionLog) -> None:
    item = record_unprocessed(mail, 2)
    NotificationStore(mail).mark_notified(item, RECEIVED, RECEIVED, "ses-1")
    document = event_document("ses_bounce_permanent")
    recipients = [each["emailAddress"] for each in document["detail"]["bounce"]["bouncedRecipients"]]
    document["detail"]["mail"]["destination"] = recipients
    tell(about(document, "ses-1", {"record": item.id, "kind": "notification", "email": ""}))
    assert log.counted("DeliveryLogGroup") == {"NotificationReachedNobody": 1}


@pytest.mark.parametrize(
    ("fault", "counted"),
    [
        (SUSPENDED, {"SendingFailed": 1, "SendingPaused": 1}),
        (SendRefused("SendingPausedException", "paused"), {"SendingFailed": 1, "SendingPaused": 1}),
        (SendRefused("MessageRejected", "not verified"), {"SendingFailed": 1}),
        (SendOutcomeUnknown("no answer"), {"SendingFailed": 1}),
    ],
)
def test_agents_email_not_sent(
    ad_hoc: AdHocChannel, log: FunctionLog, monkeypatch: pytest.MonkeyPatch, fault: Exception, counted: dict[str, float]
) -> None:
    monkeypatch.setattr(SesClient, "send", fails(fault))
    assert ad_hoc.post(EMAIL).status == 202
    assert log.counted("AdhocSendLogGroup") == counted


def test_outcome_not_recorded(ad_hoc: AdHocChannel, log: FunctionLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OutboundStore, "change", fails(ConcurrentChange("x")))
    assert ad_hoc.post(EMAIL).status == 202
    assert log.counted("AdhocSendLogGroup") == {"SendingFailed": 1}


def test_send_without_confirmation(ad_hoc: AdHocChannel, log: FunctionLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """`reconcile` closes what nobody confirmed."""
    monkeypatch.setattr(SesClient, "send", fails(SendOutcomeUnknown("no answer")))
    ad_hoc.post(EMAIL)
    assert close_stuck_sends(OutboundStore(ad_hoc.mail), datetime.now(UTC) + CONFIRMATION_TIMEOUT * 2) == 1
    assert log.counted("ReconcileLogGroup") == {"SendingFailed": 1}


def test_notices_refused(mail: MailBucket, log: FunctionLog) -> None:
    """An alert, an acknowledgement and a sender's copy that SES refuses for good."""
    ses = SesStandIn(faults=[SUSPENDED, SUSPENDED, None, SUSPENDED])
    follow_up = CaseFollowUp(
        SETTINGS, FollowUpStore(mail), mail, ses, lambda: KEYS, lambda: NOW, "https://api.example/", "eu-west-1"
    )
    follow_up.follow(record_case(mail, 1, acknowledge=True).case_id, None)
    email = written_by(mail, 2, "jo@elsewhere.example")
    notifier(mail, ses, settings=replace(SETTINGS, cc_sender_on_error=True)).notify(
        record_unprocessed(mail, 2, email=email).id
    )
    assert [line["message"] for line in log.lines()] == [
        "group alert refused",
        "acknowledgement refused",
        "sender's copy failed",
    ]
    for group in ("NotifyLogGroup", "ReconcileLogGroup"):
        assert log.counted(group) == {"SendingFailed": 3, "SendingPaused": 3}


def test_probes_refused(aws: Aws, log: FunctionLog) -> None:
    """A probe that SES refuses for good. One that is throttled is sent by the next run."""
    ses = SesStandIn(faults=[SendRefused("TooManyRequestsException", "", throttled=True), SUSPENDED])
    names = {"TABLE_NAME": aws.table_name, "BUCKET_NAME": aws.bucket_name, "TAG_KEY_SECRET": aws.tag_key_secret}
    queues = {"INBOUND_QUEUE_URL": "https://a.example", "JOBS_QUEUE_URL": "https://b.example"}
    parameters = {"PROBE_MINUTES": "15", "AD_HOC_ENABLED": "false"}
    settings = load(ReconcileSettings, ACME_EXAMPLE | names | queues | parameters)
    probing = Probing(settings, ProbeStore(), MailboxStore(), ses, lambda: KEYS)
    with pytest.raises(Fault):
        probing.run(NOW)
    assert log.counted("ReconcileLogGroup") == {}
    probing.run(NOW)
    assert log.counted("ReconcileLogGroup") == {"SendingFailed": 1, "SendingPaused": 1}


@pytest.mark.parametrize(("receives", "rung"), [(2, False), (3, True)])
def test_job_not_worked_on(log: FunctionLog, receives: int, rung: bool) -> None:
    record = s3_message(receives) | {"body": json.dumps({"job_id": "1"})}
    assert run_jobs([record], fails(OSError("x"))) == ["m1"]
    assert log.counted("JobsLogGroup") == ({"JobFailed": 1} if rung else {})


def test_job_failed(aws: Aws, log: FunctionLog) -> None:
    """A step that fails at each try. A mistake rings at the first time."""
    store, queue = JobStore(), JobsQueue(clients.sqs(), boto3.client("sqs").create_queue(QueueName="jobs")["QueueUrl"])
    job_id = store.create(JobKind.TRY, "admin", "sub", NOW, request={"last": 1}).job_id

    class Work:
        step = staticmethod(fails(ServiceUnavailable("x")))

        def end(self, job: Job) -> None:
            pass

    runner = JobRunner(store, queue, {JobKind.TRY: Work}, lambda: NOW, lambda: True)
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(ServiceUnavailable, match="x"):
            runner.run(job_id)
        assert log.counted("JobsLogGroup") == {}
    runner.run(job_id)
    assert log.counted("JobsLogGroup") == {"JobFailed": 1}

    Work.step = staticmethod(fails(KeyError("x")))
    job_id = store.create(JobKind.TRY, "admin", "sub", NOW, request={"last": 1}).job_id
    with pytest.raises(KeyError):
        runner.run(job_id)
    assert log.counted("JobsLogGroup") == {"JobFailed": 2}


def test_codes(log: FunctionLog) -> None:
    """Whatever fails because sending is paused, its line has the code."""
    error = ClientError({"Error": {"Code": "SendingPausedException"}}, "SendEmail")
    for each in (error, SUSPENDED):
        logger().error("notification failed", extra=raised(each))
    for group in ("AdhocSendLogGroup", "NotifyLogGroup", "ReconcileLogGroup"):
        assert log.counted(group) == {"SendingPaused": 2}

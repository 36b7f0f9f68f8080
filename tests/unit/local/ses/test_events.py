"""The events that the emulated SES publishes about sent emails."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from local.ses.event_publisher import EventPublisher
from local.ses.events import SendDetails, events_of

ALL = frozenset({"SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "DELIVERY_DELAY", "RENDERING_FAILURE"})


def sending(*recipients: str, infected: bool = False) -> SendDetails:
    return SendDetails(
        message_id="010201a209c51098-dee81133-89d1-4ff7-a1b4-ba32b8ae63a6-000000",
        region="eu-west-1",
        account="123456789012",
        configuration_set="mail",
        sent_at=datetime(2026, 11, 23, 18, 57, 19, 512000, tzinfo=UTC),
        source="Acme <service@acme-cases.example>",
        recipients=recipients,
        headers=(("From", "Acme <service@acme-cases.example>"),),
        common_headers={"subject": "Pay"},
        tags={"kind": ["ad_hoc"], "record": ["7K3F92QDX0"]},
        infected=infected,
    )


def told(events: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """The type and the recipients of each event."""
    named = []
    for event in events:
        detail = event["detail"]
        what = detail[detail["eventType"].lower()]
        people = what.get("bouncedRecipients") or what.get("complainedRecipients") or []
        named.append((event["detail-type"], what.get("recipients") or [person["emailAddress"] for person in people]))
    return named


def test_event() -> None:
    first = events_of(sending("jane.doe@acme.example"), ALL)[0]
    assert first.pop("id")
    assert first == {
        "version": "0",
        "detail-type": "Email Sent",
        "source": "aws.ses",
        "account": "123456789012",
        "time": "2026-11-23T18:57:19Z",
        "region": "eu-west-1",
        "resources": ["arn:aws:ses:eu-west-1:123456789012:configuration-set/mail"],
        "detail": {
            "eventType": "Send",
            "mail": {
                "timestamp": "2026-11-23T18:57:19.512Z",
                "source": "Acme <service@acme-cases.example>",
                "sourceArn": "arn:aws:ses:eu-west-1:123456789012:identity/acme-cases.example",
                "sendingAccountId": "123456789012",
                "messageId": "010201a209c51098-dee81133-89d1-4ff7-a1b4-ba32b8ae63a6-000000",
                "destination": ["jane.doe@acme.example"],
                "headersTruncated": False,
                "headers": [{"name": "From", "value": "Acme <service@acme-cases.example>"}],
                "commonHeaders": {"subject": "Pay"},
                "tags": {
                    "ses:source-tls-version": ["TLSv1.3"],
                    "ses:operation": ["SendEmail"],
                    "ses:configuration-set": ["mail"],
                    "ses:source-ip": ["127.0.0.1"],
                    "ses:from-domain": ["acme-cases.example"],
                    "ses:caller-identity": ["local"],
                    "kind": ["ad_hoc"],
                    "record": ["7K3F92QDX0"],
                },
            },
            "send": {},
        },
    }


@pytest.mark.parametrize(
    ("recipient", "fate"),
    [
        ("jane.doe@acme.example", ["Email Delivered"]),
        ("success@simulator.amazonses.com", ["Email Delivered"]),
        ("ooto@simulator.amazonses.com", ["Email Delivered"]),
        ("bounce@simulator.amazonses.com", ["Email Bounced"]),
        ("Bounce+label@Simulator.AmazonSES.com", ["Email Bounced"]),
        ("complaint@simulator.amazonses.com", ["Email Delivered", "Email Complaint Received"]),
        ("suppressionlist@simulator.amazonses.com", ["Email Bounced"]),
        ("bounce@acme.example", ["Email Delivered"]),
    ],
)
def test_fates(recipient: str, fate: list[str]) -> None:
    """What happens to a recipient, by address."""
    assert told(events_of(sending(recipient), ALL)) == [
        ("Email Sent", []),
        *((type_, [recipient]) for type_ in fate),
    ]


def test_event_per_recipient() -> None:
    """Each recipient has events of its own."""
    assert told(events_of(sending("a@acme.example", "bounce@simulator.amazonses.com"), ALL)) == [
        ("Email Sent", []),
        ("Email Delivered", ["a@acme.example"]),
        ("Email Bounced", ["bounce@simulator.amazonses.com"]),
    ]


def test_suppressed_or_bounced() -> None:
    """The events for a suppressed address differ from those for a bounce."""
    bounced, suppressed = (
        events_of(sending(f"{name}@simulator.amazonses.com"), ALL)[1]["detail"]["bounce"]
        for name in ("bounce", "suppressionlist")
    )
    assert (bounced["bounceType"], bounced["bounceSubType"]) == ("Permanent", "General")
    assert bounced["bouncedRecipients"] == [
        {
            "emailAddress": "bounce@simulator.amazonses.com",
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 user unknown",
        }
    ]
    assert (suppressed["bounceType"], suppressed["bounceSubType"]) == ("Permanent", "OnAccountSuppressionList")


def test_infected_message() -> None:
    """An infected message is rejected after the send."""
    assert told(events_of(sending("a@acme.example", infected=True), ALL)) == [
        ("Email Sent", []),
        ("Email Rejected", []),
    ]


def test_published_types() -> None:
    """Only the event types that the configuration set publishes are sent."""
    assert told(events_of(sending("a@acme.example"), frozenset({"DELIVERY", "DELIVERY_DELAY"}))) == [
        ("Email Delivered", ["a@acme.example"])
    ]
    assert events_of(sending("a@acme.example"), frozenset()) == []


class Listener:
    """Receives events like EventBridge; tests can delay it and make it fail."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.fails = False

    def __call__(self, event: dict[str, Any]) -> None:
        self.go_on.wait()
        self.events.append(event)
        if self.fails:
            raise ValueError("no rule took it")


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def publisher(listener: Listener) -> Iterator[EventPublisher]:
    publisher = EventPublisher(listener, delay=0.0)
    yield publisher
    listener.go_on.set()
    publisher.stop()


def wait_for_all(publisher: EventPublisher) -> None:
    while publisher.pending():
        time.sleep(0.001)


def test_order(publisher: EventPublisher, listener: Listener) -> None:
    """Events come later, in order."""
    listener.go_on.clear()
    publisher.publish([{"n": 1}, {"n": 2}])
    publisher.publish([{"n": 3}])
    assert publisher.pending() == 3
    assert listener.events == []
    listener.go_on.set()
    wait_for_all(publisher)
    assert listener.events == [{"n": 1}, {"n": 2}, {"n": 3}]


@pytest.mark.parametrize(
    ("doubled", "reversed_", "expected"),
    [(True, False, [1, 1, 2, 2]), (False, True, [2, 1]), (True, True, [2, 2, 1, 1]), (False, False, [1, 2])],
)
def test_disturbed(
    publisher: EventPublisher, listener: Listener, doubled: bool, reversed_: bool, expected: list[int]
) -> None:
    """Events are doubled and reversed on request."""
    publisher.order(doubled=doubled, reversed_=reversed_)
    publisher.publish([{"n": 1}, {"n": 2}])
    wait_for_all(publisher)
    assert [event["n"] for event in listener.events] == expected


def test_failing_listener(publisher: EventPublisher, listener: Listener, caplog: pytest.LogCaptureFixture) -> None:
    """A listener that fails stops no other event."""
    listener.fails = True
    publisher.publish([{"n": 1}, {"n": 2}])
    wait_for_all(publisher)
    assert [event["n"] for event in listener.events] == [1, 2]
    assert [record.message for record in caplog.records] == ["An SES event could not be emitted"] * 2


def test_stop(listener: Listener) -> None:
    """Stopping delivers the events that are due."""
    publisher = EventPublisher(listener, delay=0.05)
    publisher.publish([{"n": 1}])
    publisher.publish([])
    publisher.stop()
    assert listener.events == [{"n": 1}]
    assert publisher.pending() == 0
    publisher.stop()

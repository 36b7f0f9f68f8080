"""What is read from an event of SES about an email that was sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from email_channels.cases.delivery_states import StateChange
from email_channels.cases.recipients import RecipientState
from email_channels.cases.sending_events import read_event

from tests.support.ses_event_documents import ABOUT_ENTRIES, event_document

MESSAGE_ID = "0107019ab2c41f20-8c1e0a52-3b7d-4c0e-9f6a-2d5b8e7c4a10-000000"


def test_read_event() -> None:
    event = read_event(event_document("ses_bounce_permanent"))
    assert event is not None
    assert (event.type, event.kind, event.record, event.email_id) == (
        "Bounce",
        "ad_hoc",
        "7K3F92QDX0",
        "06H0KDP46ABCDEFGHJK",
    )
    assert (event.message_id, event.region) == (MESSAGE_ID, "eu-central-1")
    assert event.to == ("zoe@acme.example",)
    assert event.changes == (
        StateChange(
            "zoe@acme.example",
            RecipientState.BOUNCED,
            datetime(2026, 11, 23, 10, 0, 2, 669000, UTC),
            "General, 5.1.1, smtp; 550 5.1.1 user unknown",
        ),
    )
    types = {name: read.type for name in ABOUT_ENTRIES if (read := read_event(event_document(name)))}
    assert set(types.values()) == {
        "Send",
        "Delivery",
        "DeliveryDelay",
        "Bounce",
        "Complaint",
        "Reject",
        "Rendering Failure",
    }


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"detail": None},
        {"detail": {"mail": {"tags": None}}},
        {"detail": {"mail": {"tags": {"ses:operation": ["SendEmail"]}}}},
        {"detail": {"mail": {"tags": {"kind": [], "record": []}}}},
        {"detail": {"eventType": "Sending Status Enabled"}},
    ],
)
def test_other_events(document: dict[str, Any]) -> None:
    """Events about emails that are not ours are ignored."""
    assert read_event(document) is None


@pytest.mark.parametrize("missing", ["timestamp", "bouncedRecipients"])
def test_malformed_event(missing: str) -> None:
    """A malformed event about one of our emails raises an error."""
    document = event_document("ses_bounce_permanent")
    del document["detail"]["bounce"][missing]
    with pytest.raises(ValueError, match="cannot be read"):
        read_event(document)


@pytest.mark.parametrize(("event", "part"), [("Delivery", "recipients"), ("DeliveryDelay", "delayedRecipients")])
def test_event_without_recipients(event: str, part: str) -> None:
    name = {"Delivery": "ses_delivery", "DeliveryDelay": "ses_delivery_delay"}[event]
    document = event_document(name)
    document["detail"][event[0].lower() + event[1:]][part] = []
    read = read_event(document)
    assert read is not None
    assert [change.address for change in read.changes] == [""]

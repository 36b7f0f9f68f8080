"""The delivery function handles events of SES: delivery states, and repair after crashes."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from email_channels.aws.rows import keys
from email_channels.aws.rows.entry_rows import EntryRow, entry_row
from email_channels.aws.rows.outbound_rows import sent_row
from email_channels.aws.rows.table import read_rows
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.cases.delivery_states import NO_ADDRESS
from email_channels.cases.history import Entry
from email_channels.cases.recipients import RecipientState
from email_channels.errors import ConcurrentChange

from tests.support.in_process.ad_hoc_channel import AdHocChannel, about, tell
from tests.support.in_process.aws_calls import AwsCalls
from tests.support.in_process.stored_emails import RECEIVED, record_case
from tests.support.ses_event_documents import ABOUT_ENTRIES, event_document

EMAIL = {"to": ["zoe@acme.example"], "cc": ["marcus@acme.example"], "subject": "Your payslip", "text": "Here it is.\n"}
NOTIFIED = RECEIVED + timedelta(minutes=1)
SES_ID = "0107019ab2c41f20-8c1e0a52-3b7d-4c0e-9f6a-2d5b8e7c4a10-000000"


def post(ad_hoc: AdHocChannel, key: str = "key-1") -> dict[str, str]:
    """Sends the email; returns the tags of its events."""
    answer = ad_hoc.post(EMAIL, key)
    assert answer.status == 202
    return {"record": ad_hoc.case.case_id, "email": answer.body["email_id"]}


def ses_id(ad_hoc: AdHocChannel) -> str:
    return str(ad_hoc.sent()[-1].id)


def test_delivered(ad_hoc: AdHocChannel) -> None:
    tags = post(ad_hoc)
    seen = []
    for name in ("ses_send", "ses_delivery", "ses_bounce_suppressed", "ses_bounce_permanent"):
        tell(about(event_document(name), ses_id(ad_hoc), tags))
        seen.append(ad_hoc.states())
    assert seen == [
        [["sent", "sent"]],
        [["delivered", "sent"]],
        [["delivered", "suppressed"]],
        [["bounced", "suppressed"]],
    ]
    [email] = ad_hoc.history()
    assert email.recipients[0].detail == "General, 5.1.1, smtp; 550 5.1.1 user unknown"
    # Nothing else of the entry changed.
    entry = ad_hoc.entry(email.email_id)
    assert entry.email.content is not None
    assert entry.email.content.text == "Here it is.\n"


def test_forwarded(ad_hoc: AdHocChannel) -> None:
    """News about an address that the email was not sent to, and about nobody, is kept on the entry."""
    tags = post(ad_hoc)
    document = about(event_document("ses_bounce_permanent"), ses_id(ad_hoc), tags)
    document["detail"]["bounce"]["bouncedRecipients"][0]["emailAddress"] = "Zoe <Zoe@private.example>"
    tell(document)
    document["detail"]["bounce"]["bouncedRecipients"] = []
    tell(document)
    [email] = ad_hoc.history()
    assert [(row.role.value, row.address, row.name, row.state.value) for row in email.recipients] == [
        ("to", "zoe@acme.example", "", "sent"),
        ("cc", "marcus@acme.example", "", "sent"),
        ("forwarded", "zoe@private.example", "", "bounced"),
        ("forwarded", "", NO_ADDRESS, "bounced"),
    ]


def test_not_spam(ad_hoc: AdHocChannel) -> None:
    """A recipient who says that the email is not spam changes nothing; complaints need not name anybody."""
    tags = post(ad_hoc)
    document = about(event_document("ses_complaint"), ses_id(ad_hoc), tags)
    document["detail"]["complaint"] |= {"complainedRecipients": [], "complaintFeedbackType": "not-spam"}
    tell(document)
    assert ad_hoc.states() == [["sent", "sent"]]
    document["detail"]["complaint"]["complaintFeedbackType"] = "abuse"
    tell(document)
    assert ad_hoc.states() == [["complained", "complained"]]


def test_order_and_repetition(ad_hoc: AdHocChannel) -> None:
    """Order and repetition of events do not matter."""
    ends = set()
    orders = (list(ABOUT_ENTRIES), list(reversed(ABOUT_ENTRIES)), random.Random(7).sample(ABOUT_ENTRIES * 3, 25))
    for n, order in enumerate(orders):
        tags = post(ad_hoc, f"key-{n}")
        for name in [*order, *ABOUT_ENTRIES]:
            tell(about(event_document(name), SES_ID, tags))
        ends.add(ad_hoc.entry(tags["email"]).email.recipients)
    assert len(ends) == 1
    assert [row.state.value for row in ends.pop()] == ["failed", "failed"]


def test_repeated_event(ad_hoc: AdHocChannel, calls: AwsCalls) -> None:
    """A repeated event writes nothing."""
    tags = post(ad_hoc)
    document = about(event_document("ses_delivery"), ses_id(ad_hoc), tags)
    tell(document)
    calls.begin()
    tell(document)
    assert calls.names == ["BatchGetItem"]


@pytest.mark.usefixtures("calls")
def test_concurrent_events(ad_hoc: AdHocChannel) -> None:
    tags = post(ad_hoc)
    names = ["ses_send", "ses_delivery", "ses_bounce_mailbox_full", "ses_delivery_delay"]
    threads = [
        threading.Thread(target=tell, args=(about(event_document(name), ses_id(ad_hoc), tags),)) for name in names * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ad_hoc.states() == [["delivered", "bounced"]]


def test_retry_on_conflict(ad_hoc: AdHocChannel) -> None:
    """After a conflict the entry is read again."""
    tags = post(ad_hoc)
    entry = ad_hoc.entry(tags["email"])
    tell(about(event_document("ses_delivery"), ses_id(ad_hoc), tags))
    changed = OutboundStore().change(
        tags["record"],
        tags["email"],
        lambda email: replace(email, recipients=tuple(replace(row, detail="seen") for row in email.recipients)),
        datetime.now(UTC),
        known=entry,
    )
    assert changed is not None
    assert [(row.state.value, row.detail) for row in changed.email.recipients] == [
        ("delivered", "seen"),
        ("sent", "seen"),
    ]


def test_lasting_conflict(ad_hoc: AdHocChannel) -> None:
    """A conflict that lasts raises an error."""
    tags = post(ad_hoc)
    row = EntryRow(*keys.entry(tags["record"], tags["email"]))

    def crossed(email: Any) -> Any:
        row.update(actions=[EntryRow.version.add(1)])
        return replace(email, recipients=())

    with pytest.raises(ConcurrentChange):
        OutboundStore().change(tags["record"], tags["email"], crossed, datetime.now(UTC))


def test_event_notes_the_send(ad_hoc: AdHocChannel) -> None:
    """The process that sent the email ended before it could note that SES took it."""
    tags = post(ad_hoc)
    _forget_that_ses_took_it(ad_hoc, tags["email"])
    tell(about(event_document("ses_delivery"), ses_id(ad_hoc), tags))
    assert ad_hoc.states() == [["delivered", "sent"]]
    assert ad_hoc.history()[0].message_id == f"{ses_id(ad_hoc)}@eu-central-1.amazonses.com"
    assert OutboundStore().sent_as(ses_id(ad_hoc)) == (tags["record"], tags["email"])
    assert list(OutboundStore().unconfirmed(datetime.now(UTC) + timedelta(days=1))) == []


def _forget_that_ses_took_it(ad_hoc: AdHocChannel, email_id: str) -> None:
    """Sets the entry back to how a crash right after the send leaves it."""
    entry = ad_hoc.entry(email_id)
    queued = tuple(replace(row, state=RecipientState.QUEUED) for row in entry.email.recipients)
    before = replace(entry, email=replace(entry.email, message_id=None, recipients=queued))
    entry_row(before, None, "x", ad_hoc.mail).save()
    sent_row(entry.email.message_id or "", "", None).delete()


def test_moved_entry(ad_hoc: AdHocChannel) -> None:
    """An entry that was moved is found by its Message-ID."""
    tags = post(ad_hoc)
    other = record_case(ad_hoc.mail, 2)
    entry = ad_hoc.entry(tags["email"])
    moved = entry_row(replace(entry, case_id=other.case_id), None, "x", ad_hoc.mail)
    moved.save()
    EntryRow(*keys.entry(tags["record"], tags["email"])).delete()
    sent_row(ses_id(ad_hoc), other.case_id, tags["email"]).save()
    tell(about(event_document("ses_delivery"), ses_id(ad_hoc), tags))
    after = OutboundStore().entry(other.case_id, tags["email"])
    assert after is not None
    assert [row.state.value for row in after.email.recipients] == ["delivered", "sent"]


def test_other_events(ad_hoc: AdHocChannel) -> None:
    """Events of other emails change nothing."""
    tags = post(ad_hoc)
    for document in (
        {"source": "aws.ses", "detail-type": "Sending Status Enabled", "detail": {}},
        about(event_document("ses_reject"), "0107-x", {"record": tags["record"], "email": "06H0KDP46ABCDEFGHJK"}),
        about(event_document("ses_reject"), "0107-x", {"record": "0000000000", "email": tags["email"]}),
        about(event_document("ses_reject"), "0107-x", tags | {"kind": "newsletter"}),
        about(event_document("ses_reject"), "0107-x", tags | {"kind": "alert"}),
        # Acknowledgements of the first release have no entry.
        about(event_document("ses_reject"), "0107-x", {"record": tags["record"], "kind": "acknowledgement"}),
    ):
        tell(document)
    assert ad_hoc.states() == [["sent", "sent"]]


def test_inbound_entry(ad_hoc: AdHocChannel) -> None:
    """An inbound entry has no delivery states."""
    assert ad_hoc.case.email is not None
    inbound = replace(ad_hoc.case.email, email_id="06H0KDP46ABCDEFGHJK", message_id=None)
    entry_row(Entry(ad_hoc.case.case_id, inbound), None, "x", ad_hoc.mail).save()
    tell(about(event_document("ses_delivery"), SES_ID, {"record": ad_hoc.case.case_id, "email": inbound.email_id}))
    row = read_rows([keys.entry(ad_hoc.case.case_id, inbound.email_id)]).popitem()[1]
    assert isinstance(row, EntryRow)
    assert row.recipients is None


def test_calls(ad_hoc: AdHocChannel, calls: AwsCalls) -> None:
    """The calls for an event."""
    tags = post(ad_hoc)
    document = about(event_document("ses_delivery"), ses_id(ad_hoc), tags)
    calls.begin()
    tell(document)
    assert calls.names == ["BatchGetItem", "UpdateItem"]

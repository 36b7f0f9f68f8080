"""How the events of SES change the delivery states of an email's recipients."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from email_channels.aws.rows.codec import recipients_from_json, recipients_to_json
from email_channels.cases.delivery_states import (
    FURTHER_ADDRESSES,
    MAX_DETAIL_CHARACTERS,
    MAX_FORWARDED,
    NO_ADDRESS,
    StateChange,
    merge_states,
    reached_nobody,
)
from email_channels.cases.history import Direction, StoredEmail
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.sending_events import read_event
from email_channels.cases.sent_emails import apply_event, confirm_sent, wire_message_id
from email_channels.mail.message import Address
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.blank_records import blank_email
from tests.support.ses_event_documents import ABOUT_ENTRIES, event_document

MESSAGE_ID = "0107019ab2c41f20-8c1e0a52-3b7d-4c0e-9f6a-2d5b8e7c4a10-000000"
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)

ZOE = Recipient("Zoe@ACME.example", "Zoe Hartmann", RecipientRole.TO, RecipientState.QUEUED, None, AT)
MARCUS = Recipient("marcus@acme.example", "", RecipientRole.CC, RecipientState.QUEUED, None, AT)
FORWARDED = Recipient("zoe.private@mail.example", "", RecipientRole.FORWARDED, RecipientState.BOUNCED, "full", AT)
BOUNCED = StateChange(FORWARDED.address, RecipientState.BOUNCED, AT, "full")
EMAIL = blank_email(
    email_id="06H0KDP46ABCDEFGHJK",
    direction=Direction.OUTBOUND,
    from_=Address("Acme Service Centre", "service@acme-cases.example"),
    to=(Address("Zoe Hartmann", "Zoe@ACME.example"),),
    cc=(Address("", "marcus@acme.example"),),
    subject="Your payslip",
    at=AT,
    recipients=(ZOE, MARCUS),
)


def after(*names: str, email: StoredEmail = EMAIL) -> StoredEmail:
    for name in names:
        event = read_event(event_document(name))
        assert event is not None
        email = apply_event(email, event)
    return email


def states(email: StoredEmail) -> list[str]:
    return [row.state.value for row in email.recipients]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["ses_send"], ["sent", "sent"]),
        (["ses_send", "ses_delivery"], ["delivered", "sent"]),
        (["ses_delivery_delay"], ["delayed", "sent"]),
        (["ses_delivery_delay", "ses_delivery"], ["delivered", "sent"]),
        (["ses_delivery_delay", "ses_bounce_permanent"], ["bounced", "sent"]),
        (["ses_delivery", "ses_bounce_permanent"], ["bounced", "sent"]),
        (["ses_bounce_mailbox_full"], ["sent", "bounced"]),
        (["ses_bounce_suppressed"], ["sent", "suppressed"]),
        (["ses_bounce_out_of_office"], ["bounced", "sent"]),
        (["ses_delivery", "ses_bounce_out_of_office"], ["delivered", "sent"]),
        (["ses_delivery_delay", "ses_bounce_out_of_office"], ["bounced", "sent"]),
        (["ses_delivery", "ses_complaint"], ["complained", "complained"]),
        (["ses_complaint", "ses_bounce_mailbox_full"], ["complained", "bounced"]),
        (["ses_send", "ses_reject"], ["failed", "failed"]),
        (["ses_rendering_failure"], ["failed", "failed"]),
    ],
)
def test_merge_states(events: list[str], expected: list[str]) -> None:
    """In every order. A recipient whom the events do not name was at least sent to."""
    ends = {after(*order) for order in permutations(events)}
    assert len(ends) == 1
    assert states(ends.pop()) == expected


@settings(max_examples=200)
@given(events=st.lists(st.sampled_from(ABOUT_ENTRIES), min_size=1, max_size=12), data=st.data())
def test_order_and_repetition(events: list[str], data: st.DataObject) -> None:
    """The order and the repetition of events change nothing."""
    shuffled = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events), max_size=5))))
    closed = replace(EMAIL, recipients=tuple(replace(row, state=RecipientState.FAILED) for row in EMAIL.recipients))
    assert after(*events) == after(*shuffled) == after(*shuffled, email=closed)


@settings(max_examples=100)
@given(events=st.lists(st.sampled_from(ABOUT_ENTRIES), min_size=1, max_size=6), when=st.integers(0, 6))
def test_sent_note(events: list[str], when: int) -> None:
    """Our own note that SES took the email may come at any time."""
    end = after(*events)
    noted = confirm_sent(after(*events[:when]), wire_message_id(MESSAGE_ID, "eu-central-1"), AT)
    assert states(after(*events[when:], email=noted)) == states(end)
    assert noted.message_id == end.message_id


def test_message_id_from_event() -> None:
    """Every event stores the id of SES, so a crash right after the send is repaired."""
    for name in ABOUT_ENTRIES:
        assert after(name).message_id == f"{MESSAGE_ID}@eu-central-1.amazonses.com"
    document = event_document("ses_send")
    document["detail"]["eventType"] = "Open"
    document["region"] = "us-east-1"
    event = read_event(document)
    assert event is not None
    opened = apply_event(EMAIL, event)
    assert opened.message_id == f"{MESSAGE_ID}@email.amazonses.com"
    assert states(opened) == ["sent", "sent"]


def test_delivered_after_closed_as_failed() -> None:
    """A send that was closed as failed can still be delivered."""
    failed = tuple(replace(row, state=RecipientState.FAILED, detail="No confirmation") for row in EMAIL.recipients)
    end = after("ses_delivery", email=replace(EMAIL, recipients=failed))
    assert states(end) == ["delivered", "sent"]
    assert [row.detail for row in end.recipients] == ["250 2.6.0 Message received", None]


def test_rejected_stays_failed() -> None:
    end = after("ses_reject", "ses_send", "ses_delivery")
    assert states(end) == ["failed", "failed"]
    assert end.recipients[0].detail == "Amazon SES rejected the email: Bad content"


def test_equal_addresses() -> None:
    """Addresses that differ in case or in the form of the domain are equal."""
    unicode_domain = replace(ZOE, address="zoe@bücher.example")
    rows = (unicode_domain, MARCUS)
    change = StateChange("ZOE@xn--bcher-kva.EXAMPLE", RecipientState.DELIVERED, AT)
    assert [row.state for row in merge_states(rows, [change])] == [RecipientState.DELIVERED, RecipientState.QUEUED]


def test_unknown_recipient() -> None:
    """A forwarding server names another address: it is added, and says nothing about the others."""
    change = StateChange("Zoe.Private@mail.EXAMPLE", RecipientState.BOUNCED, AT, "full")
    for sent_to in ((ZOE, MARCUS), (ZOE,), ()):
        assert merge_states(sent_to, [change]) == (*sent_to, FORWARDED)
        assert merge_states((*sent_to, FORWARDED), [change]) == (*sent_to, FORWARDED)


def test_all_recipients() -> None:
    """What is reported about all is not about an address that somebody forwarded the email to."""
    everybody = StateChange(None, RecipientState.FAILED, AT)
    ends = {merge_states((ZOE, FORWARDED), [everybody]), merge_states(merge_states((ZOE,), [everybody]), [BOUNCED])}
    assert [[row.state.value for row in end] for end in ends] == [["failed", "bounced"]]


def test_report_about_nobody() -> None:
    """A report that does not say about whom: only if there is one recipient, it must be that one."""
    change = StateChange("", RecipientState.BOUNCED, AT, "gone")
    assert [row.state for row in merge_states((ZOE, FORWARDED), [change])] == [RecipientState.BOUNCED] * 2
    assert merge_states((ZOE, MARCUS), [change]) == (
        ZOE,
        MARCUS,
        Recipient("", NO_ADDRESS, RecipientRole.FORWARDED, RecipientState.BOUNCED, "gone", AT),
    )


def test_hostile_report() -> None:
    """A report with very many long addresses adds few recipients, and says that there were more."""
    changes = [
        StateChange(f"{n:04}{'ä' * 900}\ud800\n@mail.example", RecipientState.BOUNCED, AT, "\U0001f384" * 10_000)
        for n in range(1_000)
    ]
    end = merge_states((ZOE,), changes)
    assert end[0] == ZOE
    assert [row.address[:4] for row in end[1:]] == ["0000", "0001", "0002", "0003", "0004", ""]
    assert len(json.dumps(recipients_to_json(end), ensure_ascii=False).encode()) < 10_000
    assert end[-1] == Recipient(
        "",
        FURTHER_ADDRESSES,
        RecipientRole.FORWARDED,
        RecipientState.BOUNCED,
        "Reports name more addresses than are listed here.",
        AT,
    )
    assert merge_states(end, reversed(changes)) == end
    assert recipients_from_json(recipients_to_json(end)) == end


_CHANGES = st.builds(
    StateChange,
    st.one_of(
        st.none(),
        st.just(""),
        st.sampled_from(("ZOE@acme.example", "\ud800", "x…@ä.example")),
        st.text("ab", min_size=1),
    ),
    st.sampled_from(RecipientState),
    st.sampled_from((AT, AT + timedelta(seconds=1))),
    st.sampled_from((None, "a", "b", "c" * 1_000)),
)


@settings(max_examples=300)
@given(sent_to=st.sampled_from(((), (ZOE,), (ZOE, MARCUS))), changes=st.lists(_CHANGES, max_size=20), data=st.data())
def test_any_reports(sent_to: tuple[Recipient, ...], changes: list[StateChange], data: st.DataObject) -> None:
    """Neither the order nor the repetition of any reports changes the end, nor whether they come together."""
    end = merge_states(sent_to, changes)
    assert len(end) <= len(sent_to) + MAX_FORWARDED + 2
    one_by_one = sent_to
    for change in data.draw(st.permutations(changes + changes[::2])):
        one_by_one = recipients_from_json(recipients_to_json(merge_states(one_by_one, [change])))
    assert one_by_one == end


def test_complaint_about_several() -> None:
    """A complaint about one of several recipients is marked as uncertain."""
    assert after("ses_complaint").recipients[0].detail == (
        "Perhaps: reported as unwanted (abuse) by one of 2 recipients"
    )


def test_suppressed_complaint() -> None:
    """A complaint of the suppression list means that the email was not sent."""
    document = event_document("ses_complaint")
    document["detail"]["complaint"]["complaintSubType"] = "OnAccountSuppressionList"
    event = read_event(document)
    assert event is not None
    assert states(apply_event(EMAIL, event)) == ["suppressed", "suppressed"]


def test_foreign_detail() -> None:
    """The text of a foreign server is cut, and put on one line."""
    change = StateChange(None, RecipientState.BOUNCED, AT, "550\r\n\x1b[31m no " + "x" * 10_000)
    detail = merge_states((ZOE,), [change])[0].detail
    assert detail is not None
    assert detail.startswith("550 [31m no xxx")
    assert len(detail) == MAX_DETAIL_CHARACTERS


def test_bounce_without_recipients() -> None:
    """A bounce that names no recipients is kept, but not as that of a recipient."""
    document = event_document("ses_bounce_out_of_office")
    document["detail"]["bounce"]["bouncedRecipients"] = []
    event = read_event(document)
    assert event is not None
    *sent_to, nobody = apply_event(EMAIL, event).recipients
    assert [row.state.value for row in sent_to] == ["sent", "sent"]
    assert (nobody.name, nobody.state.value, nobody.detail) == (NO_ADDRESS, "bounced", "Transient, General")


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ({}, "delivered"),
        ({"status": "", "diagnosticCode": None}, "delivered"),
        ({"status": "4.4.7"}, "bounced"),
        ({"diagnosticCode": "smtp; 550 4.4.7 Message expired: unable to deliver in 840 minutes"}, "bounced"),
        ({"action": "failed"}, "delivered"),
    ],
)
def test_soft_bounce(cause: dict[str, Any], expected: str) -> None:
    """A soft bounce has a cause; an out-of-office reply, which comes after the delivery, has only an address."""
    document = event_document("ses_bounce_out_of_office")
    document["detail"]["bounce"]["bouncedRecipients"][0] |= cause
    event = read_event(document)
    assert event is not None
    assert states(apply_event(after("ses_delivery"), event)) == [expected, "sent"]
    assert states(after("ses_delivery", email=stored(apply_event(EMAIL, event)))) == [expected, "sent"]


@pytest.mark.parametrize(
    ("kind", "subtype", "expected"),
    [
        ("Transient", "General", "delivered"),
        ("Undetermined", "Undetermined", "delivered"),
        ("Permanent", "General", "bounced"),
        ("Transient", "MailboxFull", "bounced"),
        ("Transient", "MessageTooLarge", "bounced"),
    ],
)
def test_bounce_without_cause(kind: str, subtype: str, expected: str) -> None:
    """Only a bounce whose type says nothing either is perhaps an out-of-office reply."""
    document = event_document("ses_bounce_out_of_office")
    document["detail"]["bounce"] |= {"bounceType": kind, "bounceSubType": subtype}
    event = read_event(document)
    assert event is not None
    assert states(after("ses_delivery", email=apply_event(EMAIL, event))) == [expected, "sent"]


def stored(email: StoredEmail) -> StoredEmail:
    """The email as it is read from the table."""
    return replace(email, recipients=recipients_from_json(recipients_to_json(email.recipients)))


@pytest.mark.parametrize("named", [[], None])
def test_complaint_without_recipients(named: list[str] | None) -> None:
    """A complaint that names nobody may be of anybody whom the email was sent to."""
    document = event_document("ses_complaint")
    document["detail"]["complaint"]["complainedRecipients"] = named
    if named is None:
        del document["detail"]["complaint"]["complainedRecipients"]
    event = read_event(document)
    assert event is not None
    end = apply_event(EMAIL, event)
    assert states(end) == ["complained", "complained"]
    assert end.recipients == after("ses_complaint").recipients


def test_not_spam() -> None:
    """A recipient who says that the email is not spam changes no state."""
    document = event_document("ses_complaint")
    document["detail"]["complaint"]["complaintFeedbackType"] = "not-spam"
    event = read_event(document)
    assert event is not None
    assert event.changes == ()
    delivered = after("ses_delivery")
    assert apply_event(delivered, event) == delivered


def test_forwarded_notification() -> None:
    """An address that the only admin forwards to bounced: perhaps nobody has read the notification."""
    one, two = (replace(row, state=RecipientState.DELIVERED) for row in (ZOE, MARCUS))
    assert reached_nobody((one, FORWARDED))
    assert not reached_nobody((one, two, FORWARDED))
    assert not reached_nobody((one, replace(FORWARDED, doubtful=True)))
    assert not reached_nobody((FORWARDED,))


def test_bounced_notification() -> None:
    event = read_event(event_document("ses_notification_bounce"))
    assert event is not None
    assert (event.kind, event.record, event.email_id) == ("notification", "7K3F92QDX0", "")
    assert event.to == ("one@acme.example", "two@acme.example")
    admins = tuple(Recipient(address, "", RecipientRole.TO, RecipientState.SENT) for address in event.to)
    assert reached_nobody(merge_states(admins, event.changes))
    assert not reached_nobody(merge_states(admins, event.changes[:1]))
    assert not reached_nobody(admins)
    assert not reached_nobody(())


@pytest.mark.parametrize("state", [state for state in RecipientState if state is not RecipientState.QUEUED])
def test_equal_states(state: RecipientState) -> None:
    """Of two reports of the same state, the later news wins, whatever the order of their arrival."""
    earlier = StateChange(None, state, AT, "first try")
    later = StateChange(None, state, AT + timedelta(milliseconds=1), "a later try")
    for order in ([earlier, later], [later, earlier], [later, earlier, later]):
        [row] = merge_states((ZOE,), order)
        assert (row.state, row.detail, row.at) == (state, "a later try", later.at)


def test_equal_states_and_times() -> None:
    """Where the times are equal too, the order of arrival still changes nothing."""
    changes = [StateChange(None, RecipientState.BOUNCED, AT, detail) for detail in ("a", "b", None)]
    assert len({merge_states((ZOE,), order) for order in permutations(changes)}) == 1

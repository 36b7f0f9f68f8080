"""Emails find their case whatever mailbox they come to, wherever it was moved, and whatever strangers do."""

from datetime import timedelta

import pytest
from email_channels.aws.stores import threads
from email_channels.aws.stores.moving.move_store import MoveStore
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.references import case_number, case_reference, plus_address

from tests.support.acts import an_act
from tests.support.in_process.inbound_emails import (
    ANSWERED_AT,
    FORMS,
    FROM_FORMS,
    QUESTION,
    ROUTING,
    SENT_ID,
    answer,
    by_references,
    receive_answer,
)
from tests.support.in_process.inbox import KEYS, Inbox, close, configure
from tests.support.messages import FORM


def test_moved_email(inbox: Inbox, case_id: str, sent_email_id: str) -> None:
    """An answer to an email that was moved goes where the email is now, although its tag still names the old case."""
    other = str(inbox.receive(QUESTION.replace("<question@", "<other@")).case_id)
    assert other != case_id
    MoveStore(inbox.mail).move(case_id, sent_email_id, other, ANSWERED_AT, an_act())
    signed = answer(subject=f"Re: Your question {case_reference(case_id, KEYS)}", references=by_references(SENT_ID))
    recipient = plus_address("answers@in.acme-cases.example", case_id, KEYS)
    assert receive_answer(inbox, signed, recipient=recipient) == (Outcome.ENTRY, other)
    # Without the id of the email, the tag is all that there is.
    tagged = answer(subject=f"Re: Your question {case_reference(case_id, KEYS)}").replace("<answer@", "<2@")
    assert receive_answer(inbox, tagged, recipient=recipient) == (Outcome.ENTRY, case_id)


def test_closed_case_in_case_creation(inbox: Inbox, case_id: str) -> None:
    """A closed case that takes no answers is named by the new case that the answer makes."""
    close(case_id)
    tagged = answer(
        sender="zoe.hartmann@acme.example", to="payroll@acme.example", subject=f"Re: {case_reference(case_id, KEYS)}"
    )
    inbox.intake = inbox.with_settings(accept_emails_for_closed_cases="false")
    outcome, made = receive_answer(inbox, tagged, "case_creation", signer="acme.example")
    assert (outcome, made != case_id) == (Outcome.CASE, True)
    assert inbox.case(made).siblings == (case_id,)
    inbox.intake = inbox.with_settings()
    again = tagged.replace("<answer@", "<2@")
    assert receive_answer(inbox, again, "case_creation", signer="acme.example") == (Outcome.ENTRY, case_id)


def test_believed_values(inbox: Inbox, case_id: str) -> None:
    """Forms servers reuse Message-IDs and subjects: their values make a case, unless there is a proof."""
    configure(FORMS, routing=ROUTING)
    form = FORM.replace("Subject: Complaint", f"Subject: Complaint #{case_id}\nIn-Reply-To: <first@acme.example>")
    result = inbox.receive(form, **FROM_FORMS)
    assert (result.outcome, result.case_id != case_id) == (Outcome.CASE, True)
    proven = form.replace("<2@", "<3@").replace("Complaint #", f"Complaint {case_reference(case_id, KEYS)} #")
    assert inbox.receive(proven, **FROM_FORMS).case_id == case_id


def test_flood_under_a_message_id(inbox: Inbox, case_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers' emails under the Message-ID of a thread, before and after it, do not hide the thread."""
    monkeypatch.setattr(threads, "MOST_FIRST", 2)
    monkeypatch.setattr(threads, "MOST_LAST", 2)
    first = answer(subject=case_reference(case_id, KEYS)).replace("<answer@", "<thread@")
    assert receive_answer(inbox, first) == (Outcome.ENTRY, case_id)
    for n in (-3, -2, -1, 1, 2, 3):
        flood = answer(sender=f"eve{n}@evil.example", subject=f"Buy {n}").replace("<answer@", "<thread@")
        envelope = {"sender": "eve@evil.example", "signer": "evil.example"}
        result = inbox.receive(flood, "ad_hoc", at=ANSWERED_AT + timedelta(minutes=n), **envelope)
        assert result.outcome is Outcome.UNPROCESSED
    reply = answer(sender="zoe.hartmann@acme.example", references="In-Reply-To: <thread@elsewhere.example>\n").replace(
        "Message-ID: <answer@", "Message-ID: <9@"
    )
    assert receive_answer(inbox, reply, signer="acme.example") == (Outcome.ENTRY, case_id)


def test_flood_of_cases_under_a_message_id(inbox: Inbox, case_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor do later emails under it that became cases: the first and the last emails under a Message-ID are found."""
    monkeypatch.setattr(threads, "MOST_FIRST", 2)
    monkeypatch.setattr(threads, "MOST_LAST", 2)
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="1000")
    first = answer(subject=case_reference(case_id, KEYS)).replace("<answer@", "<thread@")
    assert receive_answer(inbox, first) == (Outcome.ENTRY, case_id)
    made = []
    thread = QUESTION.replace("<question@acme.example>", "<thread@elsewhere.example>")
    thread = thread.replace("zoe.hartmann@acme.example", "marcus.webb@acme.example")
    for n in range(12):
        flood = thread.replace("Subject: ", f"Subject: {n} ")
        result = inbox.receive(flood, at=ANSWERED_AT + timedelta(minutes=n + 1))
        assert result.outcome is Outcome.CASE
        made.append(result.case_id)
    for n, (sender, expected) in enumerate((("zoe.hartmann", case_id), ("marcus.webb", made[0]))):
        reply = answer(sender=f"{sender}@acme.example", references="In-Reply-To: <thread@elsewhere.example>\n").replace(
            "Message-ID: <answer@", f"Message-ID: <{n}@"
        )
        assert receive_answer(inbox, reply, signer="acme.example") == (Outcome.ENTRY, expected)


def test_answer_to_other_channel(inbox: Inbox, case_id: str) -> None:
    """An answer to a case creation mailbox reaches its case if the ad hoc channel is on."""
    tagged = answer(
        sender="zoe.hartmann@acme.example", to="payroll@acme.example", subject=f"Re: {case_reference(case_id, KEYS)}"
    )
    assert receive_answer(inbox, tagged, "case_creation", signer="acme.example") == (Outcome.ENTRY, case_id)
    # So do a bare number, and an answer to an email that we received.
    bare = tagged.replace(case_reference(case_id, KEYS), case_number(case_id)).replace("<answer@", "<2@")
    assert receive_answer(inbox, bare, "case_creation", signer="acme.example") == (Outcome.ENTRY, case_id)
    follow_up = answer(
        sender="zoe.hartmann@acme.example", to="payroll@acme.example", references="In-Reply-To: <first>\n"
    )
    follow_up = follow_up.replace("<answer@", "<4@").replace("<first>", "<answer@elsewhere.example>")
    assert receive_answer(inbox, follow_up, "case_creation", signer="acme.example") == (Outcome.ENTRY, case_id)
    # A stranger who names them makes no entry.
    stranger = bare.replace("zoe.hartmann@acme.example", "marcus@home.example").replace("<2@", "<5@")
    outcome, made = receive_answer(
        inbox, stranger, "case_creation", sender="marcus@home.example", signer="home.example"
    )
    assert (outcome, made != case_id) == (Outcome.CASE, True)
    # With the channel off, no reference counts; and an answer to us is not acknowledged.
    inbox.intake = inbox.with_settings(ad_hoc_enabled="false")
    outcome, made = receive_answer(inbox, tagged.replace("<answer@", "<3@"), "case_creation", signer="acme.example")
    assert (outcome, made != case_id) == (Outcome.CASE, True)
    assert not inbox.case(made).acknowledge


def test_plus_address_of_others(inbox: Inbox, case_id: str) -> None:
    """A tag counts only on an address of ours: anybody may use tags on theirs."""
    tag = plus_address("answers@acme.example", case_id, KEYS).partition("@")[0].partition("+")[2]
    message = answer(subject="Hello").replace(
        "To: answers@acme.example", f"To: answers@acme.example, bob+{tag}@evil.example"
    )
    assert receive_answer(inbox, message) == (Outcome.UNPROCESSED, Reason.CASE_REFERENCE_MISSING)


def test_version_of_a_moved_email(inbox: Inbox, case_id: str, sent_email_id: str) -> None:
    """It grows with each move: a delivery event that was read before cannot change the email after it came back."""
    other = str(inbox.receive(QUESTION.replace("<question@", "<other@")).case_id)
    versions = []
    for source, target in ((case_id, other), (other, case_id)):
        MoveStore(inbox.mail).move(source, sent_email_id, target, ANSWERED_AT, an_act())
        (entry,) = inbox.entries(target)
        versions.append(entry.version)
    assert versions == [2, 3]

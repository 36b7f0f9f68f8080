"""Replies find the case where an email is now: after a merge, after a split, and while a merge is under way."""

import pytest
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.outbound_rows import sent_row
from email_channels.aws.stores.moving.merge_store import MergeStore
from email_channels.aws.stores.moving.move_store import MoveStore
from email_channels.cases.outcomes import Outcome
from email_channels.cases.references import case_number, case_reference, plus_address

from tests.support.acts import an_act
from tests.support.blank_records import blank_case
from tests.support.in_process.aws_calls import watch
from tests.support.in_process.inbound_emails import (
    ANSWERED_AT,
    QUESTION,
    SENT_ID,
    answer,
    by_references,
    receive_answer,
)
from tests.support.in_process.inbox import KEYS, Inbox

ZOE = "zoe.hartmann@acme.example"


def second_case(inbox: Inbox) -> str:
    return inbox.receive(QUESTION.replace("<question@", "<other@")).record_id


def merge(inbox: Inbox, case_id: str, into: str) -> None:
    MergeStore(inbox.mail).merge(case_id, into, ANSWERED_AT, an_act())


def test_merged_case(inbox: Inbox, case_id: str, sent_email_id: str) -> None:
    """Every reference to the merged case, or to an email of it, leads to the last target."""
    middle, last = second_case(inbox), inbox.receive(QUESTION.replace("<question@", "<last@")).record_id
    merge(inbox, case_id, middle)
    merge(inbox, middle, last)
    tag = case_reference(case_id, KEYS)
    plus = plus_address("answers@in.acme-cases.example", case_id, KEYS)
    replies: tuple[tuple[str, dict[str, str]], ...] = (
        (answer(subject=f"Re: {tag}"), {}),
        (answer(references=by_references()), {}),
        (answer(subject="Hello"), {"recipient": plus}),
        (answer(sender=ZOE, subject=f"Re: {case_number(case_id)}"), {"signer": "acme.example"}),
        (answer(sender=ZOE, references="In-Reply-To: <question@acme.example>\n"), {"signer": "acme.example"}),
    )
    for n, (reply, envelope) in enumerate(replies):
        reply = reply.replace("Message-ID: <answer@", f"Message-ID: <{n}@")
        assert receive_answer(inbox, reply, **envelope) == (Outcome.ENTRY, last), n
    assert len(inbox.entries(last)) == 3 + len(replies)
    assert inbox.entries(case_id) == inbox.entries(middle) == []
    # The answered email is named, too.
    assert sent_email_id in {one.email.in_reply_to for one in inbox.entries(last)}


def test_merge_under_way(inbox: Inbox, case_id: str, sent_email_id: str) -> None:
    """From its first write on, even while all emails are still in the merged case."""
    target = second_case(inbox)
    pk, sk = keys.record(case_id)
    CaseRow(pk=pk, sk=sk).update(actions=[CaseRow.merged_into.set(target), CaseRow.status.set("closed")])
    assert receive_answer(inbox, answer(references=by_references())) == (Outcome.ENTRY, target)
    (entry,) = inbox.entries(target)
    assert entry.email.in_reply_to == sent_email_id
    MergeStore(inbox.mail).finish(case_id, ANSWERED_AT)
    assert sent_email_id in {one.email.email_id for one in inbox.entries(target)}


def test_erased_target(inbox: Inbox, case_id: str) -> None:
    """Without the target, the references lead nowhere."""
    pk, sk = keys.record(case_id)
    CaseRow(pk=pk, sk=sk).update(actions=[CaseRow.merged_into.set("ZZZZZZZZZ0")])
    outcome, reason = receive_answer(inbox, answer(subject=f"Re: {case_reference(case_id, KEYS)}"))
    assert (outcome, reason) == (Outcome.UNPROCESSED, "case_not_found")


def test_later_email(inbox: Inbox, case_id: str, sent_email_id: str) -> None:
    """A reply to a later email of the old case stays there, although its References name an email that was moved."""
    other = second_case(inbox)
    later = SENT_ID.replace(SENT_ID.partition("@")[0], "0102later")
    sent_row(later, case_id, sent_email_id).save()
    MoveStore(inbox.mail).move(case_id, sent_email_id, other, ANSWERED_AT, an_act())
    tag = case_reference(case_id, KEYS)
    references = f"In-Reply-To: <{later}>\nReferences: <{SENT_ID}>\n <{later}>\n"
    assert receive_answer(inbox, answer(subject=f"Re: {tag}", references=references)) == (Outcome.ENTRY, case_id)
    # A reply to the moved one follows it, whatever its tag says.
    older = answer(subject=f"Re: {tag}", references=by_references()).replace("<answer@", "<2@")
    assert receive_answer(inbox, older) == (Outcome.ENTRY, other)


def test_split_reply(inbox: Inbox, case_id: str, sent_email_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply to a received email follows it, although its tag and older ids name the case that it was in."""
    tag = case_reference(case_id, KEYS)
    reply = answer(sender=ZOE, subject=f"Re: {tag}", references=by_references())
    assert receive_answer(inbox, reply, signer="acme.example") == (Outcome.ENTRY, case_id)
    email = inbox.entries(case_id)[-1].email
    assert email.email_id != sent_email_id
    new = blank_case(case_id="SP0TTED000", employee=inbox.case(case_id).employee)
    MoveStore(inbox.mail).split(case_id, email.email_id, new, an_act())
    references = f"In-Reply-To: <answer@elsewhere.example>\nReferences: <{SENT_ID}>\n <answer@elsewhere.example>\n"
    more = answer(sender=ZOE, subject=f"Re: {tag}", references=references).replace("ID: <answer@", "ID: <2@")
    assert receive_answer(inbox, more, signer="acme.example") == (Outcome.ENTRY, new.case_id)
    # Who does not take part there, and who answers our own email, reaches the case of that.
    stranger = more.replace(ZOE, "eve@elsewhere.example").replace("<2@", "<3@")
    assert receive_answer(inbox, stranger) == (Outcome.ENTRY, case_id)
    ours = answer(sender=ZOE, subject=f"Re: {tag}", references=by_references()).replace("<answer@", "<4@")
    calls = watch(monkeypatch)
    calls.begin()
    assert receive_answer(inbox, ours, signer="acme.example") == (Outcome.ENTRY, case_id)
    assert "Query" not in calls.names, "the email answers one of ours"
    # After the old case was merged, it is still known that emails left it.
    target = second_case(inbox)
    merge(inbox, case_id, target)
    again = more.replace("<2@", "<5@")
    assert receive_answer(inbox, again, signer="acme.example") == (Outcome.ENTRY, new.case_id)

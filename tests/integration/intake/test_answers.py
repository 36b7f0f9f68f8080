"""Answers become entries of their case; bounces update the delivery states of our emails."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from email_channels.api.case_views import entry_json
from email_channels.aws.rows import keys
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow, entry_row
from email_channels.aws.rows.outbound_rows import sent_row
from email_channels.aws.rows.table import row_bytes
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.cases.delivery_states import FURTHER_ADDRESSES, NO_ADDRESS
from email_channels.cases.history import Direction, Entry, EntryKind, StoredEmail
from email_channels.cases.matches import Match, MatchedBy, MatchMethod, MatchStrength, Mismatch
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.cases.reasons import Reason
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.references import case_number, case_reference, plus_address
from email_channels.cases.warnings import EmailWarning
from email_channels.intake.facts import Facts
from email_channels.intake.matching import match
from email_channels.intake.outcome_writing import OutcomeWriter
from email_channels.mail.message import Address

from tests.support.in_process.aws_calls import watch
from tests.support.in_process.inbound_emails import (
    ANSWERED_AT,
    QUESTION,
    SENT_ID,
    answer,
    by_references,
    receive_answer,
)
from tests.support.in_process.inbox import KEYS, Inbox, close
from tests.support.messages import BOUNCE


@pytest.mark.usefixtures("sent_email_id")
def test_references(inbox: Inbox, case_id: str, sent_email_id: str) -> None:
    """An answer is matched by its References alone."""
    assert receive_answer(inbox, answer(references=by_references())) == (Outcome.ENTRY, case_id)
    _, entry = inbox.entries(case_id)
    assert entry.email.content is not None
    assert replace(entry, email=replace(entry.email, content=None)) == Entry(
        case_id,
        StoredEmail(
            email_id=entry.email.email_id,
            direction=Direction.INBOUND,
            kind=EntryKind.NORMAL,
            from_=Address("Bob", "bob@elsewhere.example"),
            to=(Address("", "answers@acme.example"),),
            cc=(),
            bcc=(),
            subject="Re: Your question",
            at=ANSWERED_AT,
            preview="It was in May.",
            attachments=(),
            recipients=(),
            matched_by=MatchedBy(MatchMethod.SENT_MESSAGE_ID, MatchStrength.REFERENCE),
            message_id="answer@elsewhere.example",
            references=("other@acme.example", SENT_ID),
            in_reply_to=sent_email_id,
            size=entry.email.size,
            warnings=(EmailWarning.NEW_SENDER,),
            raw_key="raw/ad_hoc/" + "2".zfill(40),
            content=None,
        ),
    )
    assert entry.email.content.issue is None
    assert entry.email.content.trace[-1].rule == "known_case"
    # What SES put in front of the id may change with the region.
    other_region = answer(references=by_references("0107018f-000000@email.amazonses.com")).replace("<answer@", "<2@")
    assert receive_answer(inbox, other_region) == (Outcome.ENTRY, case_id)


@pytest.mark.parametrize("channel", ["case_creation", "ad_hoc"])
@pytest.mark.parametrize("kind", ["proven", "claimed", "unmatched", "bounce"])
def test_matched_once(inbox: Inbox, case_id: str, monkeypatch: pytest.MonkeyPatch, kind: str, channel: str) -> None:
    """Fact gathering matches the email; every rule reads that result."""
    subjects = {"proven": case_reference(case_id, KEYS), "claimed": case_number(case_id), "unmatched": "Hello"}
    message = BOUNCE % SENT_ID if kind == "bounce" else answer(subject=subjects[kind])
    results = []

    def count(facts: Facts) -> Match | Mismatch:
        results.append(match(facts))
        return results[-1]

    monkeypatch.setattr("email_channels.intake.matching.match", count)
    inbox.receive(message, channel)
    assert len(results) == 1


def test_case_reference(inbox: Inbox, case_id: str) -> None:
    """An answer is matched by its case reference alone."""
    subject = f"AW: Your question {case_reference(case_id, KEYS)}"
    assert receive_answer(inbox, answer(subject=subject)) == (Outcome.ENTRY, case_id)
    assert inbox.entries(case_id)[0].email.matched_by == MatchedBy(MatchMethod.CASE_REFERENCE, MatchStrength.SIGNED)


def test_key_rotation(inbox: Inbox, case_id: str) -> None:
    """A case reference of the previous key still matches."""
    old = case_reference(case_id, replace(KEYS, current=KEYS.previous[0]))
    assert receive_answer(inbox, answer(subject=old)) == (Outcome.ENTRY, case_id)


@pytest.mark.parametrize("where", ["envelope", "header"])
def test_plus_address(inbox: Inbox, case_id: str, where: str) -> None:
    """An answer is matched by its plus address alone."""
    if where == "envelope":
        recipient = plus_address("answers@in.acme-cases.example", case_id, KEYS)
        outcome = receive_answer(inbox, answer(), recipient=recipient)
    else:
        outcome = receive_answer(inbox, answer(to=plus_address("answers@acme.example", case_id, KEYS)))
    assert outcome == (Outcome.ENTRY, case_id)
    assert inbox.entries(case_id)[0].email.matched_by == MatchedBy(MatchMethod.PLUS_ADDRESS, MatchStrength.SIGNED)


def test_plus_addressing_off(inbox: Inbox, case_id: str) -> None:
    """A plus address matches only if plus addressing is on."""
    key = inbox.put(
        answer(to=plus_address("answers@acme.example", case_id, KEYS)), "ad_hoc", signer="elsewhere.example"
    )
    result = inbox.with_settings(PLUS_ADDRESSING="false").process(key)
    assert result is not None
    assert (result.outcome, result.reason) == (Outcome.UNPROCESSED, Reason.CASE_REFERENCE_MISSING)


@pytest.mark.parametrize("form", ["{}", "#{}", "[#{}]", "case {}, please"])
def test_bare_number(inbox: Inbox, case_id: str, form: str) -> None:
    """A bare number matches if the employee of the case sent the email."""
    subject = form.format(case_number(case_id).lower())
    from_employee = answer(sender="ZOE.hartmann@acme.example", subject=subject)
    assert receive_answer(inbox, from_employee, signer="acme.example") == (Outcome.ENTRY, case_id)
    assert inbox.entries(case_id)[0].email.matched_by == MatchedBy(MatchMethod.CASE_NUMBER, MatchStrength.PARTICIPANT)


def test_other_address_of_employee(inbox: Inbox) -> None:
    """The employee may write from each of their addresses."""
    marcus = inbox.receive(QUESTION.replace("zoe.hartmann", "marcus.webb")).record_id
    from_home = answer(sender="marcus@home.example", subject=marcus)
    assert receive_answer(inbox, from_home, signer="home.example") == (Outcome.ENTRY, marcus)


def test_answer_to_inbound_email(inbox: Inbox, case_id: str) -> None:
    """An answer to an email that we received is matched, too."""
    to_the_question = answer(sender="zoe.hartmann@acme.example", references="In-Reply-To: <question@acme.example>\n")
    assert receive_answer(inbox, to_the_question, signer="acme.example") == (Outcome.ENTRY, case_id)
    entry = inbox.entries(case_id)[0]
    first = inbox.case(case_id).email
    assert first is not None
    assert entry.email.matched_by == MatchedBy(MatchMethod.RECEIVED_MESSAGE_ID, MatchStrength.PARTICIPANT)
    assert entry.email.in_reply_to == first.email_id
    # An answer to that answer.
    to_the_answer = to_the_question.replace("<question@acme", "<answer@elsewhere").replace(
        "Message-ID: <answer@", "Message-ID: <again@"
    )
    later = ANSWERED_AT + timedelta(minutes=1)
    assert inbox.receive(to_the_answer, "ad_hoc", at=later).case_id == case_id
    assert inbox.entries(case_id)[1].email.in_reply_to == entry.email.email_id


def test_stranger(inbox: Inbox, case_id: str) -> None:
    """A bare number, an altered reference or a guessable id does not match for a stranger."""
    reference = case_reference(case_id, KEYS)
    altered = reference[:-2] + ("0" if reference[-2] != "0" else "1") + "]"
    plus = plus_address("answers@acme.example", case_id, KEYS)
    local, _, domain = plus.rpartition("@")
    altered_plus = f"{local[:-1]}{'1' if local.endswith('0') else '0'}@{domain}"
    strangers = [
        answer(sender="eve@elsewhere.example", subject=case_number(case_id)),
        answer(sender="eve@elsewhere.example", subject=altered),
        answer(sender="eve@elsewhere.example", to=altered_plus),
        answer(sender="eve@elsewhere.example", references="In-Reply-To: <question@acme.example>\n"),
    ]
    for n, message in enumerate(strangers):
        unique = message.replace("<answer@", f"<{n}@")
        assert receive_answer(inbox, unique) == (Outcome.UNPROCESSED, Reason.CASE_REFERENCE_UNVERIFIED)
    assert inbox.entries(case_id) == []


def test_unmatched(inbox: Inbox) -> None:
    """An answer without a reference, or with one to an unknown case, is unprocessed."""
    assert receive_answer(inbox, answer()) == (Outcome.UNPROCESSED, Reason.CASE_REFERENCE_MISSING)
    unknown = answer(subject="[#7K3F92QDX0]").replace("<answer@", "<2@")
    assert receive_answer(inbox, unknown) == (Outcome.UNPROCESSED, Reason.CASE_NOT_FOUND)
    signed = answer(subject=case_reference("7K3F92QDX0", KEYS)).replace("<answer@", "<3@")
    assert receive_answer(inbox, signed) == (Outcome.UNPROCESSED, Reason.CASE_NOT_FOUND)
    # It answers an unprocessed email.
    to_unprocessed = answer(references="In-Reply-To: <answer@elsewhere.example>\n").replace("ID: <answer@", "ID: <4@")
    assert receive_answer(inbox, to_unprocessed) == (Outcome.UNPROCESSED, Reason.CASE_REFERENCE_MISSING)
    assert inbox.unprocessed(inbox.receive(answer(), "ad_hoc").record_id).mailbox == "answers@acme.example"


def test_closed_case(inbox: Inbox, case_id: str) -> None:
    """The parameter decides whether a closed case accepts answers."""
    close(case_id)
    subject = case_reference(case_id, KEYS)
    assert receive_answer(inbox, answer(subject=subject)) == (Outcome.ENTRY, case_id)
    inbox.intake = inbox.with_settings(accept_emails_for_closed_cases="false")
    again = answer(subject=subject).replace("<answer@", "<2@")
    assert receive_answer(inbox, again) == (Outcome.UNPROCESSED, Reason.CASE_CLOSED)


def test_out_of_office(inbox: Inbox, case_id: str, sent_email_id: str) -> None:
    """An out-of-office note becomes an entry, with a flag."""
    headers = f"Auto-Submitted: auto-replied\n{by_references()}"
    note = answer(subject="Automatic reply: Your question", references=headers)
    assert receive_answer(inbox, note, sender="") == (Outcome.ENTRY, case_id)
    entry = inbox.entries(case_id)[1]
    assert (entry.email.kind, entry.email.in_reply_to) == (EntryKind.AUTOMATIC_REPLY, sent_email_id)


# The reporting server writes the address in another case.
REPORT = BOUNCE.replace("rfc822; bob@", "rfc822; Bob@")


def test_bounce(inbox: Inbox, case_id: str, sent_email_id: str) -> None:
    """A bounce updates the delivery states, and becomes a delivery report of the case."""
    for _ in range(2):
        result = inbox.receive(REPORT % SENT_ID, "ad_hoc", at=ANSWERED_AT, sender="")
    assert (result.outcome, result.case_id) == (Outcome.DUPLICATE, case_id)
    sent, report = inbox.entries(case_id)
    assert sent.email.recipients == (
        Recipient(
            "bob@elsewhere.example",
            "Bob",
            RecipientRole.TO,
            RecipientState.BOUNCED,
            "5.1.1, 550 no such user",
            ANSWERED_AT,
        ),
        Recipient("ann@elsewhere.example", "Ann", RecipientRole.TO, RecipientState.SENT),
    )
    assert (sent.version, report.email.kind, report.email.in_reply_to, report.email.from_) == (
        2,
        EntryKind.DELIVERY_REPORT,
        sent_email_id,
        Address("", "MAILER-DAEMON@elsewhere.example"),
    )


@pytest.mark.usefixtures("sent_email_id")
def test_bounce_about_others(inbox: Inbox, case_id: str) -> None:
    """Reports about an address that the email was not sent to, and about nobody, are kept on the entry."""
    sent_to = inbox.entries(case_id)[0].email.recipients
    for message in (REPORT.replace("Bob@elsewhere", "bob@private"), REPORT.replace("Final-Recipient:", "X-Recipient:")):
        unique = message.replace("<bounce@", f"<{len(message)}@")
        assert receive_answer(inbox, unique % SENT_ID, sender="") == (Outcome.DELIVERY_REPORT, case_id)
    sent = inbox.entries(case_id)[0].email
    assert sent.recipients == (
        *sent_to,
        Recipient(
            "bob@private.example",
            "",
            RecipientRole.FORWARDED,
            RecipientState.BOUNCED,
            "5.1.1, 550 no such user",
            ANSWERED_AT,
        ),
        Recipient("", NO_ADDRESS, RecipientRole.FORWARDED, RecipientState.BOUNCED, None, ANSWERED_AT),
    )
    assert [row["role"] for row in entry_json(sent)["recipients"]] == ["to", "to", "forwarded", "forwarded"]


@pytest.mark.usefixtures("sent_email_id")
def test_hostile_bounce(inbox: Inbox, case_id: str) -> None:
    """A report with a thousand addresses does not fill the item that each delivery event changes."""
    groups = "\n".join(
        f"Final-Recipient: rfc822; {n}{'x' * 500}@elsewhere.example\nDiagnostic-Code: smtp; 550 {'no ' * 999}\n"
        for n in range(1_000)
    )
    bounce = REPORT % SENT_ID
    receive_answer(inbox, bounce.replace("Final-Recipient:", f"{groups}\nFinal-Recipient:"), sender="")
    sent = inbox.entries(case_id)[0]
    assert [row.role.value for row in sent.email.recipients] == ["to", "to"] + ["forwarded"] * 6
    assert sent.email.recipients[-1].name == FURTHER_ADDRESSES
    assert row_bytes(EntryRow.get(*keys.entry(case_id, sent.email.email_id))) < 5_000


def test_bounce_of_moved_email(inbox: Inbox, case_id: str, sent_email_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report on an email that is moved to another case while the report is processed reaches it there."""
    (sent,) = inbox.entries(case_id)
    other = Entry("7K3F92QDX0", sent.email)
    write_attachments = OutcomeWriter._write_attachments

    def move(*arguments: Any) -> None:
        write_attachments(*arguments)
        entry_row(other, None, "x", inbox.mail).save()
        sent_row(SENT_ID, other.case_id, sent_email_id).save()
        EntryRow.get(*keys.entry(case_id, sent_email_id)).delete()

    monkeypatch.setattr(OutcomeWriter, "_write_attachments", move)
    assert receive_answer(inbox, REPORT % SENT_ID, sender="") == (Outcome.DELIVERY_REPORT, case_id)
    moved = OutboundStore(inbox.mail).change(other.case_id, sent_email_id, lambda email: email, datetime.now(UTC))
    assert moved is not None
    assert [row.state.value for row in moved.email.recipients] == ["bounced", "sent"]


@pytest.mark.usefixtures("sent_email_id")
def test_bounce_on_last_attempt(inbox: Inbox, case_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last attempt changes the delivery states, too, if an earlier one had only decided where the report goes."""
    key = inbox.put(REPORT % SENT_ID, "ad_hoc", at=ANSWERED_AT, sender="")
    with monkeypatch.context() as patched:
        patched.setattr(OutboundStore, "change", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            inbox.intake.process(key)
    for _ in range(2):
        recorded = inbox.intake.record_failure(key, RuntimeError())
    assert recorded is not None
    assert (recorded.outcome, recorded.case_id) == (Outcome.DUPLICATE, case_id)
    sent, report = inbox.entries(case_id)
    assert [row.state.value for row in sent.email.recipients] == ["bounced", "sent"]
    assert report.email.kind is EntryKind.DELIVERY_REPORT


def test_bounced_acknowledgement(inbox: Inbox, case_id: str) -> None:
    """A bounce of an acknowledgement becomes a delivery report of the case."""
    sent_row("0107018f-acknowledgement", case_id, None).save()
    bounce = REPORT % "0107018f-acknowledgement@eu-central-1.amazonses.com"
    assert receive_answer(inbox, bounce, sender="") == (Outcome.DELIVERY_REPORT, case_id)
    assert [entry.email.kind for entry in inbox.entries(case_id)] == [EntryKind.DELIVERY_REPORT]


def test_foreign_bounce(inbox: Inbox) -> None:
    """A bounce of somebody else's email is unmatched."""
    assert receive_answer(inbox, REPORT % "x@elsewhere.example", sender="") == (
        Outcome.UNPROCESSED,
        Reason.BOUNCE_UNMATCHED,
    )


def test_pointer_without_entry(inbox: Inbox, case_id: str) -> None:
    """If a pointer lacks its entry, the next delivery of the email writes the entry."""
    message = answer(subject=case_reference(case_id, KEYS))
    result = inbox.receive(message, "ad_hoc", at=ANSWERED_AT)
    (entry,) = inbox.entries(case_id)
    for row in EntryRow.query(f"CASE#{case_id}", EntryRow.sk.startswith("EMAIL#")):
        row.delete()
    again = inbox.receive(message, "ad_hoc", at=ANSWERED_AT + timedelta(minutes=5))
    assert (again.outcome, again.case_id, again.record_id) == (Outcome.ENTRY, case_id, result.record_id)
    (finished,) = inbox.entries(case_id)
    # The id and the original are those of the first delivery.
    at = finished.email.at
    assert finished == replace(entry, email=replace(entry.email, at=at))
    assert inbox.receive(message, "ad_hoc").outcome is Outcome.DUPLICATE


def test_concurrent_deliveries(inbox: Inbox, case_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answer five times at once is one entry."""
    watch(monkeypatch)
    key = inbox.put(answer(subject=case_reference(case_id, KEYS)), "ad_hoc")
    with ThreadPoolExecutor(5) as pool:
        results = [result for result in pool.map(lambda _: inbox.intake.process(key), range(5)) if result]
    # A worker that finds the pointer without its entry writes the entry.
    assert {result.outcome for result in results} <= {Outcome.ENTRY, Outcome.DUPLICATE}
    assert {result.case_id for result in results} == {case_id}
    assert len(inbox.entries(case_id)) == 1


def test_pointer_wins(inbox: Inbox, case_id: str) -> None:
    """A pointer decides where the email goes, even if the rules would now decide otherwise."""
    key = inbox.put(answer(subject=case_reference(case_id, KEYS)), "ad_hoc", at=ANSWERED_AT)
    result = inbox.intake.process(key)
    assert result is not None
    assert inbox.pointer(result.record_id) == Pointer(
        id=result.record_id,
        outcome=Outcome.ENTRY,
        case_id=case_id,
        email_id=inbox.entries(case_id)[0].email.email_id,
        raw_key=key,
        matched_by=MatchedBy(MatchMethod.CASE_REFERENCE, MatchStrength.SIGNED),
    )
    for row in EntryRow.query(f"CASE#{case_id}", EntryRow.sk.startswith("EMAIL#")):
        row.delete()
    close(case_id)
    inbox.intake = inbox.with_settings(accept_emails_for_closed_cases="false")
    again = inbox.intake.process(key)
    assert again is not None
    assert again.outcome is Outcome.ENTRY
    assert len(inbox.entries(case_id)) == 1
    assert sum(1 for _ in PointerRow.query(f"CASE#{result.record_id}")) == 1


def test_many_references(inbox: Inbox, case_id: str, sent_email_id: str) -> None:
    """Of very many references, the first and the last are looked up."""
    others = [f"<{n}@elsewhere.example>" for n in range(300)]
    for place in (0, 300):
        ids = "\n ".join([*others[:place], f"<{SENT_ID}>", *others[place:]])
        message = answer(references=f"References: {ids}\n").replace("<answer@", f"<answer{place}@")
        assert receive_answer(inbox, message) == (Outcome.ENTRY, case_id)
    assert inbox.entries(case_id)[1].email.in_reply_to == sent_email_id

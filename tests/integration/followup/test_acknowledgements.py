"""Acknowledgements are in the history of their cases, with their delivery states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.entry_rows import EntryRow
from email_channels.aws.rows.outbound_rows import SentRow
from email_channels.aws.rows.table import read_row
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.cases.case import Case
from email_channels.cases.history import Direction, Entry, EntryKind
from email_channels.cases.identity import sent_message_id_key
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.references import SigningKeys
from email_channels.errors import Fault, SendOutcomeUnknown, SendRefused
from email_channels.followup.case_followup import CaseFollowUp
from email_channels.outbound.stuck_sends import CONFIRMATION_TIMEOUT, NO_CONFIRMATION_OF_OURS, close_stuck_sends

from tests.support.in_process.notify_settings import SETTINGS
from tests.support.in_process.ses_stand_in import SesStandIn
from tests.support.in_process.stored_emails import RECEIVED, record_case

NOW = RECEIVED + timedelta(minutes=1)


@pytest.fixture
def ses() -> SesStandIn:
    return SesStandIn()


def follow(mail: MailBucket, ses: SesStandIn, case: Case, most: int = 1000) -> None:
    settings = replace(SETTINGS, max_automatic_emails_per_hour=most)
    store = FollowUpStore(mail)
    follow_up = CaseFollowUp(
        settings, store, mail, ses, lambda: SigningKeys("key"), lambda: NOW, "https://api", "eu-west-1"
    )
    follow_up.follow(case.case_id, None)


def entry_row(case: Case) -> EntryRow | None:
    rows = list(EntryRow.query(f"CASE#{case.case_id}", EntryRow.sk.startswith("EMAIL#")))
    assert len(rows) <= 1
    return rows[0] if rows else None


def entry_of(case: Case) -> Entry:
    row = entry_row(case)
    assert row is not None
    entry = OutboundStore().entry(case.case_id, keys.email_id_of(row.sk))
    assert entry is not None
    return entry


def states(case: Case) -> list[RecipientState]:
    return [row.state for row in entry_of(case).email.recipients]


def read(mail: MailBucket, case: Case) -> Case:
    found = FollowUpStore(mail).new_case(case.case_id)
    assert found is not None
    return found.case


def test_entry(mail: MailBucket, ses: SesStandIn) -> None:
    case = record_case(mail, 1, acknowledge=True)
    for _ in range(2):
        follow(mail, ses, case)
    (sent,) = ses.of("acknowledgement")
    email = OutboundStore(mail).entry(case.case_id, sent.tags["email"])
    assert email is not None
    found = email.email
    assert case.email is not None
    assert (found.direction, found.kind, found.author) == (Direction.OUTBOUND, EntryKind.ACKNOWLEDGEMENT, None)
    assert found.message_id == "ses-2@eu-west-1.amazonses.com"
    assert found.subject == sent.message["Subject"]
    assert found.in_reply_to == case.email.email_id
    assert [one.address for one in found.reply_to] == ([sent.message["Reply-To"]] if sent.message["Reply-To"] else [])
    assert found.email_id > case.email.email_id
    assert found.recipients == (
        Recipient("jo@elsewhere.example", "", RecipientRole.TO, RecipientState.SENT, None, NOW),
    )
    assert found.content is not None
    body = sent.message.get_body(("plain",))
    assert body is not None
    assert (found.content.text or "").split() == body.get_content().split()
    assert found.content.html
    assert found.raw_key is not None
    assert mail.read(found.raw_key) == sent.raw
    assert found.size == len(sent.raw)
    row = read_row(keys.sent(sent_message_id_key("ses-2")), SentRow)
    assert row is not None
    assert (row.case_id, row.email_id) == (case.case_id, found.email_id)


def test_case_is_not_touched(mail: MailBucket, ses: SesStandIn) -> None:
    """It counts as an entry, and as nothing else: the case is not newer, not read, and waits on whom it waited."""
    case = record_case(mail, 1, acknowledge=True)
    before = read(mail, case)
    follow(mail, ses, case)
    after = read(mail, case)
    assert (after.emails, after.size) == (before.emails + 1, before.size + entry_of(case).email.size)
    same = {"emails": before.emails, "size": before.size, "alerted_at": None, "acknowledged_at": None}
    assert replace(after, **same) == before  # type: ignore[arg-type]


def test_not_sent(mail: MailBucket, ses: SesStandIn) -> None:
    """What is not sent, because there were too many or the address gets none, is not in the history."""
    follow(mail, ses, record_case(mail, 2, acknowledge=True), most=1)
    too_many = record_case(mail, 1, acknowledge=True)
    follow(mail, ses, too_many, most=1)
    assert entry_row(too_many) is None
    assert read(mail, too_many).flags == ("not_acknowledged",)


def test_refused(mail: MailBucket, ses: SesStandIn) -> None:
    case = record_case(mail, 1, acknowledge=True, alerted_at=NOW)
    ses.faults = [SendRefused("MessageRejected", "Address is not verified")]
    follow(mail, ses, case)
    (recipient,) = entry_of(case).email.recipients
    assert recipient.state is RecipientState.FAILED
    assert recipient.detail == "Amazon SES refused the email: Address is not verified"
    row = entry_row(case)
    assert row is not None
    assert not row.gsi2pk
    follow(mail, ses, case)
    assert ses.sent == []


def test_throttled(mail: MailBucket, ses: SesStandIn) -> None:
    """It is sent later, and is one entry."""
    case = record_case(mail, 1, acknowledge=True, alerted_at=NOW)
    ses.faults = [SendRefused("Throttling", "slow", throttled=True)]
    with pytest.raises(SendRefused):
        follow(mail, ses, case)
    assert states(case) == [RecipientState.QUEUED]
    follow(mail, ses, case)
    assert states(case) == [RecipientState.SENT]
    assert read(mail, case).emails == 2


def test_unknown_outcome(mail: MailBucket, ses: SesStandIn) -> None:
    """It is not sent again. After 15 minutes it is shown as failed; an event that comes later corrects that."""
    case = record_case(mail, 1, acknowledge=True, alerted_at=NOW)
    ses.faults = [SendOutcomeUnknown("no answer")]
    with pytest.raises(SendOutcomeUnknown):
        follow(mail, ses, case)
    follow(mail, ses, case)
    assert (ses.sent, states(case)) == ([], [RecipientState.QUEUED])
    assert close_stuck_sends(OutboundStore(mail), NOW + CONFIRMATION_TIMEOUT + timedelta(seconds=1)) == 1
    (recipient,) = entry_of(case).email.recipients
    assert (recipient.state, recipient.detail) == (RecipientState.FAILED, NO_CONFIRMATION_OF_OURS)


@pytest.mark.parametrize("name", ["prepare_acknowledgement", "claim_acknowledgement"])
@pytest.mark.parametrize("after", [False, True])
def test_crash(mail: MailBucket, ses: SesStandIn, monkeypatch: pytest.MonkeyPatch, name: str, after: bool) -> None:
    """A crash before the claim is repeated; one after it loses the acknowledgement, and never sends it twice."""
    case = record_case(mail, 1, acknowledge=True, alerted_at=NOW)
    real: Callable[..., Any] = getattr(FollowUpStore, name)

    def crash(*args: Any, **named: Any) -> None:
        if after:
            real(*args, **named)
        raise Fault("crashed")

    with monkeypatch.context() as patched:
        patched.setattr(FollowUpStore, name, crash)
        with pytest.raises(Fault):
            follow(mail, ses, case)
    follow(mail, ses, case)
    lost = after and name == "claim_acknowledgement"
    assert len(ses.sent) == (0 if lost else 1)
    assert states(case) == [RecipientState.QUEUED if lost else RecipientState.SENT]
    assert read(mail, case).emails == 2


def test_another_worker_is_faster(mail: MailBucket, ses: SesStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers with the same case: one sends, and the other does not reset the states."""
    case = record_case(mail, 1, acknowledge=True, alerted_at=NOW)
    real = FollowUpStore.prepare_acknowledgement

    def overtaken(self: FollowUpStore, *args: Any) -> Entry:
        monkeypatch.setattr(FollowUpStore, "prepare_acknowledgement", real)
        follow(mail, ses, case)
        return real(self, *args)

    monkeypatch.setattr(FollowUpStore, "prepare_acknowledgement", overtaken)
    follow(mail, ses, case)
    assert len(ses.sent) == 1
    assert states(case) == [RecipientState.SENT]
    assert read(mail, case).emails == 2

"""A person has an unprocessed email decided again. It keeps its id, and has one outcome."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from email_channels.aws import clients
from email_channels.aws.rows.table import Row
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow
from email_channels.aws.signing_keys import SigningKeyStore
from email_channels.aws.stores.assignment_store import AssignmentStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.aws.stores.replacement_store import ReplacementStore
from email_channels.aws.stores.unprocessed_store import UnprocessedStore
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.outcomes import EmailState, Outcome, RetryResult
from email_channels.cases.reasons import Reason
from email_channels.cases.recipients import RecipientState
from email_channels.cases.references import case_reference
from email_channels.cases.unprocessed import Hold, Unprocessed
from email_channels.errors import Conflict, NotFound, Unreadable
from email_channels.intake.deciding_again import DecidingAgain
from email_channels.intake.outcome_writing import IntakeResult
from email_channels.intake.retrying import Retry

from tests.support.acts import an_act
from tests.support.in_process.aws_calls import watch
from tests.support.in_process.inbound_emails import (
    EVE,
    FORMS,
    FROM_FORMS,
    MANUAL,
    ROUTING,
    SENT_ID,
    STRANGER,
    answer,
    record_sent_email,
)
from tests.support.in_process.inbox import KEYS, NOW, ZOE, Inbox, add_employees, close, configure
from tests.support.messages import BOUNCE, FORM, LONG
from tests.support.parameters import inbound_settings

LATER = NOW + timedelta(days=3)
HOLD = Hold("a claim", "ada", NOW)


class Retries:
    """Retries, and the follow-ups that they ask `reconcile` for."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.followed: list[tuple[str, str | None]] = []

    def with_settings(self, **settings: str) -> Retry:
        genuine = SigningKeyStore(clients.secrets_manager(), self.inbox.aws.tag_key_secret).genuine
        return Retry(
            DecidingAgain(
                inbound_settings(**settings),
                self.inbox.mail,
                genuine,
                follow_up=lambda *what: self.followed.append(what),
                now=lambda: LATER,
                seconds=20,
            )
        )

    def __call__(self, record_id: str, **settings: str) -> RetryResult:
        return self.with_settings(**settings).retry(record_id, an_act())


@pytest.fixture
def retry(inbox: Inbox) -> Retries:
    return Retries(inbox)


def notified(inbox: Inbox, record_id: str) -> Unprocessed:
    store = NotificationStore(inbox.mail)
    item = store.read(record_id)
    assert item is not None
    store.mark_notified(item, NOW, NOW + timedelta(days=30), "notification-1")
    return inbox.unprocessed(record_id)


def unprocessed(reason: Reason) -> EmailState:
    return EmailState(Outcome.UNPROCESSED, reason)


def test_case(inbox: Inbox, retry: Retries) -> None:
    """The sender is known now: the email becomes a case, with the same id and the same email id."""
    first = inbox.receive(MANUAL.replace("Zoe.Hartmann@ACME", "eve@elsewhere").replace("acme.example>", "x.example>"))
    old = inbox.unprocessed(first.record_id)
    assert old.reason is Reason.SENDER_NOT_FOUND
    add_employees(replace(EVE, emails=(old.email.from_.address,) if old.email.from_ else ()))
    case_state = EmailState(Outcome.CASE, case_id=first.record_id)
    assert retry(first.record_id) == RetryResult(unprocessed(Reason.SENDER_NOT_FOUND), case_state)
    case = inbox.case(first.record_id)
    assert case.email is not None
    assert (case.email.email_id, case.email.at, case.email.attachments) == (
        old.email.email_id,
        old.email.at,
        old.email.attachments,
    )
    assert (case.created_at, case.version, case.subject) == (LATER, old.version + 1, "Löhne")
    assert (case.flags, case.acknowledge) == ((), True)
    assert retry.followed == [(first.record_id, None)]
    assert retry(first.record_id) == RetryResult(case_state, case_state), "it is processed already"
    again = inbox.receive(MANUAL.replace("Zoe.Hartmann@ACME", "eve@elsewhere").replace("acme.example>", "x.example>"))
    assert again.outcome is Outcome.DUPLICATE
    assert inbox.records_by_kind()["case"] == 1


def test_form(inbox: Inbox, retry: Retries) -> None:
    """A form email from an unknown user id keeps all its values."""
    configure(FORMS, routing=ROUTING)
    text = FORM.replace("[543457]", "[999]")
    first = inbox.receive(text, **FROM_FORMS)
    assert first.reason is Reason.EMPLOYEE_NOT_FOUND
    add_employees(Employee("999", "New", (), "Germany"))
    assert retry(first.record_id).after.outcome is Outcome.CASE
    case = inbox.case(first.record_id)
    assert (case.topic, case.service_group, case.show_to_employee) == ("Employee Relations", "relations-de", True)
    assert case.regarding is not None
    assert (case.regarding.user_id, "[" in case.issue) == ("874112", False)


def test_mapping(inbox: Inbox, retry: Retries) -> None:
    """A user mapping says for which of two employees the sender stands."""
    add_employees(EVE, replace(EVE, user_id="2", name="Eve again"))
    first = inbox.receive(STRANGER)
    assert first.reason is Reason.SENDER_MISMATCH
    configure(mappings=[UserMapping("1", "payroll@acme.example", "eve@elsewhere.example", "2")])
    assert retry(first.record_id).after.outcome is Outcome.CASE
    employee = inbox.case(first.record_id).employee
    assert employee is not None
    assert employee.user_id == "2"


@pytest.fixture
def answered(inbox: Inbox) -> tuple[str, IntakeResult]:
    """A case, and an unprocessed answer to it that came while the channel was off."""
    question = STRANGER.replace("Eve <eve@elsewhere.example>", "zoe.hartmann@acme.example")
    case_id = str(inbox.receive(question).case_id)
    text = answer(subject=f"Re: Hello {case_reference(case_id, KEYS)}")
    result = inbox.with_settings(ad_hoc_enabled="false").process(inbox.put(text, "ad_hoc"))
    assert result is not None
    assert result.reason is Reason.CHANNEL_DISABLED
    return case_id, result


def test_entry(inbox: Inbox, retry: Retries, answered: tuple[str, IntakeResult]) -> None:
    """An answer becomes an entry, and its record a pointer, in one transaction."""
    case_id, first = answered
    old = inbox.unprocessed(first.record_id)
    state = EmailState(Outcome.ENTRY, case_id=case_id)
    assert retry(first.record_id) == RetryResult(unprocessed(Reason.CHANNEL_DISABLED), state)
    (entry,) = inbox.entries(case_id)
    assert (entry.email.email_id, entry.email.raw_key) == (old.email.email_id, old.email.raw_key)
    assert entry.email.matched_by is not None
    assert entry.email.matched_by.strength.value == "signed"
    pointer = inbox.pointer(first.record_id)
    assert (pointer.case_id, pointer.email_id, pointer.version) == (case_id, old.email.email_id, old.version + 1)
    assert retry.followed == [(case_id, old.email.email_id)]
    assert retry(first.record_id) == RetryResult(state, state)
    assert inbox.case(case_id).emails == 2, "the entry is counted"


def test_same_reason(inbox: Inbox, retry: Retries) -> None:
    """Nothing changed: nothing is written, and the notification stays."""
    first = inbox.receive(STRANGER)
    old = notified(inbox, first.record_id)
    state = unprocessed(Reason.SENDER_NOT_FOUND)
    assert retry(first.record_id) == RetryResult(state, state)
    assert inbox.unprocessed(first.record_id) == old
    assert retry.followed == []


def test_another_explanation(inbox: Inbox, retry: Retries) -> None:
    """With the same reason, the decision trace is new, and the notification stays."""
    configure(FORMS)
    first = inbox.receive(FORM, **FROM_FORMS | {"sender": "eve@elsewhere.example"})
    text = FORM.replace("hr@forms.example", "eve@elsewhere.example")
    first = inbox.receive(text, recipient="forms@in.acme-cases.example", signer="other.example")
    assert first.reason is Reason.SENDER_NOT_TRUSTED
    old = notified(inbox, first.record_id)
    configure(replace(FORMS, trusted_senders=("eve@elsewhere.example",)))
    state = unprocessed(Reason.SENDER_NOT_TRUSTED)
    assert retry(first.record_id) == RetryResult(state, state)
    new = inbox.unprocessed(first.record_id)
    assert (new.notified_at, new.purge_after, new.version) == (old.notified_at, old.purge_after, old.version + 1)
    assert new.notification_message_id == old.notification_message_id
    assert new.email.content is not None
    assert "listed as trusted" in new.email.content.trace[-1].detail
    assert [item.id for batch in PurgeStore().due(LATER + timedelta(days=30)) for item in batch] == [first.record_id]


@pytest.mark.parametrize("held", [None, HOLD])
def test_another_reason(inbox: Inbox, retry: Retries, held: Hold | None) -> None:
    """The notification is withdrawn, and a new one is due. A hold stays."""
    first = inbox.receive(STRANGER)
    notified(inbox, first.record_id)
    if held:
        UnprocessedStore(inbox.mail).hold(first.record_id, held, an_act())
    add_employees(replace(EVE, blocked=True))
    result = retry(first.record_id)
    assert result == RetryResult(unprocessed(Reason.SENDER_NOT_FOUND), unprocessed(Reason.SENDER_BLOCKED))
    item = inbox.unprocessed(first.record_id)
    assert (item.notified_at, item.purge_after, item.held) == (None, None, held)
    failed: list[Any] = []
    due = NotificationStore(inbox.mail).due
    assert list(due(LATER, lambda *what: failed.append(what))) == [], "the stream sends it"
    assert [one.id for one in due(LATER + timedelta(minutes=2), lambda *what: failed.append(what))] == [item.id]
    assert [row for batch in PurgeStore().due(LATER + timedelta(days=99)) for row in batch] == []
    assert retry(first.record_id) == RetryResult(unprocessed(Reason.SENDER_BLOCKED), unprocessed(Reason.SENDER_BLOCKED))
    add_employees(EVE)
    assert retry(first.record_id).after.outcome is Outcome.CASE


def test_no_second_copy(inbox: Inbox, retry: Retries) -> None:
    """The sender got a copy of the first notification, and gets none of the next."""
    first = inbox.receive(STRANGER)
    store = NotificationStore(inbox.mail)
    item = store.read(first.record_id)
    assert item is not None
    store.mark_notified(item, NOW, NOW + timedelta(days=30), "notification-1", copying=True)
    add_employees(replace(EVE, blocked=True))
    assert retry(first.record_id).after == unprocessed(Reason.SENDER_BLOCKED)
    after = inbox.unprocessed(first.record_id)
    assert (after.notified_at, after.copied_at) == (None, NOW)


def test_delivery_report(inbox: Inbox, retry: Retries) -> None:
    """A bounce that came before its email was known is merged into the delivery states."""
    first = inbox.receive(BOUNCE % SENT_ID, "ad_hoc", sender="")
    assert first.reason is Reason.BOUNCE_UNMATCHED
    add_employees(ZOE)
    case_id = str(inbox.receive(MANUAL).case_id)
    record_sent_email(inbox, case_id)
    assert retry(first.record_id).after == EmailState(Outcome.DELIVERY_REPORT, case_id=case_id)
    (sent,) = [one.email for one in inbox.entries(case_id) if one.email.message_id == SENT_ID]
    assert [row.state for row in sent.recipients] == [RecipientState.BOUNCED, RecipientState.SENT]


def test_no_limit(inbox: Inbox, retry: Retries) -> None:
    """The limit of cases in an hour does not apply, and what is retried does not count."""
    add_employees(EVE)
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="1")
    results = [inbox.receive(STRANGER.replace("<1@", f"<{n}@")) for n in range(3)]
    assert [result.reason for result in results] == [None, Reason.RATE_LIMITED, Reason.RATE_LIMITED]
    for result in results[1:]:
        assert retry(result.record_id, max_cases_per_sender_per_hour="1").after.outcome is Outcome.CASE


def test_closed_case(inbox: Inbox, retry: Retries, answered: tuple[str, IntakeResult]) -> None:
    """Every other rule applies."""
    case_id, first = answered
    close(case_id)
    result = retry(first.record_id, accept_emails_for_closed_cases="false")
    assert result.after == unprocessed(Reason.CASE_CLOSED)
    assert retry(first.record_id).after.outcome is Outcome.ENTRY


def test_not_there(inbox: Inbox, retry: Retries) -> None:
    """There is no such email, or the record is a case that a person made."""
    with pytest.raises(NotFound):
        retry("ZZZZZZZZZ0")


def test_original_gone(inbox: Inbox, retry: Retries) -> None:
    """Without its original, an email cannot be decided again. It stays as it is."""
    first = inbox.receive(STRANGER)
    item = inbox.unprocessed(first.record_id)
    inbox.mail.delete([str(item.email.raw_key)])
    add_employees(EVE)
    with pytest.raises(Conflict, match="original"):
        retry(first.record_id)
    assert inbox.unprocessed(first.record_id) == item


def test_being_purged(inbox: Inbox, retry: Retries) -> None:
    """An email that is being purged is not decided again."""
    first = inbox.receive(STRANGER)
    add_employees(EVE)
    row = next(UnprocessedRow.query(f"CASE#{first.record_id}", Row.sk == "CASE"))
    row.update(actions=[UnprocessedRow.purge_id.set("ABCDEFGHJK")])
    with pytest.raises(Conflict, match="purged"):
        retry(first.record_id)


def test_failed_email(inbox: Inbox, retry: Retries) -> None:
    """An email that could not be processed becomes a case with all its attachments."""
    key = inbox.put(MANUAL)
    failed = inbox.intake.record_failure(key, RuntimeError())
    assert failed is not None
    assert failed.reason is Reason.PROCESSING_FAILED
    assert inbox.objects("attachments/") == []
    result = retry(failed.record_id)
    assert result.after == EmailState(Outcome.CASE, case_id=failed.record_id)
    case = inbox.case(failed.record_id)
    assert case.email is not None
    assert [attachment.key for attachment in case.email.attachments] == inbox.objects("attachments/")


def test_still_unreadable(inbox: Inbox, retry: Retries, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email that still cannot be read stays as it is. One that could be read before is not made worse."""
    failed = inbox.intake.record_failure(inbox.put(MANUAL), RuntimeError())
    other = inbox.receive(STRANGER)
    assert failed is not None

    def unreadable(*_: object) -> None:
        raise Unreadable("RecursionError")

    monkeypatch.setattr("email_channels.intake.deciding_again.read_in_subprocess", unreadable)
    monkeypatch.setattr("email_channels.intake.deciding_again.read_within_limits", unreadable)
    state = unprocessed(Reason.PROCESSING_FAILED)
    assert retry(failed.record_id) == RetryResult(state, state)
    with pytest.raises(Conflict, match="unchanged"):
        retry(other.record_id)


def test_two_at_once(inbox: Inbox, retry: Retries, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several retries at the same time, one makes the case."""
    first = inbox.receive(STRANGER + LONG)
    add_employees(EVE)
    use_case = retry.with_settings()
    watch(monkeypatch)  # moto makes one call at a time then
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: use_case.retry(first.record_id, an_act()), range(4)))
    assert {result.after for result in results} == {EmailState(Outcome.CASE, case_id=first.record_id)}
    assert inbox.records_by_kind()["case"] == 1
    assert inbox.case(first.record_id).version == 2


def _hold(inbox: Inbox, record_id: str) -> None:
    UnprocessedStore(inbox.mail).hold(record_id, HOLD, an_act())


def _assign(inbox: Inbox, record_id: str) -> None:
    question = STRANGER.replace("Eve <eve@elsewhere.example>", "zoe.hartmann@acme.example").replace("<1@", "<9@")
    AssignmentStore(inbox.mail).add_to_case(record_id, str(inbox.receive(question).case_id), an_act())


def _notify(inbox: Inbox, record_id: str) -> None:
    notified(inbox, record_id)


def _purge(inbox: Inbox, record_id: str) -> None:
    store = PurgeStore()
    marked = store.mark([notified(inbox, record_id)], LATER)
    inbox.mail.delete([str(item.email.raw_key) for item in marked])
    store.delete(marked)


def test_hold_in_between(inbox: Inbox, retry: Retries, monkeypatch: pytest.MonkeyPatch) -> None:
    """An email that is put on hold while it is decided again stays on hold if it stays unprocessed."""
    first = inbox.receive(STRANGER)
    add_employees(replace(EVE, blocked=True))
    stay = ReplacementStore.stay_unprocessed

    def crossed(self: ReplacementStore, *arguments: Any) -> Unprocessed:
        monkeypatch.setattr(ReplacementStore, "stay_unprocessed", stay)
        _hold(inbox, first.record_id)
        return stay(self, *arguments)

    monkeypatch.setattr(ReplacementStore, "stay_unprocessed", crossed)
    assert retry(first.record_id).after == unprocessed(Reason.SENDER_BLOCKED)
    assert inbox.unprocessed(first.record_id).held == HOLD


@pytest.mark.parametrize(
    ("what", "outcome"), [(_hold, Outcome.CASE), (_assign, Outcome.ENTRY), (_notify, Outcome.CASE), (_purge, None)]
)
def test_change_in_between(
    inbox: Inbox,
    retry: Retries,
    monkeypatch: pytest.MonkeyPatch,
    what: Callable[[Inbox, str], None],
    outcome: Outcome | None,
) -> None:
    """Somebody changes the email after the retry has read it. It has one outcome, and nothing is left over."""
    first = inbox.receive(STRANGER + LONG)
    add_employees(EVE)
    make_case = AssignmentStore.make_case

    def crossed(self: AssignmentStore, *arguments: Any) -> None:
        monkeypatch.setattr(AssignmentStore, "make_case", make_case)
        what(inbox, first.record_id)
        make_case(self, *arguments)

    monkeypatch.setattr(AssignmentStore, "make_case", crossed)
    if outcome is None:
        with pytest.raises(NotFound):
            retry(first.record_id)
        assert inbox.objects("") == []
        return
    assert retry(first.record_id).after.outcome is outcome
    assert "unprocessed" not in inbox.records_by_kind()

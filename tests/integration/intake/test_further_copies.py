"""A further copy of an unprocessed email is decided again. If it becomes a case or an entry, it replaces the record."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows.table import Row
from email_channels.aws.rows.unprocessed_rows import UnprocessedRow
from email_channels.aws.stores.rate_store import RateStore
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.references import case_reference
from email_channels.errors import Fault

from tests.support.in_process.aws_calls import Killed, watch
from tests.support.in_process.inbound_emails import EVE, FORMS, FROM_FORMS, ROUTING, STRANGER, answer
from tests.support.in_process.inbox import KEYS, Inbox, add_employees, configure
from tests.support.messages import FORM


def tags(inbox: Inbox) -> dict[str, str]:
    """The tags of retention of all originals that have one."""
    s3 = boto3.client("s3")
    found = {}
    for key in inbox.objects("raw/"):
        for tag in s3.get_object_tagging(Bucket=inbox.aws.bucket_name, Key=key)["TagSet"]:
            found[key] = tag["Value"]
    return found


def test_forged_copy_first(inbox: Inbox) -> None:
    """A copy without a signature comes first. The genuine email still makes its case, and the forged copy goes."""
    configure(FORMS, routing=ROUTING)
    forged = inbox.receive(FORM, **(FROM_FORMS | {"signer": "elsewhere.example"}))
    assert (forged.outcome, forged.reason) == (Outcome.UNPROCESSED, Reason.SENDER_NOT_TRUSTED)
    genuine = inbox.receive(FORM, **FROM_FORMS)
    assert (genuine.outcome, genuine.case_id) == (Outcome.CASE, forged.record_id)
    case = inbox.case(genuine.case_id)
    assert case.email is not None
    first, second = inbox.objects("raw/")
    assert (case.email.raw_key, case.flags, case.version) == (second, (), 2)
    assert tags(inbox) == {first: "duplicate"}
    # A third copy, forged or not, changes nothing.
    for envelope in (FROM_FORMS, FROM_FORMS | {"signer": "elsewhere.example"}):
        third = inbox.receive(FORM, **envelope)
        assert (third.outcome, third.case_id) == (Outcome.DUPLICATE, forged.record_id)
    assert inbox.case(genuine.case_id) == case
    assert list(tags(inbox)) == [key for key in inbox.objects("raw/") if key != second]


def test_killed_before_the_tag(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy replaced the record, and its worker died before it tagged the replaced original: the next one does."""
    configure(FORMS, routing=ROUTING)
    inbox.receive(FORM, **(FROM_FORMS | {"signer": "elsewhere.example"}))
    key = inbox.put(FORM, **FROM_FORMS)
    with monkeypatch.context() as patched:
        patched.setattr(MailBucket, "mark_duplicate", _killed)
        with pytest.raises(Killed):
            inbox.intake.process(key)
    assert tags(inbox) == {}
    again = inbox.intake.process(key)
    assert again is not None
    assert again.outcome is Outcome.DUPLICATE
    first, *_ = inbox.objects("raw/")
    assert tags(inbox) == {first: "duplicate"}


def _killed(*_: object) -> None:
    raise Killed


def test_sent_again_after_the_mistake_was_mended(inbox: Inbox) -> None:
    """The sender is added to the directory, and sends the same email again."""
    first = inbox.receive(STRANGER, sender="eve@elsewhere.example", signer="elsewhere.example")
    assert first.reason is Reason.SENDER_NOT_FOUND
    again = inbox.receive(STRANGER, sender="eve@elsewhere.example", signer="elsewhere.example")
    assert again.outcome is Outcome.DUPLICATE, "nothing was mended"
    add_employees(EVE)
    mended = inbox.receive(STRANGER, sender="eve@elsewhere.example", signer="elsewhere.example")
    assert (mended.outcome, mended.case_id) == (Outcome.CASE, first.record_id)
    assert inbox.records_by_kind()["case"] == 1
    assert "unprocessed" not in inbox.records_by_kind()


def test_same_object_again(inbox: Inbox) -> None:
    """A queue that delivers the same object again decides nothing: only a person or another copy does."""
    key = inbox.put(STRANGER)
    assert inbox.intake.process(key) is not None
    add_employees(EVE)
    again = inbox.intake.process(key)
    assert again is not None
    assert again.outcome is Outcome.DUPLICATE
    assert inbox.unprocessed(again.record_id).reason is Reason.SENDER_NOT_FOUND


def test_answer(inbox: Inbox) -> None:
    """A copy may also become an entry of a case."""
    question = STRANGER.replace("Eve <eve@elsewhere.example>", "zoe.hartmann@acme.example")
    case_id = str(inbox.receive(question).case_id)
    text = answer(subject=f"Re: Hello {case_reference(case_id, KEYS)}")
    disabled = inbox.with_settings(ad_hoc_enabled="false")
    key = inbox.put(text, "ad_hoc")
    first = disabled.process(key)
    assert first is not None
    assert first.reason is Reason.CHANNEL_DISABLED
    second = inbox.receive(text, "ad_hoc")
    assert (second.outcome, second.case_id, second.record_id) == (Outcome.ENTRY, case_id, first.record_id)
    assert [entry.email.raw_key for entry in inbox.entries(case_id)] == [inbox.objects("raw/ad_hoc/")[1]]
    assert tags(inbox) == {key: "duplicate"}


def test_rate_limit(inbox: Inbox) -> None:
    """A copy beyond the limit leaves the record as it is."""
    first = inbox.receive(STRANGER)
    add_employees(EVE)
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="1")
    other = STRANGER.replace("<1@", "<2@")
    assert inbox.receive(other).outcome is Outcome.CASE
    assert inbox.receive(STRANGER).outcome is Outcome.DUPLICATE
    assert inbox.unprocessed(first.record_id).reason is Reason.SENDER_NOT_FOUND


def begin_purge(record_id: str) -> UnprocessedRow:
    """Marks an unprocessed email as being purged. Returns its item."""
    row = next(UnprocessedRow.query(f"CASE#{record_id}", Row.sk == "CASE"))
    row.update(actions=[UnprocessedRow.purge_id.set("ABCDEFGHJK")])
    return row


def test_full_meanwhile(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other workers reach the limit after the copy was decided: it is a duplicate, and the record stays."""
    first = inbox.receive(STRANGER, sender="eve@elsewhere.example", signer="elsewhere.example")
    add_employees(EVE)
    monkeypatch.setattr(RateStore, "count", lambda *_: False)
    copy = inbox.receive(STRANGER, sender="eve@elsewhere.example", signer="elsewhere.example")
    assert (copy.outcome, copy.record_id) == (Outcome.DUPLICATE, first.record_id)
    assert inbox.records_by_kind()["unprocessed"] == 1


@pytest.mark.parametrize("mended", [True, False], ids=["becomes a case", "becomes none"])
def test_being_purged(inbox: Inbox, mended: bool) -> None:
    """While the record is being purged, a copy waits. After that, it is an email of its own."""
    first = inbox.receive(STRANGER)
    row = begin_purge(first.record_id)
    if mended:
        add_employees(EVE)
    with pytest.raises(Fault, match="being purged"):
        inbox.receive(STRANGER)
    assert tags(inbox) == {}
    row.delete()
    assert inbox.receive(STRANGER).outcome is (Outcome.CASE if mended else Outcome.UNPROCESSED)


def test_failing_while_purged(inbox: Inbox) -> None:
    """A copy that keeps failing waits, too: as a duplicate it would be deleted, and nobody would hear of it."""
    first = inbox.receive(STRANGER)
    row = begin_purge(first.record_id)
    copy = inbox.put(STRANGER)
    with pytest.raises(Fault, match="being purged"):
        inbox.intake.record_failure(copy, RuntimeError())
    assert tags(inbox) == {}
    row.delete()
    recorded = inbox.intake.record_failure(copy, RuntimeError())
    assert recorded is not None
    assert (recorded.outcome, recorded.reason) == (Outcome.UNPROCESSED, Reason.PROCESSING_FAILED)


def test_same_object_while_purged(inbox: Inbox) -> None:
    """A late repeat of the notification about the purged original itself is no further copy."""
    key = inbox.put(STRANGER)
    first = inbox.intake.process(key)
    assert first is not None
    begin_purge(first.record_id)
    for again in (inbox.intake.process(key), inbox.intake.record_failure(key, RuntimeError())):
        assert again is not None
        assert again.outcome is Outcome.DUPLICATE


def test_several_at_once(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several copies at the same time, one replaces the record."""
    first = inbox.receive(STRANGER)
    add_employees(EVE)
    keys = [inbox.put(STRANGER) for _ in range(4)]
    watch(monkeypatch)  # moto makes one call at a time then
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(inbox.intake.process, keys))
    assert sorted(str(result and result.outcome) for result in results) == ["case"] + ["duplicate"] * 3
    case = inbox.case(first.record_id)
    assert case.email is not None
    assert set(tags(inbox)) == set(inbox.objects("raw/")) - {case.email.raw_key}


def test_slots_of_the_rate_limit(inbox: Inbox) -> None:
    """Forged emails do not use up the limit of a sender who signs."""
    inbox.intake = inbox.with_settings(max_cases_per_sender_per_hour="2")
    question = STRANGER.replace("Eve <eve@elsewhere.example>", "zoe.hartmann@acme.example")
    forged = [inbox.receive(question.replace("<1@", f"<{n}@"), signer="elsewhere.example") for n in range(3)]
    assert [result.reason for result in forged] == [None, None, Reason.RATE_LIMITED]
    genuine = [inbox.receive(question.replace("<1@", f"<{n}@")) for n in range(10, 13)]
    assert [result.reason for result in genuine] == [None, None, Reason.RATE_LIMITED]

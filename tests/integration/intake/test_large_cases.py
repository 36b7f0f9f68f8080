"""Cases of long emails and many people stay small, can be changed, and are full at some time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import MAX_OWN_PARTICIPANTS, CaseRow
from email_channels.aws.rows.entry_rows import EntryRow
from email_channels.aws.rows.table import Row, read_row
from email_channels.aws.stores.case_store import CaseChange, CaseStore
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.cases import case as cases
from email_channels.cases.case import CaseStatus
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.references import case_reference
from email_channels.followup.case_followup import CaseFollowUp
from email_channels.intake.outcome_writing import IntakeResult

from local.judging.dynamodb_limits import item_size
from tests.support.acts import an_act
from tests.support.in_process.aws import Aws
from tests.support.in_process.aws_calls import Killed, watch
from tests.support.in_process.inbox import KEYS, ZOE, Inbox, add_employees, restore, snapshot
from tests.support.in_process.notify_settings import SETTINGS
from tests.support.in_process.ses_stand_in import SesStandIn
from tests.support.originals import RECEIVED_AT

COPIES = [f"a.rather.long.name.{n}@{'department.' * 12}acme.example" for n in range(60)]
# Random text, which cannot be compressed much.
LONG = "".join(f"{n * 2654435761 % 4294967291:x} " for n in range(20_000))
FIRST = """
From: Zoe Hartmann <zoe.hartmann@acme.example>
To: payroll@acme.example
Cc: %s
Subject: %s
Message-ID: <first@acme.example>
Date: Mon, 23 Nov 2026 19:43:00 +0100

%s
"""
ANSWER = """
From: %s
To: answers@acme.example
Subject: %s
Message-ID: <%s@elsewhere.example>
Date: Mon, 23 Nov 2026 20:43:00 +0100

It was in May.
"""
HUGE = {
    "many people": FIRST % (", ".join(COPIES), "Leave", "?"),
    "a long text": FIRST % ("bob@acme.example", "Leave", LONG),
    "a text that compresses well": FIRST % ("bob@acme.example", "Leave", "a" * 3_000_000),
    "a long subject": FIRST % ("bob@acme.example", "Urlaub äöü " * 300, "?"),
    "many files": FIRST % ("bob@acme.example\nContent-Type: multipart/mixed; boundary=b", "Leave", "--b\n\n?\n")
    + "".join(f"--b\nContent-Disposition: attachment; filename={'long' * 40}-{n}.txt\n\n{n}\n" for n in range(150)),
    "all of it": FIRST % (", ".join(COPIES), "Urlaub äöü " * 300, LONG),
}


@pytest.fixture
def inbox(aws: Aws) -> Inbox:
    add_employees(ZOE)
    return Inbox(aws)


def items(aws: Aws, case_id: str) -> Iterator[dict[str, Any]]:
    table = boto3.client("dynamodb").scan(TableName=aws.table_name)
    return (item for item in table["Items"] if item["pk"]["S"] == f"CASE#{case_id}")


def reply(inbox: Inbox, case_id: str, n: int, sender: str = "zoe.hartmann@acme.example") -> IntakeResult:
    """The n-th answer to the case, by its case reference."""
    subject = f"Re: Leave {case_reference(case_id, KEYS)}"
    return inbox.receive(ANSWER % (sender, subject, n), "ad_hoc", sender=sender)


def followed(inbox: Inbox, now: Callable[[], datetime] = lambda: RECEIVED_AT) -> CaseFollowUp:
    return CaseFollowUp(
        SETTINGS,
        FollowUpStore(inbox.mail),
        inbox.mail,
        SesStandIn(),
        lambda: KEYS,
        now,
        "https://api",
        "eu-west-1",
    )


def email_id_of(inbox: Inbox, case_id: str, result: IntakeResult) -> str:
    pk, _ = keys.record(case_id)
    found = [row.sk for row in EntryRow.query(pk) if row.sk.endswith(result.record_id)]
    return keys.email_id_of(found[0])


@pytest.mark.parametrize("message", HUGE.values(), ids=HUGE)
def test_changes_cost_two_units(inbox: Inbox, aws: Aws, message: str) -> None:
    """Whatever the first email is, the item that changes stays below 2 KB, and can be changed for ever."""
    case_id = str(inbox.receive(message).case_id)
    follow_up, store = followed(inbox), CaseStore(inbox.mail, RoutingStore())
    follow_up.follow(case_id, None)
    for n in range(30):
        sender = f"{n}.{'x' * 50}@{'department.' * 12}elsewhere.example"
        result = reply(inbox, case_id, n, sender)
        assert follow_up.follow(case_id, email_id_of(inbox, case_id, result))
    case, _ = store.get(case_id)
    assert case is not None
    changed = store.change(case, CaseChange(status=CaseStatus.CLOSED, topic="Payroll"), RECEIVED_AT, an_act())
    assert changed.status is CaseStatus.CLOSED
    assert case.email is not None
    assert case.emails == 32, "the first, its acknowledgement, and 30 replies"
    sizes = {item["sk"]["S"]: item_size(item) for item in items(aws, case_id)}
    assert sizes["CASE"] <= 2048
    # Nothing else is changed when the case changes; and all of it is far from 400 KB.
    assert max(sizes.values()) < 120_000


def test_everybody_takes_part(inbox: Inbox) -> None:
    """Each of 60 people in Cc may write to the case, and a stranger may not."""
    case_id = str(inbox.receive(HUGE["many people"]).case_id)
    row = read_row(keys.record(case_id), CaseRow)
    assert row is not None
    assert (len(row.participants), row.more_participants) == (MAX_OWN_PARTICIPANTS, True)
    for n, address in enumerate([*COPIES, "stranger@elsewhere.example"]):
        result = inbox.receive(ANSWER % (address, f"Leave #{case_id}", n), "ad_hoc", sender=address)
        assert result.outcome is (Outcome.ENTRY if address in COPIES else Outcome.UNPROCESSED), address


def kind_of(row: Row) -> str:
    return str(Row.kind._class_map[type(row)])


@pytest.mark.parametrize("ending", [Outcome.UNPROCESSED, Outcome.ENTRY])
def test_another_ending_after_a_crash(inbox: Inbox, monkeypatch: pytest.MonkeyPatch, ending: Outcome) -> None:
    """Nothing stays of a case with details and many participants that an email did not become after all."""
    kept = str(inbox.receive(FIRST.replace("<first@", "<kept@") % ("bob@acme.example", "Leave", "?")).case_id)
    message = FIRST % (", ".join(COPIES), f"Leave {case_reference(kept, KEYS)}", "Why? " + LONG[:2000])
    key = inbox.put(message)
    calls = watch(monkeypatch)
    creating = inbox.with_settings(ad_hoc_enabled="false")
    baseline = snapshot()
    calls.begin()
    result = creating.process(key)
    count = len(calls.made)
    assert result is not None
    record_id = result.record_id
    assert {*map(kind_of, Row.query(f"CASE#{record_id}"))} == {"case", "details", "participants"}
    for number in range(count):
        restore(inbox, baseline)
        calls.begin(kill=(number, "before"))
        with pytest.raises(Killed):
            inbox.with_settings(ad_hoc_enabled="false").process(key)
        calls.begin()
        other = {"case_creation_enabled": "false"} if ending is Outcome.UNPROCESSED else {}
        again = inbox.with_settings(**other).process(key)
        assert again is not None
        assert again.outcome is ending
        left = "pointer" if ending is Outcome.ENTRY else "unprocessed"
        assert [kind_of(row) for row in Row.query(f"CASE#{record_id}")] == [left]


def test_participants_that_come_later(inbox: Inbox) -> None:
    """Others do not fill the list: whoever got into the history takes part, however many there are."""
    case_id = str(inbox.receive(FIRST % ("bob@acme.example", "Leave", "?")).case_id)
    follow_up = followed(inbox)
    people = [f"{n}@elsewhere.example" for n in range(70)]
    for n, address in enumerate(people):
        follow_up.follow(case_id, email_id_of(inbox, case_id, reply(inbox, case_id, n, address)))
    for n, address in enumerate(people, 100):
        result = inbox.receive(ANSWER % (address, f"Leave #{case_id}", n), "ad_hoc", sender=address)
        assert result.outcome is Outcome.ENTRY, address


@pytest.mark.parametrize("channel", ["ad_hoc", "case_creation"])
def test_full(inbox: Inbox, monkeypatch: pytest.MonkeyPatch, channel: str) -> None:
    """A case takes MAX_CASE_EMAILS emails, of any kind, and no more."""
    monkeypatch.setattr(cases, "MAX_CASE_EMAILS", 4)
    case_id = str(inbox.receive(FIRST % ("bob@acme.example", "Leave", "?")).case_id)
    follow_up = followed(inbox)
    outcomes = []
    for n in range(4):
        message = ANSWER % ("zoe.hartmann@acme.example", f"Re: Leave {case_reference(case_id, KEYS)}", n)
        if n == 1:
            message = message.replace("Date:", "Auto-Submitted: auto-replied\nDate:")
        result = inbox.receive(message, channel)
        outcomes.append((result.outcome, result.reason))
        if result.outcome is Outcome.ENTRY:
            follow_up.follow(case_id, email_id_of(inbox, case_id, result))
    assert outcomes == [(Outcome.ENTRY, None)] * 3 + [(Outcome.UNPROCESSED, Reason.CASE_FULL)]
    assert inbox.case(case_id).emails == 4


def test_full_of_bytes(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that has MAX_CASE_BYTES takes no more; the email that goes beyond is the last one."""
    case_id = str(inbox.receive(FIRST % ("bob@acme.example", "Leave", "x" * 1000)).case_id)
    follow_up = followed(inbox)
    first = inbox.case(case_id).size
    assert first > 1000
    monkeypatch.setattr(cases, "MAX_CASE_BYTES", first + 1)
    result = reply(inbox, case_id, 1)
    assert result.outcome is Outcome.ENTRY
    follow_up.follow(case_id, email_id_of(inbox, case_id, result))
    assert inbox.case(case_id).size > first + 100
    assert reply(inbox, case_id, 2).reason is Reason.CASE_FULL


# In the second order, an entry is new after all entries were counted again.
@pytest.mark.parametrize("order", [(3, 0, 0, 4, 1, 3, 2, 4), (3, 0, 1, 2, 4)])
def test_counts_in_any_order(inbox: Inbox, order: tuple[int, ...]) -> None:
    """Repeats, and entries that are followed up late, change nothing in the end."""
    case_id = str(inbox.receive(FIRST % ("bob@acme.example", "Leave", "?")).case_id)
    # By the clock by which entries come in, so that a repeat is soon after the alert of a reply.
    follow_up = followed(inbox, lambda: datetime.now(UTC))
    email_ids = sorted(email_id_of(inbox, case_id, reply(inbox, case_id, n)) for n in range(5))
    for email_id in [email_ids[n] for n in order]:
        follow_up.follow(case_id, email_id)
    assert inbox.case(case_id).emails == 6
    before = read_row(keys.record(case_id), CaseRow)
    assert not any(follow_up.follow(case_id, email_id) for email_id in email_ids)
    after = read_row(keys.record(case_id), CaseRow)
    assert before is not None
    assert after is not None
    assert before.attribute_values == after.attribute_values


def test_counts_near_the_bound(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that may be full soon counts all entries that it has, before the stream reports them."""
    case_id = str(inbox.receive(FIRST % ("bob@acme.example", "Leave", "?")).case_id)
    email_ids = sorted(email_id_of(inbox, case_id, reply(inbox, case_id, n)) for n in range(4))
    followed(inbox).follow(case_id, email_ids[0])
    assert inbox.case(case_id).emails == 2
    monkeypatch.setattr(cases, "MAX_CASE_EMAILS", 50)
    followed(inbox).follow(case_id, email_ids[1])
    assert inbox.case(case_id).emails == 5

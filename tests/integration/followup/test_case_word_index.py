"""The words of cases: which items there are after changes, repeats, crashes and erasures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import boto3
import pytest
from botocore.client import BaseClient
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.entry_rows import entry_row
from email_channels.aws.rows.search_rows import CaseWordsRow, case_words_of
from email_channels.aws.rows.table import read_row
from email_channels.aws.stores.case_store import CaseChange, CaseStore
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.cases.audit.records import begin_act
from email_channels.cases.case import Case, CaseStatus
from email_channels.cases.history import Entry
from email_channels.cases.identity import email_id
from email_channels.errors import Fault
from email_channels.followup.case_word_index import CaseWordIndex
from email_channels.followup.erasing import Erasure
from email_channels.followup.table_stream import new_item_in
from email_channels.mail.message import Address

from local.judging.dynamodb_units import write_units
from tests.support.in_process.aws import Aws
from tests.support.in_process.aws_calls import Call, Killed, intercept, watch
from tests.support.in_process.stored_emails import RECEIVED, record_case, stored_email

JO = {"leave", "jo@elsewhere.example", "doe", "elsewhere.example"}
CC = Address("Zoë Kraft", "zoe.kraft@partner.example")
OF_CC = {"zoe.kraft@partner.example", "kraft", "partner.example"}
NOW = RECEIVED + timedelta(hours=1)


def index(mail: MailBucket) -> CaseWordIndex:
    return CaseWordIndex(FollowUpStore(mail), frozenset({"payroll@acme.example", "cases@acme.example"}))


def items(aws: Aws, case: Case) -> set[str]:
    """The words that have items."""
    found = boto3.client("dynamodb").scan(TableName=aws.table_name)["Items"]
    words = [keys.case_word_of(one["sk"]["S"]) for one in found if one["pk"]["S"].startswith(keys.CASE_WORDS)]
    return {word for word, case_id in words if case_id == case.case_id}


def listed(case: Case) -> set[str]:
    row = read_row(keys.case_words(case.case_id), CaseWordsRow)
    return set(case_words_of(row).all) if row is not None else set()


def add_entry(mail: MailBucket, case: Case, minute: int = 1, *cc: Address) -> Entry:
    at = RECEIVED + timedelta(minutes=minute)
    made = replace(stored_email(case.case_id, "", 7), email_id=email_id(at, case.case_id), at=at, cc=cc)
    entry = Entry(case.case_id, made)
    entry_row(entry, None, made.email_id[-10:], mail).save()
    return entry


def follow_entry(mail: MailBucket, entry: Entry) -> bool:
    new = FollowUpStore(mail).new_entry(entry.case_id, entry.email.email_id)
    assert new is not None
    return index(mail).index_entry(new)


def change(mail: MailBucket, case: Case, **changes: object) -> None:
    store = CaseStore(mail, RoutingStore())
    found, _ = store.get(case.case_id)
    assert found is not None
    store.change(found, CaseChange(**changes), NOW, begin_act("agent", NOW, 730))  # type: ignore[arg-type]


def due(case: Case) -> bool:
    row = read_row(keys.record(case.case_id), CaseRow)
    assert row is not None
    return bool(row.words_due)


def test_case(aws: Aws, mail: MailBucket) -> None:
    """A case gets an item for each word, once."""
    case = record_case(mail, 1)
    assert index(mail).index(case.case_id)
    assert items(aws, case) == listed(case) == JO
    assert not index(mail).index(case.case_id)
    assert not index(mail).index("0" * 10)


def test_newest_first(aws: Aws, mail: MailBucket) -> None:
    """Within a word, newer cases sort first; the word itself sorts before longer ones."""
    for n in range(3):
        case = record_case(mail, n, created_at=RECEIVED + timedelta(days=n), subject="pay pay-slip payroll")
        index(mail).index(case.case_id)
    found = boto3.client("dynamodb").query(
        TableName=aws.table_name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"{keys.CASE_WORDS}p"}},
    )["Items"]
    words = [keys.case_word_of(one["sk"]["S"]) for one in found]
    newest = [record for _, record in words[:3]]
    assert [word for word, _ in words] == ["payroll"] * 3
    assert newest[0] == case.case_id


def test_entry(aws: Aws, mail: MailBucket) -> None:
    """A reply adds the words of people who are new in the case."""
    case = record_case(mail, 1)
    index(mail).index(case.case_id)
    assert not follow_entry(mail, add_entry(mail, case))
    entry = add_entry(mail, case, 2, CC)
    assert follow_entry(mail, entry)
    assert not follow_entry(mail, entry)
    assert items(aws, case) == listed(case) == JO | OF_CC


def test_entry_first(aws: Aws, mail: MailBucket) -> None:
    """If the case has no words yet, those of the case and of all its entries are found at once."""
    case = record_case(mail, 1)
    entry = add_entry(mail, case, 2, CC)
    assert follow_entry(mail, entry)
    assert items(aws, case) == listed(case) == JO | OF_CC


def test_costs(aws: Aws, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case costs at most 12 write units more, a reply 4, whatever the subject and however many people."""
    people = tuple(Address(f"Max {n:02}-Mustermann", f"max.{n:02}@department-{n:02}.example") for n in range(90))
    subject = " ".join(f"{n:02}-Donaudampfschifffahrt" for n in range(40))
    case = record_case(mail, 1, subject=subject)
    assert case.email is not None
    case = record_case(mail, 2, subject=subject, email=replace(case.email, cc=people[:30]))
    calls, dynamodb = watch(monkeypatch), boto3.client("dynamodb")

    def cost(act: Callable[[], object]) -> int:
        """The write units of what it changes. Each item is written once."""
        before = {(one["pk"]["S"], one["sk"]["S"]): one for one in dynamodb.scan(TableName=aws.table_name)["Items"]}
        calls.begin()
        act()
        writes = [name for name in calls.names if name not in {"Query", "GetItem", "BatchGetItem"}]
        assert sorted(writes) in ([], ["BatchWriteItem", "PutItem"], ["BatchWriteItem", "UpdateItem"])
        after = {(one["pk"]["S"], one["sk"]["S"]): one for one in dynamodb.scan(TableName=aws.table_name)["Items"]}
        changed = [key for key in after if before.get(key) != after[key]]
        assert not [key for key in changed if any(name.startswith("gsi") for name in after[key])], "indexes cost more"
        return sum(write_units(before.get(key), after[key]) for key in changed)

    assert cost(lambda: index(mail).index(case.case_id)) == 12
    entries = [add_entry(mail, case, n, *people[30 + n * 10 : 40 + n * 10]) for n in range(6)]
    costs = [cost(partial(follow_entry, mail, entry)) for entry in entries]
    assert costs[0] == 4
    assert max(costs) == 4


def test_new_subject(aws: Aws, mail: MailBucket) -> None:
    """A changed subject replaces the words of the old one; the words of entries stay."""
    case = record_case(mail, 1)
    index(mail).index(case.case_id)
    follow_entry(mail, add_entry(mail, case, 2, CC))
    change(mail, case, subject="Sabbatical")
    assert due(case)
    assert index(mail).index(case.case_id)
    assert items(aws, case) == listed(case) == {"sabbatical"} | JO - {"leave"} | OF_CC
    assert not due(case)
    change(mail, case, status=CaseStatus.CLOSED)
    assert not due(case)


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("number", range(9))
def test_crashes(aws: Aws, mail: MailBucket, monkeypatch: pytest.MonkeyPatch, number: int, place: str) -> None:
    """After a crash at any call, a repeat does the rest."""
    case = record_case(mail, 1)
    index(mail).index(case.case_id)
    add_entry(mail, case, 2, CC)
    change(mail, case, subject="Sabbatical")
    calls = watch(monkeypatch)
    calls.begin((number, place))
    with pytest.raises(Killed):
        index(mail).index(case.case_id)
    calls.begin()
    index(mail).index(case.case_id)
    assert items(aws, case) == listed(case) == {"sabbatical"} | JO - {"leave"} | OF_CC
    assert not due(case)


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("number", range(4))
def test_crashes_of_a_new_case(
    aws: Aws, mail: MailBucket, monkeypatch: pytest.MonkeyPatch, number: int, place: str
) -> None:
    """The same for a new case, and for a reply."""
    calls = watch(monkeypatch)
    case = record_case(mail, 1)
    calls.begin((number, place))
    with pytest.raises(Killed):
        index(mail).index(case.case_id)
    calls.begin()
    index(mail).index(case.case_id)
    assert items(aws, case) == listed(case) == JO
    entry = add_entry(mail, case, 2, CC)
    calls.begin((number, place))
    with pytest.raises(Killed):
        follow_entry(mail, entry)
    calls.begin()
    follow_entry(mail, entry)
    assert items(aws, case) == listed(case) == JO | OF_CC


def test_erased(aws: Aws, mail: MailBucket) -> None:
    """The words go with the case."""
    case = record_case(mail, 1)
    index(mail).index(case.case_id)
    Erasure(mail, lambda: NOW).erase_case(case.case_id)
    assert items(aws, case) == listed(case) == set()


def test_anonymised(aws: Aws, mail: MailBucket) -> None:
    """An anonymised case has no words, also after a late event."""
    case = record_case(mail, 1)
    index(mail).index(case.case_id)
    Erasure(mail, lambda: NOW).anonymise_case(case.case_id)
    assert items(aws, case) == listed(case) == set()
    index(mail).index(case.case_id)
    assert items(aws, case) == listed(case) == set()


def test_erased_entry(aws: Aws, mail: MailBucket) -> None:
    """Only the words that an erased entry brought go, and come back if another one has them, too."""
    case = record_case(mail, 1)
    index(mail).index(case.case_id)
    entries = [add_entry(mail, case, minute, CC) for minute in (2, 3)]
    for entry in entries:
        follow_entry(mail, entry)
    for entry, left in zip(entries, (OF_CC, set()), strict=True):
        Erasure(mail, lambda: NOW).erase_entry(case.case_id, entry.email.email_id)
        assert items(aws, case) == listed(case) == JO
        index(mail).index(case.case_id)
        assert items(aws, case) == listed(case) == JO | left


def test_erased_meanwhile(aws: Aws, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that is erased while its words are written has none at the end."""
    case = record_case(mail, 1)
    erased: list[str] = []

    def erasing(_: BaseClient, name: str, __: object, call: Call) -> object:
        if name == "BatchWriteItem" and not erased:
            erased.append(case.case_id)
            Erasure(mail, lambda: NOW).erase_case(case.case_id)
        return call()

    intercept(monkeypatch, erasing)
    index(mail).index(case.case_id)
    assert erased
    assert items(aws, case) == listed(case) == set()


def test_unwritten(aws: Aws, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Items that DynamoDB leaves unwritten are written again, and not without end."""
    case, left = record_case(mail, 1), [3]

    def busy(_: BaseClient, name: str, parameters: dict[str, object], call: Call) -> object:
        if name == "BatchWriteItem" and left[0]:
            left[0] -= 1
            return {"UnprocessedItems": parameters["RequestItems"]}
        return call()

    intercept(monkeypatch, busy)
    index(mail).index(case.case_id)
    assert items(aws, case) == JO
    left[0] = 1000
    change(mail, case, subject="Sabbatical")
    with pytest.raises(Fault):
        index(mail).index(case.case_id)


def test_stream_record() -> None:
    """A case whose words are due is reported, each time that they are."""

    def kind(old: str | None, new: str | None) -> str | None:
        images = {
            name: {"kind": {"S": "case"}} | ({"words_due": {"S": due}} if due else {})
            for name, due in (("OldImage", old), ("NewImage", new))
        }
        found = new_item_in({"dynamodb": {"Keys": {"pk": {"S": "CASE#1"}, "sk": {"S": "CASE"}}, **images}})
        return found.kind if found else None

    assert [kind(*pair) for pair in ((None, "a"), ("a", "b"), ("a", "a"), ("a", None), (None, None))] == [
        "words", "words", None, None, None,
    ]  # fmt: skip

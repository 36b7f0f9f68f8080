"""A case is merged into another one: all its emails go there, replies follow, and it takes nothing more."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import MAX_OWN_PARTICIPANTS, CaseRow, ParticipantsRow
from email_channels.aws.rows.entry_rows import EntryRow, PointerRow, entry_row
from email_channels.aws.rows.outbound_rows import SentRow
from email_channels.aws.rows.table import KeysRow, read_row, row_bytes
from email_channels.aws.stores.history_counts import set_counts
from email_channels.aws.stores.moving import merge_store
from email_channels.aws.stores.moving.merge_store import MergeStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.cases import case as cases
from email_channels.cases.case import Case, EmployeeSnapshot, participant_key, participant_keys
from email_channels.cases.history import Entry
from email_channels.cases.identity import email_id, record_id_in, sent_message_id_key
from email_channels.errors import CaseMerged, Conflict, NotFound

from tests.support.acts import an_act
from tests.support.in_process.api_client import Answer, Api, put
from tests.support.in_process.aws_calls import watch
from tests.support.in_process.histories import answer_to, history, outbound
from tests.support.in_process.stored_emails import RECEIVED, record_case, record_unprocessed

LATER = RECEIVED + timedelta(hours=1)
SES_ID = "0102@eu-central-1.amazonses.com"


def merge(api: Api, case: Case, into: Case | str, user: str = "agent") -> Answer:
    target = into if isinstance(into, str) else into.case_id
    return api(user, "POST", f"/cases/{case.case_id}/merge", {"into": target})


def row_of(case: Case) -> CaseRow:
    row = read_row(keys.record(case.case_id), CaseRow)
    assert row is not None
    return row


def counts(case: Case) -> tuple[int, int]:
    row = row_of(case)
    return int(row.entries or 0), int(row.entry_bytes or 0)


def noted(case: Case, *emails: Any) -> None:
    """The case counts these entries, as `notify` would have noted them."""
    size = sum(email.size for email in emails)
    newest = max(email.email_id for email in emails)
    row_of(case).update(actions=set_counts(len(emails), size, newest))


def test_merge(api: Api, mail: MailBucket) -> None:
    """All emails are in the target, each once; its answer shows the target, and the case names it."""
    case, target = record_case(mail, 1, subject="Second"), record_case(mail, 2)
    assert case.email
    assert target.email
    received = answer_to(mail, case, 3, LATER, size=700)
    sent = outbound(mail, case, LATER + timedelta(minutes=1), message_id=SES_ID, size=300)
    noted(case, received, sent)
    before = {
        one: api("agent", "GET", f"/cases/{case.case_id}/emails/{one}").json for one in history(api, case.case_id)
    }

    answer = merge(api, case, target)

    assert (answer.status, answer.json["case_id"]) == (200, target.case_id)
    assert history(api, case.case_id) == []
    assert history(api, target.case_id) == sorted([*before, target.email.email_id], reverse=True)
    for one, shown in before.items():
        assert api("agent", "GET", f"/cases/{target.case_id}/emails/{one}").json == shown
    merged = api("agent", "GET", f"/cases/{case.case_id}")
    assert (merged.json["status"], merged.json["merged_into"]) == ("closed", target.case_id)
    assert (merged.json["subject"], merged.json["issue"]) == ("Second", case.issue)
    assert (merged.json["waiting_on"], merged.json["unread"]) == ("nobody", False)
    assert api("agent", "GET", f"/cases?q={case.case_id}").items == [merged.json]
    assert (counts(case), counts(target)) == ((0, 0), (3, 1000))
    # What leads to the emails leads to the target.
    pointer = read_row(keys.record(record_id_in(received.email_id)), PointerRow)
    assert pointer is not None
    assert (pointer.case_id, pointer.version) == (target.case_id, 2)
    assert OutboundStore().sent_as(SES_ID) == (target.case_id, sent.email_id)
    (record,) = api("admin", "GET", f"/audit?target={case.case_id}").items
    assert (record["action"], record["after"]) == (
        "case.merge",
        {"status": "closed", "merged_into": target.case_id},
    )


def test_names_and_links(api: Api, mail: MailBucket) -> None:
    """Of several merges, every case names the last target, and links to its emails lead there."""
    first, second, third = (record_case(mail, n) for n in (1, 2, 3))
    assert first.email
    received = answer_to(mail, first, 4, LATER)
    noted(first, received)
    path = f"/cases/{first.case_id}/emails"
    whole = api("agent", "GET", f"{path}/{received.email_id}").json
    assert merge(api, first, second).status == 200
    assert merge(api, second, third).status == 200

    shown = [api("agent", "GET", f"/cases/{one.case_id}").json for one in (first, second, third)]
    assert [one["merged_into"] for one in shown] == [third.case_id, third.case_id, None]
    listed = {one["case_id"]: one for one in api("agent", "GET", "/cases").items}
    assert [listed[one["case_id"]] for one in shown] == shown
    for refused in (merge(api, first, third), api("agent", "POST", f"/cases/{first.case_id}/notes", {"text": "Hello"})):
        assert (refused.status, refused.json["merged_into"]) == (409, third.case_id)
    into_merged = merge(api, third, first)
    assert (into_merged.status, into_merged.json["merged_into"]) == (409, third.case_id)
    for email in (received, first.email):
        found = api("agent", "GET", f"{path}/{email.email_id}")
        now = f"/cases/{third.case_id}/emails/{email.email_id}"
        assert (found.status, found.headers["content-location"]) == (200, now)
        assert found.json == api("agent", "GET", now).json
        assert api("agent", "GET", f"{path}/{email.email_id}/original").status == 200
        assert api("agent", "GET", f"{path}/{email.email_id}/attachments/1").status == 200
        assert api("other-agent", "GET", f"{path}/{email.email_id}").status == 404
    assert api("agent", "GET", f"{path}/{received.email_id}").json == whole
    assert api("agent", "GET", f"{path}/{'0' * 19}").status == 404

    # The target has gone to a group that the caller does not see.
    row_of(third).update(actions=[CaseRow.service_group.set("secret")])
    assert api("agent", "GET", f"{path}/{received.email_id}").status == 404
    assert api("admin", "GET", f"{path}/{received.email_id}").status == 200


def test_repeat(api: Api, mail: MailBucket) -> None:
    """A repeated request changes nothing, and answers the same."""
    case, target = record_case(mail, 1), record_case(mail, 2)
    first = merge(api, case, target)
    before = history(api, target.case_id)
    assert merge(api, case, target.case_id.lower()).json == first.json
    assert history(api, target.case_id) == before
    assert len(api("admin", "GET", "/audit").items) == 1


def test_refused(api: Api, mail: MailBucket) -> None:
    """Only cases of one employee, in one group, that the caller sees; and nothing has changed."""
    api("admin", "PUT", "/service-groups/pay", {"name": "Pay", "secured": False})
    case = record_case(mail, 1)
    marcus = record_case(mail, 2, employee=EmployeeSnapshot("874112", "Marcus", None))
    nobody = record_case(mail, 3, employee=None)
    pay, secret = record_case(mail, 4, service_group="pay"), record_case(mail, 5, service_group="secret")
    item = record_unprocessed(mail, 6)
    unchanged = api("admin", "GET", f"/cases/{case.case_id}").json
    for into in (case, marcus, nobody, pay, secret, item.id, "ZZZZZZZZZ0"):
        assert merge(api, case, into).problem == "conflict"
    assert merge(api, nobody, record_case(mail, 7, employee=None)).problem == "conflict"
    assert merge(api, secret, case).status == 404
    assert merge(api, case, secret, "admin").problem == "conflict"
    path = f"/cases/{case.case_id}/merge"
    assert api("agent", "POST", path, {"into": "x"}).wrong_fields == ["into"]
    assert api("agent", "POST", path, {}).wrong_fields == ["into"]
    assert api("agent", "POST", path, {"into": None, "x": 1}).wrong_fields == ["into", "x"]
    assert api("nobody", "POST", path, {"into": marcus.case_id}).status == 403
    assert api("admin", "GET", f"/cases/{case.case_id}").json == unchanged
    assert api("admin", "GET", "/audit").items[-1]["action"] == "service_group.put"


def test_merged_case_takes_nothing(api: Api, mail: MailBucket) -> None:
    """It is not merged again nor into, not reopened, and gets no emails; the answer names the target."""
    case, target, other = (record_case(mail, n) for n in range(3))
    assert other.email
    item = record_unprocessed(mail, 4)
    merge(api, case, target)
    path, any_version = f"/cases/{case.case_id}", {"If-Match": "*"}
    refused = [
        merge(api, case, other),
        merge(api, other, case),
        merge(api, target, case),
        api("agent", "PATCH", path, {"status": "open"}, headers=any_version),
        api("agent", "POST", f"/cases/{other.case_id}/emails/{other.email.email_id}/move", {"case_id": case.case_id}),
        api("admin", "POST", f"/unprocessed/{item.id}/assign", {"case_id": case.case_id}),
    ]
    for answer in refused:
        assert answer.problem == "case_merged"
        assert (answer.status, answer.json["merged_into"]) == (409, target.case_id)
    # Its other fields can still be changed.
    assert api("agent", "PATCH", path, {"subject": "New", "status": "closed"}, headers=any_version).status == 200


def test_full(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Together, the cases have no more emails than one can have."""
    monkeypatch.setattr(cases, "MAX_CASE_EMAILS", 3)
    case, target = record_case(mail, 1), record_case(mail, 2)
    noted(case, *(answer_to(mail, case, n, LATER) for n in range(3, 5)))
    answer = merge(api, case, target)
    assert (answer.problem, len(history(api, case.case_id)), len(history(api, target.case_id))) == ("conflict", 3, 1)
    assert api("agent", "GET", f"/cases/{case.case_id}").json["status"] == "open"
    monkeypatch.setattr(cases, "MAX_CASE_EMAILS", 4)
    assert merge(api, case, target).status == 200
    assert len(history(api, target.case_id)) == 4


@pytest.mark.parametrize(("most", "steps"), [(1, [1, 1, 1, 1, 1]), (2, [2, 2, 1]), (30, [5])])
def test_steps(api: Api, mail: MailBucket, most: int, steps: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A long history moves in several transactions."""
    monkeypatch.setattr(merge_store, "_ENTRIES_OF_A_STEP", most)
    case, target = record_case(mail, 1), record_case(mail, 2)
    entries = [answer_to(mail, case, n, LATER + timedelta(minutes=n), size=10) for n in range(3, 8)]
    noted(case, *entries)
    assert put_together(api, case, target, monkeypatch) == [1, *steps]
    assert (history(api, case.case_id), len(history(api, target.case_id))) == ([], 7)
    assert counts(target) == (6, 50)


@pytest.mark.parametrize(("room", "steps"), [(0.5, [1, 1, 1]), (2.5, [2, 1]), (3.5, [3])])
def test_large_entries(
    api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch, room: float, steps: list[int]
) -> None:
    """A transaction takes as many entries as there is room for, at least one: DynamoDB refuses more than 4 MB."""
    case, target = record_case(mail, 1), record_case(mail, 2)
    entries = [answer_to(mail, case, n, LATER + timedelta(minutes=n), size=10) for n in range(3, 6)]
    noted(case, *entries)
    row = read_row(keys.entry(case.case_id, entries[0].email_id), EntryRow)
    assert row is not None
    monkeypatch.setattr(merge_store, "_BYTES_OF_A_STEP", row_bytes(row) * room)
    assert put_together(api, case, target, monkeypatch) == [1, *steps]
    assert (history(api, case.case_id), len(history(api, target.case_id))) == ([], 5)


def put_together(api: Api, case: Case, target: Case, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries each transaction of a merge puts into the target; the first email of the case comes first."""
    with monkeypatch.context() as patched:
        calls = watch(patched)
        assert merge(api, case, target).status == 200
    transactions = [parameters["TransactItems"] for parameters in calls.parameters("TransactWriteItems")]
    put = (
        sum(one.get("Put", {}).get("Item", {}).get("kind") == {"S": "entry"} for one in each) for each in transactions
    )
    return [count for count in put if count]


def test_thousand_emails(api: Api, mail: MailBucket) -> None:
    """The largest case is merged by one request."""
    case, target = record_case(mail, 1), record_case(mail, 2)
    row = row_of(target)
    sent = outbound(mail, case, LATER, message_id=None)
    ids = [email_id(LATER + timedelta(seconds=n), f"{n:010d}") for n in range(998)]
    client = boto3.client("dynamodb")
    for one in ids:
        item = entry_row(Entry(case.case_id, replace(sent, email_id=one, message_id="x")), None, one, mail)
        client.put_item(TableName=row.Meta.table_name, Item=item.serialize())
    noted(case, *(replace(sent, email_id=one) for one in ids))
    assert merge(api, case, target).status == 200
    found = list(KeysRow.query(f"CASE#{target.case_id}", KeysRow.sk.startswith("EMAIL#")))
    assert (counts(target)[0], len(found)) == (1000, 1000)
    assert history(api, case.case_id) == []


def test_chain(api: Api, mail: MailBucket) -> None:
    """What still comes into the first case goes to the last one, also while both are merged."""
    first, second, third = (record_case(mail, n) for n in range(3))
    assert merge(api, first, second).status == 200
    assert merge(api, second, third).status == 200
    assert len(history(api, third.case_id)) == 3
    assert api("agent", "GET", f"/cases/{first.case_id}").json["merged_into"] == third.case_id
    late = answer_to(mail, first, 5, LATER)
    assert merge(api, first, second).json["merged_into"] == third.case_id
    assert late.email_id in history(api, third.case_id)
    assert merge(api, first, third).json["merged_into"] == third.case_id


def test_list_of_all_cases(api: Api, mail: MailBucket) -> None:
    """The case is still listed, when the email has left it that was its newest activity."""
    case, target = record_case(mail, 1), record_case(mail, 2)
    received = answer_to(mail, case, 3, LATER)
    noted(case, received)
    entry = read_row(keys.entry(case.case_id, received.email_id), EntryRow)
    assert entry is not None
    row_of(case).update(actions=[CaseRow.last_activity.set(entry.gsi4sk)])
    for n in range(11):
        put(api, f"/service-groups/g{n}", {"name": f"Group {n}"})
    merge(api, case, target)
    first = api("admin", "GET", "/cases?limit=1").json
    (last,) = api("admin", "GET", f"/cases?limit=1&cursor={first['next_cursor']}").items
    assert {first["items"][0]["case_id"], last["case_id"]} == {case.case_id, target.case_id}


def test_participants(api: Api, mail: MailBucket) -> None:
    """Everybody who takes part in the case takes part in the target."""
    people = participant_keys(f"{n}@elsewhere.example" for n in range(30))
    case, target = record_case(mail, 1, participants=people), record_case(mail, 2)
    merge(api, case, target)
    found = frozenset(row_of(target).participants)
    for key in [keys.participants(target.case_id, one) for one in people]:
        other = read_row(key, ParticipantsRow)
        found |= frozenset(other.participants) if other else frozenset()
    assert found == people | {participant_key("jo@elsewhere.example")}
    assert len(row_of(target).participants) == MAX_OWN_PARTICIPANTS


def test_queued_email(api: Api, mail: MailBucket) -> None:
    """An email that SES has not confirmed moves, too, and the event about it finds it."""
    case, target = record_case(mail, 1), record_case(mail, 2)
    sent = outbound(mail, case, LATER, message_id=None)
    noted(case, sent)
    index = {"gsi2pk": "TO_SEND", "gsi2sk": index_keys.at_time("2026-11-23T11:00:00.000Z", case.case_id)}
    row = read_row(keys.entry(case.case_id, sent.email_id), EntryRow)
    assert row is not None
    row.update(actions=[EntryRow.gsi2pk.set(index["gsi2pk"]), EntryRow.gsi2sk.set(index["gsi2sk"])])
    merge(api, case, target)
    moved = read_row(keys.entry(target.case_id, sent.email_id), EntryRow)
    assert moved is not None
    assert (moved.gsi2pk, moved.gsi2sk) == ("TO_SEND", index_keys.at_time("2026-11-23T11:00:00.000Z", target.case_id))
    store = OutboundStore(mail)
    assert store.entry(case.case_id, sent.email_id) is not None
    changed = store.change(case.case_id, sent.email_id, lambda email: replace(email, message_id=SES_ID), LATER)
    assert changed is not None
    assert changed.case_id == target.case_id
    found = read_row(keys.sent(sent_message_id_key(SES_ID)), SentRow)
    assert found is not None
    assert (found.case_id, found.email_id) == (target.case_id, sent.email_id)


def test_two_merges(api: Api, mail: MailBucket) -> None:
    """Two cases are not merged into each other, whoever is first."""
    one, two = record_case(mail, 1), record_case(mail, 2)
    store = MergeStore(mail)
    store.merge(one.case_id, two.case_id, LATER, an_act())
    with pytest.raises(CaseMerged):
        store.merge(two.case_id, one.case_id, LATER, an_act())
    with pytest.raises(CaseMerged):
        store.merge(one.case_id, record_case(mail, 3).case_id, LATER, an_act())
    with pytest.raises(NotFound):
        store.merge("ZZZZZZZZZ0", one.case_id, LATER, an_act())
    with pytest.raises(Conflict):
        store.merge(two.case_id, "ZZZZZZZZZ0", LATER, an_act())


def test_erased_target(api: Api, mail: MailBucket) -> None:
    """What comes into a case whose target was erased stays there."""
    case, target = record_case(mail, 1), record_case(mail, 2)
    merge(api, case, target)
    assert api("admin", "DELETE", f"/cases/{target.case_id}", headers={"If-Match": "*"}).status == 204
    late = answer_to(mail, case, 5, LATER)
    assert MergeStore(mail).finish(case.case_id, LATER) is False
    MergeStore(mail).move_on(case.case_id, late.email_id, LATER)
    assert history(api, case.case_id) == [late.email_id]


def test_erased_case(api: Api, mail: MailBucket) -> None:
    """If the merged case is erased, its emails stay in the target, with their objects."""
    case, target = record_case(mail, 1), record_case(mail, 2)
    assert case.email
    received = answer_to(mail, case, 3, LATER)
    noted(case, received)
    merge(api, case, target)
    assert api("admin", "DELETE", f"/cases/{case.case_id}", headers={"If-Match": "*"}).status == 204
    assert api("agent", "GET", f"/cases/{case.case_id}").status == 404
    assert {received.email_id, case.email.email_id} < set(history(api, target.case_id))
    for email in (received, case.email):
        assert email.raw_key
        assert mail.stored_at(email.raw_key) is not None

"""Emails are assigned to a case, or discarded, by hand. Each is always in exactly one place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.table import KeysRow, read_rows
from email_channels.aws.stores.assignment_store import AssignmentStore
from email_channels.aws.stores.case_store import CaseStore
from email_channels.aws.stores.moving.merge_store import MergeStore
from email_channels.aws.stores.moving.move_store import MoveStore
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.aws.stores.record_store import RecordStore
from email_channels.aws.stores.replacement_store import ReplacementStore
from email_channels.cases.case import Case, participant_keys
from email_channels.cases.history import Content
from email_channels.cases.matches import MatchedBy, MatchMethod, MatchStrength
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.cases.references import case_number
from email_channels.cases.unprocessed import Hold
from email_channels.followup.arrivals import read_message

from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.histories import answer_to, history, threads
from tests.support.in_process.stored_emails import RECEIVED, identity_of, record_case, record_unprocessed, stored_email
from tests.support.in_process.stored_records import read_record

ASSIGNED = {"how": "assigned", "certainty": "person"}
NOTIFIED = RECEIVED + timedelta(minutes=1)
DUE = NOTIFIED + timedelta(days=30)
ZOE = {"name": "Zoë", "emails": ["zoe@acme.example", "Jo@Elsewhere.example"], "population": "UK"}


def arrivals(api: Api) -> list[tuple[str, str | None] | None]:
    """The emails that reconcile will follow up."""
    queue = clients.sqs().receive_message(QueueUrl=api.settings.arrivals_queue_url, MaxNumberOfMessages=10)
    return [read_message(message["Body"]).follow_up for message in queue.get("Messages", ())]


def test_arrivals(api: Api, mail: MailBucket) -> None:
    """Reconcile will follow up each assigned email. It is told before the email is assigned: the process may end."""
    case, item = record_case(mail, 1), record_unprocessed(mail, 2)

    def fail(*_: object) -> None:
        raise OSError("no answer")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ReplacementStore, "become_entry", fail)
        assert api("admin", "POST", f"/unprocessed/{item.id}/assign", {"case_id": case.case_id}).status >= 500
    assert arrivals(api) == [(case.case_id, item.email.email_id)]
    assert api("admin", "POST", f"/unprocessed/{item.id}/assign", {"case_id": case.case_id}).status == 200
    assert arrivals(api) == [(case.case_id, item.email.email_id)]
    other = record_case(mail, 3)
    path = f"/cases/{case.case_id}/emails/{item.email.email_id}/move"
    assert api("admin", "POST", path, {"case_id": other.case_id}).status == 200
    # The case that the email leaves is followed up, too.
    assert arrivals(api) == [(other.case_id, item.email.email_id), (case.case_id, None)]
    third = record_unprocessed(mail, 4)
    api("admin", "PUT", "/employees/543457", ZOE)
    assert api("admin", "POST", f"/unprocessed/{third.id}/assign", {"user_id": "543457"}).status == 200
    assert arrivals(api) == [(third.id, None)]
    original, stored_at = third.email.raw_key, mail.stored_at(str(third.email.raw_key))
    assert stored_at is not None
    beginning = KeysRow.gsi4sk.startswith(index_keys.original(stored_at, original))
    found = KeysRow.gsi4.query(index_keys.ACTIVITY, beginning)
    assert [row.pk for row in found] == [f"CASE#{third.id}"]


@pytest.mark.parametrize("fails", [True, False])
def test_arrivals_of_changes(api: Api, mail: MailBucket, fails: bool) -> None:
    """So it is for splits, merges, new cases and changes of what is searched. A change of the status needs none."""
    case, target = record_case(mail, 1), record_case(mail, 2)
    email = answer_to(mail, case, 3, RECEIVED + timedelta(minutes=5))
    api("admin", "PUT", "/employees/543457", ZOE)
    path, any_version = f"/cases/{case.case_id}", {"If-Match": "*"}

    def fail(*_: object) -> None:
        raise OSError("no answer")

    def asked(store: type, write: str, *request: Any, **more: Any) -> list[tuple[str, str | None]]:
        with pytest.MonkeyPatch.context() as patched:
            if fails:
                patched.setattr(store, write, fail)
            assert (api("agent", *request, **more).status >= 500) == fails
        return [found for found in arrivals(api) if found is not None]

    (_, split), left = asked(MoveStore, "split", "POST", f"{path}/emails/{email.email_id}/split", {})
    assert (split, left) == (email.email_id, (case.case_id, None))
    into = {"into": target.case_id}
    assert asked(MergeStore, "merge", "POST", f"{path}/merge", into) == [(case.case_id, None)]
    new = {"user_id": "543457", "subject": "Leave", "issue": "How many days?"}
    assert [email_id for _, email_id in asked(CaseStore, "create", "POST", "/cases", new)] == [None]
    path, expected = f"/cases/{target.case_id}", [(target.case_id, None)]
    assert asked(CaseStore, "change", "PATCH", path, {"subject": "Tax"}, headers=any_version) == expected
    assert asked(CaseStore, "change", "PATCH", path, {"status": "closed"}, headers=any_version) == []


def test_assign_to_case(api: Api, mail: MailBucket) -> None:
    """An unprocessed email becomes an entry of the case."""
    case = record_case(mail, 1)
    item = record_unprocessed(mail, 2, notified_at=NOTIFIED, purge_after=DUE)
    before = api("admin", "GET", f"/unprocessed/{item.id}").json
    written = f"{case.case_id[:4]}-{case.case_id[4:8]}-{case.case_id[8:]}".lower()
    answer = api("admin", "POST", f"/unprocessed/{item.id}/assign", {"case_id": written})
    assert answer.json == {"outcome": "entry", "case_id": case.case_id, "email_id": item.email.email_id}

    assert api("admin", "GET", f"/unprocessed/{item.id}").status == 404
    assert api("admin", "GET", "/unprocessed").items == []
    assert api("agent", "GET", f"/cases/{item.id}").status == 404, "it is a pointer now"
    assert case.email
    assert set(history(api, case.case_id)) == {case.email.email_id, item.email.email_id}
    entry = api("agent", "GET", f"/cases/{case.case_id}/emails/{item.email.email_id}").json
    assert (entry["matched_by"], entry["text"], entry["attachments"]) == (
        ASSIGNED,
        before["text"],
        before["attachments"],
    )
    assert api("agent", "GET", f"/cases/{case.case_id}/emails/{item.email.email_id}/original").status == 200
    record = read_record(mail, item.id)
    assert record is not None
    assert record.identity == identity_of(2).key, "the same email again is a duplicate"
    assert record.value == Pointer(
        item.id,
        Outcome.ENTRY,
        case.case_id,
        item.email.email_id,
        item.email.raw_key,
        MatchedBy(MatchMethod.ASSIGNED, MatchStrength.PERSON),
        version=2,
    )
    assert RecordStore(mail).has_entry(record.value)
    assert [row for batch in PurgeStore().due(DUE) for row in batch] == []
    assert threads(2) == [f"CASE#{case.case_id}"]
    for body in ({"case_id": case.case_id}, {"user_id": "543457"}):
        again = api("admin", "POST", f"/unprocessed/{item.id}/assign", body)
        assert again.status == 409
        assert again.json["detail"] == f"This email is already in case {case_number(case.case_id)}."


def test_assign_to_employee(api: Api, mail: MailBucket) -> None:
    """An unprocessed email becomes a case of the employee."""
    api("admin", "PUT", "/employees/543457", ZOE)
    api("admin", "PUT", "/service-groups/uk", {"name": "UK"})
    api("admin", "PUT", "/topics/Payroll", {"service_group": "default", "by_population": {"UK": "uk"}})
    item = record_unprocessed(mail, 1, notified_at=NOTIFIED, purge_after=DUE)
    answer = api("admin", "POST", f"/unprocessed/{item.id}/assign", {"user_id": "543457", "topic": "payroll"})
    assert answer.json == {"outcome": "case", "case_id": item.id, "email_id": item.email.email_id}

    read = api("admin", "GET", f"/cases/{item.id}")
    case = read.json
    assert case == {
        "case_id": item.id,
        "number": case["number"],
        "status": "open",
        "subject": "Leave",
        "issue": "How many days are left?",
        "topic": "Payroll",
        "service_group": "uk",
        "employee": {"user_id": "543457", "name": "Zoë", "email": "Jo@Elsewhere.example"},
        "regarding": None,
        "show_to_employee": False,
        "flags": [],
        "warnings": [],
        "siblings": [],
        "merged_into": None,
        "mailbox": "payroll@acme.example",
        "assignee": None,
        "unread": True,
        "waiting_on": "agent",
        "last_inbound_at": "2026-11-23T10:00:00.000Z",
        "last_outbound_at": None,
        "created_at": case["created_at"],
        "updated_at": case["created_at"],
    }
    assert history(api, item.id) == [item.email.email_id]
    assert [row["case_id"] for row in api("admin", "GET", "/cases?employee=543457").items] == [item.id]
    assert [row["case_id"] for row in api("admin", "GET", "/cases?service_group=uk&status=open").items] == [item.id]
    assert (api("admin", "GET", "/unprocessed").items, threads(1)) == ([], [f"CASE#{item.id}"])
    assert [row for batch in PurgeStore().due(DUE) for row in batch] == []
    again = api("admin", "POST", f"/unprocessed/{item.id}/assign", {"user_id": "543457"})
    assert (again.status, again.json["detail"]) == (409, f"This email has already become case {case_number(item.id)}.")
    changed = api(
        "admin", "PATCH", f"/cases/{item.id}", {"status": "closed"}, headers={"If-Match": read.headers["etag"]}
    )
    assert changed.status == 200
    record = read_record(mail, item.id)
    assert record is not None
    assert record.identity == identity_of(1).key
    assert isinstance(record.value, Case)
    assert record.value.participants == participant_keys({"jo@elsewhere.example"})


def test_assign_empty_email(api: Api, mail: MailBucket) -> None:
    """An email without sender, subject and text becomes a case, too."""
    api("admin", "PUT", "/employees/1", {"name": "A"})
    email = replace(
        stored_email("0123456789", "raw/case_creation/x"), subject="", from_=None, content=Content(None, "<p></p>")
    )
    item = record_unprocessed(mail, 1, email=email, mailbox=None)
    assert api("admin", "POST", f"/unprocessed/{item.id}/assign", {"user_id": "1"}).status == 200
    case = api("agent", "GET", f"/cases/{item.id}").json
    assert (case["subject"], case["issue"], case["topic"]) == ("(no subject)", "(no subject)", "General")
    assert case["employee"] == {"user_id": "1", "name": "A", "email": None}


def test_wrong_assignments(api: Api, mail: MailBucket) -> None:
    api("admin", "PUT", "/employees/1", {"name": "A"})
    item, other = record_unprocessed(mail, 1), record_unprocessed(mail, 2)
    case = record_case(mail, 3)
    wrong: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["case_id"]),
        ({"topic": "General"}, ["case_id"]),
        ({"case_id": "ZZZZZZZZZ0"}, ["case_id"]),
        ({"case_id": other.id}, ["case_id"]),
        ({"case_id": "nonsense"}, ["case_id"]),
        ({"case_id": 5, "x": 1}, ["case_id", "x"]),
        ({"user_id": 5}, ["user_id"]),
        ({"user_id": "nobody", "topic": "Nothing"}, ["topic", "user_id"]),
        ({"case_id": case.case_id, "user_id": "1", "topic": "General"}, ["topic", "user_id"]),
    ]
    for body, fields in wrong:
        assert api("admin", "POST", f"/unprocessed/{item.id}/assign", body).wrong_fields == fields, body
    assert api("admin", "POST", f"/unprocessed/{item.id}/assign").status == 400
    for record_id, status in ((case.case_id, 409), ("0000000000", 404), ("x", 404)):
        assert api("admin", "POST", f"/unprocessed/{record_id}/assign", {"user_id": "1"}).status == status
    assert len(api("admin", "GET", "/unprocessed").items) == 2


def test_assign_during_purge(api: Api, mail: MailBucket) -> None:
    """An email that is being purged can no longer be assigned."""
    api("admin", "PUT", "/employees/1", {"name": "A"})
    case = record_case(mail, 2)
    item = record_unprocessed(mail, 1, notified_at=NOTIFIED, purge_after=DUE)
    PurgeStore().mark([item], DUE)
    for body in ({"user_id": "1"}, {"case_id": case.case_id}):
        assert api("admin", "POST", f"/unprocessed/{item.id}/assign", body).problem == "conflict"
    assert api("admin", "DELETE", f"/unprocessed/{item.id}").status == 204, "discarding completes the purge"


def test_assign_after_change(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """An assignment that crosses another change changes nothing."""
    api("admin", "PUT", "/employees/1", {"name": "A"})
    item = record_unprocessed(mail, 1, notified_at=NOTIFIED, purge_after=DUE)
    make_case = AssignmentStore.make_case

    def crossed(self: AssignmentStore, *arguments: Any) -> None:
        api("admin", "POST", f"/unprocessed/{item.id}/hold", {"why": "w"})
        make_case(self, *arguments)

    monkeypatch.setattr(AssignmentStore, "make_case", crossed)
    answer = api("admin", "POST", f"/unprocessed/{item.id}/assign", {"user_id": "1"})
    assert (answer.status, answer.problem) == (503, "try_again")
    assert api("admin", "GET", f"/unprocessed/{item.id}").json["held"]["why"] == "w"


def test_discard(api: Api, mail: MailBucket, aws: Aws) -> None:
    """A discarded email is deleted with its objects, and leaves a proof."""
    item = record_unprocessed(mail, 1, notified_at=NOTIFIED, purge_after=DUE)
    assert api("admin", "DELETE", f"/unprocessed/{item.id}").status == 204
    assert read_rows([keys.record(item.id)]) == {}
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=aws.bucket_name)
    (proof,) = api("admin", "GET", "/purges").items
    assert [row["id"] for row in proof["items"]] == [item.id]
    assert api("admin", "DELETE", f"/unprocessed/{item.id}").status == 404


def test_refused_discard(api: Api, mail: MailBucket) -> None:
    """An email that nobody was notified of, or that is held, is not discarded."""
    unnotified = record_unprocessed(mail, 1)
    held = record_unprocessed(mail, 2, notified_at=NOTIFIED, purge_after=DUE, held=Hold("w", "a", NOTIFIED))
    case = record_case(mail, 3)
    for item in (unnotified, held):
        assert api("admin", "DELETE", f"/unprocessed/{item.id}").problem == "conflict"
        assert api("admin", "GET", f"/unprocessed/{item.id}").status == 200
    assert api("admin", "DELETE", f"/unprocessed/{case.case_id}").status == 404
    assert api("admin", "GET", "/purges").items == []


@pytest.mark.parametrize(("others", "status"), [(("hold",), 409), (("hold", "release"), 204)])
def test_changed_before_discard(
    api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch, others: tuple[str, ...], status: int
) -> None:
    """What somebody changes while an email is discarded is looked at again."""
    item = record_unprocessed(mail, 1, notified_at=NOTIFIED, purge_after=DUE)
    unhindered = PurgeStore.discard

    def overtaken(*given: Any) -> bool:
        monkeypatch.setattr(PurgeStore, "discard", unhindered)
        for act in others:
            assert api("admin", "POST", f"/unprocessed/{item.id}/{act}", {"why": "w"}).status == 200
        return unhindered(*given)

    monkeypatch.setattr(PurgeStore, "discard", overtaken)
    assert api("admin", "DELETE", f"/unprocessed/{item.id}").status == status

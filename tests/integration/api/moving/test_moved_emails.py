"""An email that is moved to another case is always in exactly one place, with all that belongs to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.moving.move_store import MoveStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.record_store import RecordStore
from email_channels.cases.history import Content, Entry
from email_channels.cases.pointer import Pointer
from email_channels.errors import NotFound

from tests.support.acts import an_act
from tests.support.in_process.api_client import Api
from tests.support.in_process.histories import answer_to, history, outbound, threads
from tests.support.in_process.stored_emails import RECEIVED, identity_of, record_case, record_unprocessed, stored_email
from tests.support.in_process.stored_records import read_record

ASSIGNED = {"how": "assigned", "certainty": "person"}


def test_entry(api: Api, mail: MailBucket) -> None:
    """An entry is moved, and its pointer follows."""
    case, other = record_case(mail, 1), record_case(mail, 2)
    email = answer_to(mail, case, 3, RECEIVED + timedelta(minutes=5))
    url = f"/cases/{case.case_id}/emails/{email.email_id}"
    before = api("agent", "GET", url).json
    answer = api("agent", "POST", f"{url}/move", {"case_id": other.case_id})
    assert (answer.status, answer.headers["location"]) == (200, f"/cases/{other.case_id}/emails/{email.email_id}")
    assert (answer.json["email_id"], answer.json["matched_by"]) == (email.email_id, ASSIGNED)
    assert api("agent", "GET", url).status == 404
    assert api("agent", "GET", answer.headers["location"]).json == before | {"matched_by": ASSIGNED}
    record = read_record(mail, identity_of(3).record_id())
    assert record is not None
    assert isinstance(record.value, Pointer)
    assert (record.value.case_id, record.value.version) == (other.case_id, 2)
    assert RecordStore(mail).has_entry(record.value)
    assert threads(3) == [f"CASE#{other.case_id}"]


def test_and_slow_worker(api: Api, mail: MailBucket) -> None:
    """A worker that read the pointer before the move does not write the entry to the old case."""
    case, other = record_case(mail, 1), record_case(mail, 2)
    email = answer_to(mail, case, 3, RECEIVED + timedelta(minutes=5))
    read_before = read_record(mail, identity_of(3).record_id())
    assert read_before is not None
    assert isinstance(read_before.value, Pointer)
    url = f"/cases/{case.case_id}/emails/{email.email_id}"
    assert api("agent", "POST", f"{url}/move", {"case_id": other.case_id}).status == 200

    RecordStore(mail).add_entry(read_before.value, Entry(case.case_id, email), identity_of(3))

    assert api("agent", "GET", url).status == 404
    assert email.email_id not in history(api, case.case_id)
    assert history(api, other.case_id)[0] == email.email_id

    # It can be moved back, and moved again.
    there = f"/cases/{other.case_id}/emails/{email.email_id}"
    assert api("agent", "POST", f"{there}/move", {"case_id": case.case_id}).status == 200
    assert history(api, case.case_id)[0] == email.email_id
    assert api("agent", "GET", there).status == 404
    assert api("agent", "POST", f"{url}/move", {"case_id": other.case_id}).status == 200
    assert email.email_id not in history(api, case.case_id)


def test_first_email(api: Api, mail: MailBucket) -> None:
    """The first email of a case is moved to another case, and back."""
    case, other = record_case(mail, 1), record_case(mail, 2)
    assert case.email
    assert other.email
    url = f"/cases/{case.case_id}/emails/{case.email.email_id}"
    whole = api("agent", "GET", url).json
    shown = api("agent", "GET", f"/cases/{case.case_id}").json
    assert api("agent", "POST", f"{url}/move", {"case_id": other.case_id}).status == 200

    assert history(api, case.case_id) == []
    assert history(api, other.case_id) == sorted([case.email.email_id, other.email.email_id], reverse=True)
    after = api("agent", "GET", f"/cases/{case.case_id}")
    kept = shown | {"updated_at": after.json["updated_at"], "unread": False, "last_inbound_at": None}
    assert after.json == kept, "the case keeps its issue, and has nothing to read"
    assert after.headers["etag"] == '"2"'
    assert api("agent", "GET", f"/cases?q={case.case_id}").items == [after.json]
    record = read_record(mail, case.case_id)
    assert record is not None
    assert record.identity == identity_of(1).key, "the same email again is a duplicate"
    assert threads(1) == [f"CASE#{other.case_id}"]
    moved = f"/cases/{other.case_id}/emails/{case.email.email_id}"
    assert api("agent", "GET", moved).json == whole | {"matched_by": ASSIGNED}
    assert api("agent", "GET", f"{moved}/attachments/1").status == 200

    assert api("agent", "POST", f"{moved}/move", {"case_id": case.case_id}).status == 200
    assert history(api, case.case_id) == [case.email.email_id]
    assert history(api, other.case_id) == [other.email.email_id]


def test_long_first_email(api: Api, mail: MailBucket) -> None:
    """A long first email is moved with its content in the bucket."""
    text = "".join(f"{number * 2654435761 % 4294967291:x} " for number in range(60_000))
    email = replace(stored_email(identity_of(1).record_id(), "x"), content=Content(text, None, issue=text))
    case, other = record_case(mail, 1, email=email, issue=text), record_case(mail, 2)
    url = f"/cases/{case.case_id}/emails/{email.email_id}"
    assert api("agent", "POST", f"{url}/move", {"case_id": other.case_id}).status == 200
    assert api("agent", "GET", f"/cases/{other.case_id}/emails/{email.email_id}").json["text"] == text
    issue = api("agent", "GET", f"/cases/{case.case_id}").json["issue"]
    assert issue.startswith(text[:50_000])
    assert issue.endswith("\n[...]")


def test_outbound_email(api: Api, mail: MailBucket) -> None:
    """An outbound email is moved with its delivery states."""
    case, other = record_case(mail, 1), record_case(mail, 2)
    sent = outbound(mail, case, RECEIVED + timedelta(minutes=1), message_id="0102@eu-central-1.amazonses.com")
    url = f"/cases/{case.case_id}/emails/{sent.email_id}"
    before = api("agent", "GET", url).json
    assert api("agent", "POST", f"{url}/move", {"case_id": other.case_id}).status == 200
    assert api("agent", "GET", f"/cases/{other.case_id}/emails/{sent.email_id}").json == before
    assert api("agent", "GET", url).status == 404
    assert OutboundStore().sent_as("0102@eu-central-1.amazonses.com") == (other.case_id, sent.email_id)


def test_wrong_moves(api: Api, mail: MailBucket) -> None:
    case, secret = record_case(mail, 1), record_case(mail, 2, service_group="secret")
    item = record_unprocessed(mail, 3)
    sent = outbound(mail, case, RECEIVED + timedelta(minutes=1), message_id=None)
    assert case.email
    url = f"/cases/{case.case_id}/emails/{case.email.email_id}/move"
    for wrong in (case.case_id, secret.case_id, item.id, "ZZZZZZZZZ0", "x"):
        assert api("agent", "POST", url, {"case_id": wrong}).wrong_fields == ["case_id"]
    assert api("agent", "POST", url, {"case_id": None, "x": 1}).wrong_fields == ["case_id", "x"]
    assert api("agent", "POST", url, {}).wrong_fields == ["case_id"]
    own = f"/cases/{case.case_id}/emails/{sent.email_id}/move"
    other = record_case(mail, 4)
    assert api("agent", "POST", own, {"case_id": other.case_id}).problem == "conflict"
    assert api("agent", "POST", url.replace(case.email.email_id, "0" * 19), {"case_id": other.case_id}).status == 404
    assert api("admin", "POST", url, {"case_id": secret.case_id}).status == 200
    assert set(history(api, case.case_id)) == {sent.email_id}


def test_concurrent_moves(api: Api, mail: MailBucket) -> None:
    """Of two moves at the same time, one wins."""
    case, one, two = (record_case(mail, n) for n in range(3))
    assert case.email
    store = MoveStore(mail)
    store.move(case.case_id, case.email.email_id, one.case_id, RECEIVED, an_act())
    with pytest.raises(NotFound):
        store.move(case.case_id, case.email.email_id, two.case_id, RECEIVED, an_act())
    places = [
        case_id for case_id in (case.case_id, one.case_id, two.case_id) if case.email.email_id in history(api, case_id)
    ]
    assert places == [one.case_id]

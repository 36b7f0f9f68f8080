"""Unprocessed emails are listed, read, held and released."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from email_channels.aws.mail_bucket import MailBucket, content_key
from email_channels.aws.rows import index_keys
from email_channels.aws.stores import unprocessed_store
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.aws.stores.unprocessed_store import UnprocessedStore
from email_channels.cases.channels import Channel
from email_channels.cases.history import Content
from email_channels.cases.reasons import ADVICE, Reason
from email_channels.cases.trace import RuleResult, RuleVerdict
from email_channels.cases.unprocessed import Hold
from email_channels.mail.message import Address

from tests.support.acts import an_act
from tests.support.in_process.api_client import Api, counted_calls
from tests.support.in_process.aws import Aws
from tests.support.in_process.stored_emails import (
    RECEIVED,
    SENT,
    SES_BLOCK,
    record_case,
    record_unprocessed,
    stored_email,
)

NOTIFIED = RECEIVED + timedelta(minutes=1)
DUE = NOTIFIED + timedelta(days=30)


def test_items(api: Api, mail: MailBucket, aws: Aws) -> None:
    """An unprocessed email as an item of the list, and alone."""
    item = record_unprocessed(mail, 1, notified_at=NOTIFIED, purge_after=DUE)
    listed = {
        "id": item.id,
        "channel": "case_creation",
        "mailbox": "payroll@acme.example",
        "reason": "sender_not_found",
        "explanation": ADVICE[Reason.SENDER_NOT_FOUND].explanation,
        "what_to_do": ADVICE[Reason.SENDER_NOT_FOUND].what_to_do,
        "from": {"name": "Jo Doe", "address": "jo@elsewhere.example"},
        "to": [{"name": "", "address": "payroll@acme.example"}],
        "subject": "Leave",
        "received_at": "2026-11-23T10:00:00.000Z",
        "notified_at": "2026-11-23T10:01:00.000Z",
        "purge_after": "2026-12-23T10:01:00.000Z",
        "held": None,
    }
    assert api("admin", "GET", "/unprocessed").json == {"items": [listed], "next_cursor": None}
    whole = api("admin", "GET", f"/unprocessed/{item.id.lower()}").json
    original = whole.pop("original")
    assert whole == listed | {
        "trace": [],
        "text": "How many days are left?\n",
        "html": None,
        "attachments": [
            {
                "n": 1,
                "filename": "days.txt",
                "content_type": "text/plain",
                "size": 4,
                "inline": False,
                "content_id": None,
            }
        ],
    }
    assert (
        mail.read(urlsplit(original["url"]).path.lstrip("/").removeprefix(f"{aws.bucket_name}/"))
        == SES_BLOCK + SENT % 1
    )


def test_broken_email(api: Api, mail: MailBucket) -> None:
    """Missing fields of a broken email are null or empty."""
    email = replace(
        stored_email("0123456789", "x"),
        from_=None,
        to=(),
        subject="",
        content=Content(
            None, "<b>x</b><script>y</script>", trace=(RuleResult("size", RuleVerdict.STOP, "d", {"a": [1]}),)
        ),
    )
    item = record_unprocessed(mail, 1, email=replace(email, raw_key=None), mailbox=None, channel=Channel.AD_HOC)
    whole = api("admin", "GET", f"/unprocessed/{item.id}").json
    assert (whole["from"], whole["to"], whole["subject"], whole["mailbox"]) == (None, [], "", None)
    assert (whole["text"], whole["html"], whole["original"]) == (None, "<b>x</b>", None)
    assert whole["trace"] == [{"rule": "size", "verdict": "stop", "detail": "d", "evidence": {"a": [1]}}]


def test_list(api: Api, mail: MailBucket) -> None:
    """Lists are newest first, in pages, and filtered."""
    items = [
        record_unprocessed(
            mail,
            n,
            received_at=RECEIVED + timedelta(seconds=n // 2),
            reason=(Reason.SPAM, Reason.SENDER_NOT_FOUND)[n % 2],
            mailbox=("payroll@acme.example", None, "benefits@acme.example")[n % 3],
            email=replace(
                stored_email(f"{n:010}", "x", n), from_=Address("", f"J{n % 4}@Sub{n % 2}.Example") if n % 5 else None
            ),
        )
        for n in range(24)
    ]
    record_case(mail, 100)
    ordered = sorted(items, key=lambda item: (item.received_at, item.id), reverse=True)

    def listed(query: str, limit: int = 5) -> list[str]:
        seen: list[str] = []
        cursor = ""
        while True:
            page = api("admin", "GET", f"/unprocessed?{query}&limit={limit}{cursor}").json
            assert len(page["items"]) <= limit
            seen += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                return seen
            cursor = f"&cursor={page['next_cursor']}"

    assert listed("") == listed("", 24) == listed("", 200) == [item.id for item in ordered]
    spam = [item.id for item in ordered if item.reason is Reason.SPAM]
    assert listed("reason=spam") == listed("reason=spam", 1) == spam
    payroll = [item.id for item in ordered if item.mailbox == "payroll@acme.example"]
    assert listed("mailbox=PAYROLL@acme.example") == payroll
    senders = {item.id: item.email.from_.address.lower() if item.email.from_ else "" for item in ordered}
    assert listed("from=j1@sub1.example") == [name for name, sender in senders.items() if sender == "j1@sub1.example"]
    sub0 = [name for name, sender in senders.items() if sender.endswith("@sub0.example")]
    assert listed("from=sub0.EXAMPLE") == listed("from=@sub0.example") == sub0
    assert listed("from=nobody@x.example&reason=spam") == []
    assert listed("from=@") == []
    both = [item.id for item in ordered if item.id in spam and item.id in payroll]
    assert listed("reason=spam&mailbox=payroll@acme.example&from=") == both
    wrong = api("admin", "GET", "/unprocessed?reason=nonsense&limit=0&received_since=now")
    assert wrong.wrong_fields == ["received_since", "reason", "limit"]


def test_list_by_time(api: Api, mail: MailBucket) -> None:
    """Lists hold what was received at a time or later, until another time. Both times count."""
    ids = [record_unprocessed(mail, n, received_at=RECEIVED + timedelta(seconds=n)).id for n in range(10)]

    def listed(query: str) -> list[str]:
        seen: list[str] = []
        page = api("admin", "GET", f"/unprocessed?limit=2&{query}").json
        while True:
            seen += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                return seen
            page = api("admin", "GET", f"/unprocessed?limit=2&{query}&cursor={page['next_cursor']}").json

    assert listed("received_since=2026-11-23T10:00:06Z") == ids[:5:-1]
    assert listed("received_since=2026-11-23T11:00:06.0%2B01:00") == ids[:5:-1]
    assert listed("received_until=2026-11-23T10:00:03.000Z") == ids[3::-1]
    assert listed("received_since=2026-11-23T10:00:02Z&received_until=2026-11-23T10:00:06Z") == ids[6:1:-1]
    assert listed("received_since=2026-11-23T10:00:06Z&received_until=2026-11-23T10:00:02Z") == []
    assert listed("received_since=2026-11-23T10:00:06Z&reason=virus") == []
    assert listed("received_since=&received_until=") == ids[::-1]
    with counted_calls() as calls:
        api("admin", "GET", "/unprocessed?received_until=2026-11-23T10:00:00Z")
    assert calls == ["Query", "BatchGetItem"]


@pytest.mark.parametrize(
    "wrong", ["yesterday", "2026-11-23", "2026-11-23T10:00:00", "2026-02-30T10:00:00Z", "0001-01-01T00:00:00%2B02:00"]
)
def test_wrong_times(api: Api, wrong: str) -> None:
    """A time without a zone, and what is not a time, are refused by name."""
    answer = api("admin", "GET", f"/unprocessed?received_since={wrong}&received_until={wrong}")
    assert answer.wrong_fields == ["received_since", "received_until"]


def test_forged_cursor_with_times(api: Api, mail: MailBucket) -> None:
    """A cursor whose place is outside of the times adds nothing to the list."""
    for n in range(3):
        record_unprocessed(mail, n, received_at=RECEIVED + timedelta(seconds=n))
    query = "received_until=2026-11-23T10:00:01Z&limit=1"
    cursor = api("admin", "GET", f"/unprocessed?{query}").json["next_cursor"]
    binding, _ = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    for place, found in ((index_keys.before(RECEIVED + timedelta(days=400)), 1), ("1", 0)):
        forged = base64.urlsafe_b64encode(json.dumps([binding, place]).encode()).decode().rstrip("=")
        assert len(api("admin", "GET", f"/unprocessed?{query}&cursor={forged}").items) == found


def test_calls_for_a_page(api: Api, mail: MailBucket) -> None:
    """A page takes two calls."""
    for n in range(60):
        record_unprocessed(mail, n)
    assert api("admin", "GET", "/me").status == 200  # a process remembers a person at their first request
    with counted_calls() as calls:
        assert len(api("admin", "GET", "/unprocessed").items) == 50
    assert calls == ["Query", "BatchGetItem"]


def test_sparse_filter(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of a sparse filter may be empty, and its cursor leads on."""
    monkeypatch.setattr("functions.agent_api.administration.unprocessed._SEARCHED", 10)
    items = [record_unprocessed(mail, n, received_at=RECEIVED + timedelta(seconds=n)) for n in range(25)]
    rare = record_unprocessed(mail, 30, reason=Reason.VIRUS, received_at=RECEIVED - timedelta(seconds=1))
    pages = [api("admin", "GET", "/unprocessed?reason=virus").json]
    while pages[-1]["next_cursor"]:
        pages.append(api("admin", "GET", f"/unprocessed?reason=virus&cursor={pages[-1]['next_cursor']}").json)
    assert [[item["id"] for item in page["items"]] for page in pages] == [[], [], [rare.id]]
    assert len(items) == 25


def test_hold_and_release(api: Api, mail: MailBucket) -> None:
    """A held email is not purged until it is released."""
    item = record_unprocessed(mail, 1, notified_at=NOTIFIED, purge_after=DUE)
    before = datetime.now(UTC) - timedelta(seconds=1)
    held = api("admin", "POST", f"/unprocessed/{item.id}/hold", {"why": "Legal, Ünit 7"}).json
    assert (held["held"]["why"], held["held"]["by"]) == ("Legal, Ünit 7", "admin")
    assert before < datetime.fromisoformat(held["held"]["at"]) <= datetime.now(UTC)
    assert [row for batch in PurgeStore().due(DUE) for row in batch] == []
    assert api("admin", "GET", f"/unprocessed/{item.id}").json["held"] == held["held"]

    again = api("only-admin", "POST", f"/unprocessed/{item.id}/hold", {"why": "Another"}).json
    assert (again["held"]["why"], again["held"]["by"]) == ("Another", "only-admin")

    for _ in range(2):
        released = api("admin", "POST", f"/unprocessed/{item.id}/release")
        assert (released.status, released.json["held"], released.json["purge_after"]) == (
            200,
            None,
            held["purge_after"],
        )
    assert [row.id for batch in PurgeStore().due(DUE) for row in batch] == [item.id]


def test_hold_before_notification(api: Api, mail: MailBucket) -> None:
    """An email that is held before its notification is still notified."""
    item = record_unprocessed(mail, 1)
    api("admin", "POST", f"/unprocessed/{item.id}/hold", {"why": "w"})
    stored = UnprocessedStore(mail).get(item.id)
    assert stored is not None
    assert stored.held is not None
    assert stored.version == 2


def test_hold_during_purge(api: Api, mail: MailBucket) -> None:
    """An email that is being purged is not held."""
    item = record_unprocessed(mail, 1, notified_at=NOTIFIED, purge_after=DUE)
    PurgeStore().mark([item], DUE)
    for action, body in (("hold", {"why": "w"}), ("release", None)):
        answer = api("admin", "POST", f"/unprocessed/{item.id}/{action}", body)
        assert (answer.status, answer.problem) == (409, "conflict")


def test_concurrent_hold(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hold that crosses another change is retried."""
    item = record_unprocessed(mail, 1, notified_at=NOTIFIED, purge_after=DUE)
    other = Hold("The other's", "other", NOTIFIED)
    read = unprocessed_store._read
    crossings = iter([True, False, False])

    def crossed(record_id: str) -> object:
        row = read(record_id)
        if next(crossings):
            UnprocessedStore(mail).hold(record_id, other, an_act())
        return row

    monkeypatch.setattr(unprocessed_store, "_read", crossed)
    assert api("admin", "POST", f"/unprocessed/{item.id}/hold", {"why": "Mine"}).json["held"]["why"] == "Mine"


def test_wrong_holds(api: Api, mail: MailBucket) -> None:
    item = record_unprocessed(mail, 1)
    url = f"/unprocessed/{item.id}/hold"
    assert api("admin", "POST", url, {}).wrong_fields == ["why"]
    assert api("admin", "POST", url, {"why": " \n", "by": "me"}).wrong_fields == ["by", "why"]
    assert api("admin", "POST", url, {"why": 5}).wrong_fields == ["why"]
    assert (api("admin", "POST", url).status, api("admin", "POST", url, raw="why").status) == (400, 400)


def test_not_unprocessed(api: Api, mail: MailBucket) -> None:
    """Ids of cases, unknown ids and nonsense are not found."""
    case = record_case(mail, 1)
    for record_id in (case.case_id, "0000000000", "x", "%00", "y" * 4000):
        for method, path, body in (("GET", "", None), ("POST", "/hold", {"why": "w"}), ("POST", "/release", None)):
            answer = api("admin", method, f"/unprocessed/{record_id}{path}", body)
            assert (answer.status, answer.problem) == (404, "not_found")


def test_deleted_objects(api: Api, mail: MailBucket) -> None:
    """If a purge has already deleted the objects, the email is shown without them."""
    text = "".join(f"{number * 2654435761 % 4294967291:x} " for number in range(60_000))
    email = replace(stored_email("0123456789", "raw/case_creation/x"), content=Content(text, None))
    item = record_unprocessed(mail, 1, email=email)
    assert api("admin", "GET", f"/unprocessed/{item.id}").json["text"] == text
    mail.delete([content_key(item.id)])
    assert api("admin", "GET", f"/unprocessed/{item.id}").json["text"] is None


def test_retry(api: Api, mail: MailBucket) -> None:
    """An admin corrects the directory and retries. The second retry finds it done."""
    item = record_unprocessed(mail, 1)
    before = {"outcome": "unprocessed", "reason": "sender_not_found"}
    answer = api("admin", "POST", f"/unprocessed/{item.id.lower()}/retry")
    assert answer.json == {"before": before, "after": before | {"case_id": None}}
    api("admin", "PUT", "/employees/1", {"name": "Jo", "emails": ["jo@elsewhere.example"]})
    answer = api("admin", "POST", f"/unprocessed/{item.id}/retry")
    case = {"outcome": "case", "reason": None, "case_id": item.id}
    assert answer.json == {"before": before, "after": case}
    assert api("agent", "GET", f"/cases/{item.id}").json["subject"] == "Leave"
    assert api("admin", "POST", f"/unprocessed/{item.id}/retry").json == {"before": case, "after": case}


def test_retry_refused(api: Api, mail: MailBucket) -> None:
    """What cannot be retried says why."""
    assert api("admin", "POST", "/unprocessed/ZZZZZZZZZ0/retry").status == 404
    assert api("admin", "POST", "/unprocessed/no-id/retry").status == 404
    api("admin", "PUT", "/employees/1", {"name": "Jo", "emails": []})
    made = api("agent", "POST", "/cases", {"user_id": "1", "subject": "S", "issue": "I", "show_to_employee": False})
    assert made.status == 201
    assert api("admin", "POST", f"/unprocessed/{made.json['case_id']}/retry").status == 404
    item = record_unprocessed(mail, 1, notified_at=NOTIFIED, purge_after=DUE)
    mail.delete([str(item.email.raw_key)])
    answer = api("admin", "POST", f"/unprocessed/{item.id}/retry")
    assert (answer.status, answer.problem) == (409, "conflict")
    assert "original" in answer.json["detail"]
    PurgeStore().mark([item], DUE)
    answer = api("admin", "POST", f"/unprocessed/{item.id}/retry")
    assert (answer.status, answer.json["detail"]) == (409, "The email is being purged.")

"""Cases are created, listed, read and changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.email_rows import MAX_CHANGING_BYTES
from email_channels.aws.rows.table import read_row, row_bytes
from email_channels.cases.case import CaseStatus, EmployeeSnapshot
from email_channels.cases.history import Content

from tests.support.in_process.api_client import Api, counted_calls
from tests.support.in_process.case_words import index_words
from tests.support.in_process.stored_emails import RECEIVED, record_case, record_unprocessed

ZOE = {"name": "Zoë Hartmann", "emails": ["Zoe@acme.example", "z.h@acme.example"], "population": "UK"}


def made(api: Api, **changes: Any) -> Any:
    """A case of Zoë that an agent creates."""
    if api("admin", "GET", "/employees/543457").status == 404:
        assert api("admin", "PUT", "/employees/543457", ZOE).status == 201
    wanted = {"user_id": "543457", "subject": "Überstunden", "issue": "Eleven hours 🕐", "topic": "General"}
    answer = api("agent", "POST", "/cases", wanted | changes)
    assert answer.status == 201, answer.text
    return answer.json


def test_create(api: Api) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    api("admin", "PUT", "/employees/543457", ZOE)
    wanted = {"user_id": "543457", "subject": "Überstunden", "issue": "Eleven\nhours 🕐", "topic": "general"}
    answer = api("agent", "POST", "/cases", wanted | {"show_to_employee": True})

    case = answer.json
    assert answer.status == 201
    assert answer.headers["location"] == f"/cases/{case['case_id']}"
    assert case == {
        "case_id": case["case_id"],
        "number": f"{case['case_id'][:4]}-{case['case_id'][4:8]}-{case['case_id'][8:]}",
        "status": "open",
        "subject": "Überstunden",
        "issue": "Eleven\nhours 🕐",
        "topic": "General",
        "service_group": "default",
        "employee": {"user_id": "543457", "name": "Zoë Hartmann", "email": "Zoe@acme.example"},
        "regarding": None,
        "show_to_employee": True,
        "flags": [],
        "warnings": [],
        "siblings": [],
        "merged_into": None,
        "mailbox": None,
        "assignee": None,
        "unread": False,
        "waiting_on": "agent",
        "last_inbound_at": None,
        "last_outbound_at": None,
        "created_at": case["created_at"],
        "updated_at": case["created_at"],
    }
    assert before <= datetime.fromisoformat(case["created_at"]) <= datetime.now(UTC)
    assert case["created_at"].endswith("Z")
    read = api("agent", "GET", f"/cases/{case['case_id']}")
    assert (read.status, read.json, read.headers["etag"]) == (200, case, '"1"')
    assert api("agent", "GET", f"/cases/{case['case_id']}/emails").json == {"items": [], "next_cursor": None}


def test_case_id_as_typed(api: Api) -> None:
    """A case id is read in every form that people type."""
    case = made(api)
    for written in (case["number"], case["number"].lower(), case["case_id"].lower(), f"%23{case['number']}"):
        assert api("agent", "GET", f"/cases/{written}").json == case


def test_service_group(api: Api) -> None:
    """Topic and population decide the service group."""
    for group in ("pay", "pay-uk"):
        api("admin", "PUT", f"/service-groups/{group}", {"name": group})
    api("admin", "PUT", "/topics/Payroll", {"service_group": "pay", "by_population": {"UK": "pay-uk"}})
    assert made(api, topic="payroll")["service_group"] == "pay-uk"
    api("admin", "PUT", "/employees/543457", ZOE | {"population": "Germany"})
    assert made(api, topic="payroll")["service_group"] == "pay"
    assert made(api, topic="General")["service_group"] == "default"


def test_unknown_names(api: Api) -> None:
    """The employee and the topic of a new case must exist."""
    body = {"user_id": "1", "subject": "s", "issue": "i", "topic": "Nothing"}
    assert api("agent", "POST", "/cases", body | {"issue": 5}).wrong_fields == ["issue", "topic", "user_id"]
    assert api("agent", "POST", "/cases", {"subject": 5, "issue": "i", "extra": 1}).wrong_fields == [
        "extra",
        "subject",
        "user_id",
    ]


@pytest.mark.parametrize("subject", ["x" * 750, "ü" * 375, "🕐" * 187 + "zz"], ids=["ASCII", "two bytes", "four bytes"])
def test_longest_subject(api: Api, subject: str) -> None:
    """Subjects are limited in bytes, so that each change of a case writes a short item."""
    case = made(api, subject=subject)
    url = f"/cases/{case['case_id']}"
    changed = api("agent", "PATCH", url, {"subject": subject}, headers={"If-Match": "*"})
    assert case["subject"] == changed.json["subject"] == subject
    row = read_row(keys.record(case["case_id"]), CaseRow)
    assert row
    assert row_bytes(row) <= MAX_CHANGING_BYTES
    body = {"user_id": "543457", "subject": subject + "x", "issue": "i"}
    for answer in (
        api("agent", "POST", "/cases", body),
        api("agent", "PATCH", url, {"subject": subject + "x"}, headers={"If-Match": "*"}),
    ):
        (error,) = answer.json["errors"]
        assert (answer.status, error["field"], "at most 750" in error["message"]) == (422, "subject", True)


def test_case_of_an_email(api: Api, mail: MailBucket) -> None:
    case = record_case(mail, 1)
    assert api("agent", "GET", f"/cases/{case.case_id}").json == {
        "case_id": case.case_id,
        "number": f"{case.case_id[:4]}-{case.case_id[4:8]}-{case.case_id[8:]}",
        "status": "open",
        "subject": "Leave",
        "issue": "How many days are left?\n",
        "topic": "Payroll",
        "service_group": "default",
        "employee": {"user_id": "543457", "name": "Jo Doe", "email": "jo@elsewhere.example"},
        "regarding": None,
        "show_to_employee": True,
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
        "created_at": "2026-11-23T10:00:00.000Z",
        "updated_at": "2026-11-23T10:00:00.000Z",
    }


def test_long_email(api: Api, mail: MailBucket) -> None:
    """A long email is read from the bucket, and lists show its start."""
    # Random, so that it is too long for an item even when it is compressed.
    text = "".join(f"{number * 2654435761 % 4294967291:x} " for number in range(60_000))
    email = record_case(mail, 1).email
    assert email is not None
    long = Content(text, None, issue=text)
    case = record_case(mail, 2, issue=text, email=_with_content(email, long))
    whole = api("agent", "GET", f"/cases/{case.case_id}").json
    assert whole["issue"] == text
    (listed,) = [item for item in api("agent", "GET", "/cases").items if item["case_id"] == case.case_id]
    assert listed == whole | {"issue": email.preview}


def test_very_long_issue(api: Api, mail: MailBucket) -> None:
    """An issue that does not fit an answer is cut."""
    email = record_case(mail, 1).email
    assert email is not None
    text = "ä\x01" * 8_000_000
    case = record_case(mail, 2, issue=text, email=_with_content(email, Content(text, None, issue=text)))
    answer = api("agent", "GET", f"/cases/{case.case_id}")
    assert answer.json["issue"].endswith("\n[...]")
    assert 500_000 < len(answer.text.encode()) < 700_000
    assert [item["issue"] for item in api("agent", "GET", "/cases").items if item["case_id"] == case.case_id] == [
        email.preview
    ]


def test_list_order(api: Api, mail: MailBucket) -> None:
    """Lists show the newest activity first."""
    cases = [record_case(mail, n, updated_at=RECEIVED + timedelta(minutes=n * 7 % 10)) for n in range(10)]
    expected = [case.case_id for case in sorted(cases, key=lambda case: case.updated_at, reverse=True)]
    assert [item["case_id"] for item in api("agent", "GET", "/cases").items] == expected

    api("agent", "PATCH", f"/cases/{expected[-1]}", {"status": "closed"}, headers={"If-Match": "*"})
    assert [item["case_id"] for item in api("agent", "GET", "/cases").items] == [expected[-1], *expected[:-1]]
    assert [item["case_id"] for item in api("agent", "GET", "/cases?status=open").items] == expected[:-1]
    assert [item["case_id"] for item in api("agent", "GET", "/cases?status=closed").items] == [expected[-1]]


def test_pages_of_several_groups(api: Api, mail: MailBucket) -> None:
    """The pages of several groups hold every case once."""
    api("admin", "PUT", "/service-groups/open", {"name": "Open", "secured": False})
    cases = [
        record_case(
            mail,
            n,
            service_group=("default", "open", "secret")[n % 3],
            status=(CaseStatus.OPEN, CaseStatus.CLOSED)[n % 2],
            updated_at=RECEIVED + timedelta(seconds=n // 4),  # some have the same time
        )
        for n in range(30)
    ]
    wanted = sorted(
        (case for case in cases if case.service_group != "secret"),
        key=lambda case: (case.updated_at, case.case_id),
        reverse=True,
    )
    seen: list[str] = []
    url = "/cases?limit=7"
    while url:
        page = api("agent", "GET", url).json
        assert len(page["items"]) <= 7
        seen += [item["case_id"] for item in page["items"]]
        url = f"/cases?limit=7&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert seen == [case.case_id for case in wanted]


def test_filter_by_service_group(api: Api, mail: MailBucket) -> None:
    api("admin", "PUT", "/service-groups/open", {"name": "Open", "secured": False})
    mine, open_, secret = (
        record_case(mail, n, service_group=group).case_id for n, group in enumerate(("default", "open", "secret"))
    )

    def listed(user: str, group: str) -> list[str]:
        return [item["case_id"] for item in api(user, "GET", f"/cases?service_group={group}").items]

    assert (listed("agent", "default"), listed("agent", "open"), listed("agent", "secret")) == ([mine], [open_], [])
    assert (listed("only-admin", "default"), listed("admin", "secret")) == ([mine], [secret])
    assert listed("other-agent", "default") == []


def test_list_of_an_admin(api: Api, mail: MailBucket) -> None:
    """An admin sees the cases of every known group."""
    api("admin", "PUT", "/service-groups/secret", {"name": "Secret"})
    ids = {record_case(mail, n, service_group=group).case_id for n, group in enumerate(("default", "secret"))}
    assert {item["case_id"] for item in api("only-admin", "GET", "/cases").items} == ids


def test_filter_by_employee(api: Api, mail: MailBucket) -> None:
    api("admin", "PUT", "/employees/543457", ZOE)
    api("admin", "PUT", "/employees/7", {"name": "Jo", "emails": ["z.h@acme.example"]})
    zoe = [
        record_case(
            mail, n, updated_at=RECEIVED + timedelta(hours=-n), created_at=RECEIVED + timedelta(hours=n)
        ).case_id
        for n in range(3)
    ]
    jo = record_case(mail, 5, employee=EmployeeSnapshot("7", "Jo", None)).case_id
    hidden = record_case(mail, 6, service_group="secret").case_id
    record_case(mail, 7, employee=None)

    def listed(who: str) -> list[str]:
        return [item["case_id"] for item in api("agent", "GET", f"/cases?employee={who}").items]

    assert listed("543457") == zoe, "newest activity first, although the index is ordered by creation"
    assert listed("ZOE@acme.example") == zoe
    assert set(listed("z.h@acme.example")) == {*zoe, jo}
    assert listed("7") == [jo]
    assert listed("nobody@acme.example") == listed("1") == []
    assert hidden not in listed("543457")
    assert hidden in [item["case_id"] for item in api("admin", "GET", "/cases?employee=543457").items]
    first = api("agent", "GET", "/cases?employee=543457&limit=2").json
    second = api("agent", "GET", f"/cases?employee=543457&limit=2&cursor={first['next_cursor']}").json
    assert [item["case_id"] for item in first["items"] + second["items"]] == zoe
    assert second["next_cursor"] is None


def test_search_by_number(api: Api, mail: MailBucket) -> None:
    case, hidden = record_case(mail, 1), record_case(mail, 2, service_group="secret")
    number = f"{case.case_id[:4]}-{case.case_id[4:8]}-{case.case_id[8:]}"
    for q in (number, number.lower(), case.case_id, f"%23{number}"):
        assert [item["case_id"] for item in api("agent", "GET", f"/cases?q={q}").items] == [case.case_id]
    assert api("agent", "GET", f"/cases?q={number}&status=closed").items == []
    assert api("agent", "GET", f"/cases?q={hidden.case_id}").items == []
    assert [item["case_id"] for item in api("admin", "GET", f"/cases?q={hidden.case_id}").items] == [hidden.case_id]


def test_search_in_subjects(api: Api, mail: MailBucket) -> None:
    subjects = ["Überstunden im Oktober", "Oktober: URLAUB", "Benefits of the department", "Überstunden"]
    cases = [
        record_case(mail, n, subject=subject, updated_at=RECEIVED + timedelta(minutes=n))
        for n, subject in enumerate(subjects)
    ]
    index_words(mail, *cases)

    def found(q: str) -> list[str]:
        return [item["subject"] for item in api("agent", "GET", f"/cases?q={q}").items]

    assert found("%C3%BCberSTUNDEN") == ["Überstunden", "Überstunden im Oktober"]
    assert found("oktober+im") == ["Überstunden im Oktober"]
    assert found("department") == ["Benefits of the department"], "ten letters that could be a number"
    assert found("nothing") == []
    first = api("agent", "GET", "/cases?q=okt&limit=1").json
    assert [item["case_id"] for item in first["items"]] == [cases[1].case_id]
    second = api("agent", "GET", f"/cases?q=okt&limit=1&cursor={first['next_cursor']}").json
    assert [item["case_id"] for item in second["items"]] == [cases[0].case_id]


def test_wrong_filters_and_cursors(api: Api, mail: MailBucket) -> None:
    for n in range(2):
        record_case(mail, n)
    url = "/cases?status=new&service_group=a%20b&q=" + "x" * 201
    assert api("agent", "GET", url).wrong_fields == ["status", "service_group", "q"]
    for limit in ("0", "201", "-1", "ten", "1e2", "5.0", "%D9%A3"):
        assert api("agent", "GET", f"/cases?limit={limit}").wrong_fields == ["limit"]
    assert len(api("agent", "GET", "/cases?limit=200&status=&q=").items) == 2
    cursor = api("agent", "GET", "/cases?limit=1").json["next_cursor"]
    assert len(api("agent", "GET", f"/cases?limit=2&cursor={cursor}").items) == 1
    for query in (f"status=open&cursor={cursor}", "cursor=zzz", "cursor=W10", "cursor=%00", f"q=x&cursor={cursor}"):
        answer = api("agent", "GET", f"/cases?{query}")
        assert (answer.status, answer.problem) == (400, "bad_request")


def test_change(api: Api) -> None:
    api("admin", "PUT", "/employees/874112", {"name": "Marcus", "emails": []})
    api("admin", "PUT", "/service-groups/pay", {"name": "Pay", "secured": False})
    api("admin", "PUT", "/topics/Payroll", {"service_group": "pay"})
    case = made(api)
    url = f"/cases/{case['case_id']}"

    wanted = {"subject": "Ünd", "topic": "payroll", "regarding": "874112", "show_to_employee": True, "status": "closed"}
    changed = api("agent", "PATCH", url, wanted, headers={"If-Match": '"1"'})

    assert changed.status == 200
    assert changed.json == case | {
        "subject": "Ünd",
        "topic": "Payroll",
        "regarding": {"user_id": "874112", "name": "Marcus", "email": None},
        "show_to_employee": True,
        "status": "closed",
        "waiting_on": "nobody",
        "updated_at": changed.json["updated_at"],
    }, "another topic does not move the case to another group"
    assert changed.json["updated_at"] > case["updated_at"]
    assert changed.headers["etag"] == '"2"'
    assert api("agent", "GET", url).json == changed.json

    moved = api("agent", "PATCH", url, {"service_group": "pay", "regarding": None}, headers={"If-Match": '"9", "2"'})
    assert (moved.json["service_group"], moved.json["regarding"]) == ("pay", None)
    assert [item["case_id"] for item in api("other-agent", "GET", "/cases").items] == [case["case_id"]]


def test_version(api: Api) -> None:
    """A change must name the version that it starts from."""
    url = f"/cases/{made(api)['case_id']}"
    missing = api("agent", "PATCH", url, {"status": "closed"})
    assert (missing.status, missing.problem) == (428, "precondition_required")
    for stale in ('"2"', "1", 'W/"1"', '""', "nonsense"):
        answer = api("agent", "PATCH", url, {"status": "closed"}, headers={"If-Match": stale})
        assert (answer.status, answer.problem) == (412, "precondition_failed")
        said = "has changed" if stale in {'"2"', '""'} else "double quotes"
        assert said in answer.json["detail"]
    assert api("agent", "GET", url).json["status"] == "open"
    nothing = api("agent", "PATCH", url, {}, headers={"If-Match": "*"})
    assert (nothing.status, nothing.headers["etag"]) == (200, '"1"')
    assert api("agent", "PATCH", url, {"status": "closed"}, headers={"If-Match": "*"}).headers["etag"] == '"2"'


def test_known_etag(api: Api, mail: MailBucket) -> None:
    """The ETag of a case counts what agents change. So a case is never answered with 304: an email may have come."""
    url = f"/cases/{record_case(mail, 1).case_id}"
    first = api("agent", "GET", url)
    api("agent", "POST", f"{url}/notes", {"text": "She called."})
    again = api("agent", "GET", url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.headers["etag"]) == (200, first.headers["etag"])
    assert again.json["updated_at"] > first.json["updated_at"]


def test_wrong_changes(api: Api) -> None:
    url = f"/cases/{made(api)['case_id']}"
    any_version = {"If-Match": "*"}
    body = {"status": "new", "topic": 1, "subject": "", "regarding": 5, "show_to_employee": "yes", "x": 1, "issue": "i"}
    assert api("agent", "PATCH", url, body, headers=any_version).wrong_fields == sorted(body)
    body = {"topic": "Nothing", "service_group": "nothing", "regarding": "nobody"}
    assert api("agent", "PATCH", url, body, headers=any_version).wrong_fields == sorted(body)
    assert api("agent", "PATCH", url, raw="{", headers=any_version).status == 400
    assert api("agent", "PATCH", url, ["status"], headers=any_version).wrong_fields == ["body"]


def test_not_a_case(api: Api, mail: MailBucket) -> None:
    """Ids of unprocessed emails, unknown ids and nonsense are not found."""
    unprocessed = record_unprocessed(mail, 1)
    for case_id in (unprocessed.id, "0000000000", "nonsense", "%2F", "%00", "a" * 5000, "..%2Fsettings"):
        for method, path in (
            ("GET", ""),
            ("PATCH", ""),
            ("GET", "/emails"),
            ("GET", "/emails/x"),
            ("GET", "/emails/x/original"),
        ):
            answer = api("agent", method, f"/cases/{case_id}{path}", {} if method == "PATCH" else None)
            assert (answer.status, answer.problem) == (404, "not_found")
    assert api("agent", "GET", "/cases").items == []


def test_calls_to_read(api: Api, mail: MailBucket) -> None:
    """Reading takes two calls at most, once the process has met the agent."""
    cases = [record_case(mail, n) for n in range(60)]
    email = cases[0].email
    assert email is not None
    urls = [
        f"/cases/{cases[0].case_id}",
        f"/cases/{cases[0].case_id}/emails",
        f"/cases/{cases[0].case_id}/emails/{email.email_id}",
        f"/cases/{cases[0].case_id}/emails/{email.email_id}/original",
        f"/cases/{cases[0].case_id}/emails/{email.email_id}/attachments/1",
        "/cases?service_group=default&status=open",
    ]
    api("agent", "GET", "/me")
    for url in urls:
        with counted_calls() as calls:
            assert api("agent", "GET", url).status == 200
        assert len(calls) <= 2, (url, calls)
    assert len(api("agent", "GET", urls[-1]).items) == 50


def _with_content(email: Any, content: Content) -> Any:
    return replace(email, content=content)

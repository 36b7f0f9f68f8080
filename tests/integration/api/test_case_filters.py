"""Filters of lists of cases, their counts, and answers that have not changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.cases.case import Case, CaseStatus, WaitingOn
from email_channels.cases.people.agent import Agent

from functions.agent_api.work import case_counts, case_search
from tests.support.in_process import api_client
from tests.support.in_process.api_client import Api, counted_calls
from tests.support.in_process.stored_emails import RECEIVED, record_case, record_unprocessed

ME = Agent("id-of-agent", "agent")


@pytest.fixture(autouse=True)
def agents(monkeypatch: pytest.MonkeyPatch) -> None:
    """`many` sees more groups than have lists of their own."""
    groups = (f"group.g{n}" for n in range(12))
    monkeypatch.setattr(api_client, "USERS", {**api_client.USERS, "many": ("agent", "group.default", *groups)})


def record(mail: MailBucket, n: int, **changes: Any) -> Case:
    """A case that agents have read, unless `unread`."""
    at = RECEIVED + timedelta(minutes=n)
    actions = [] if changes.pop("unread", False) else [CaseRow.unread_from.remove()]
    waiting_on = changes.pop("waiting_on", WaitingOn.AGENT)
    case = record_case(mail, n, **({"created_at": at, "updated_at": at} | changes))
    update(case, CaseRow.waiting_on.set(waiting_on.value), *actions)
    return case


def update(case: Case, *actions: Any) -> None:
    pk, sk = keys.record(case.case_id)
    CaseRow(pk=pk, sk=sk).update(actions=list(actions))


def found(api: Api, query: str, user: str = "agent") -> list[str]:
    items, cursor = [], ""
    while True:
        page = api(user, "GET", f"/cases?{query}{cursor}").json
        items += [item["case_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.parametrize("user", ["agent", "many"])
@pytest.mark.parametrize(
    ("changes", "query"),
    [
        ({"topic": "Employee  relations"}, "topic=employee+RELATIONS"),
        ({"mailbox": "hr@acme.example"}, "mailbox=HR@Acme.example"),
        ({"assignee": ME}, "assignee=id-of-agent"),
        ({"assignee": Agent("id-of-many", "many")}, "assignee=id-of-many"),
        ({"unread": True}, "unread=true"),
        ({"waiting_on": WaitingOn.EMPLOYEE}, "waiting_on=employee"),
        ({"updated_at": RECEIVED + timedelta(hours=2)}, "updated_since=2026-11-23T12:00:00Z"),
        ({"updated_at": RECEIVED + timedelta(hours=2)}, "updated_since=2026-11-23T14:00:00%2B02:00"),
    ],
)
def test_filters(api: Api, mail: MailBucket, user: str, changes: dict[str, Any], query: str) -> None:
    """Each filter leaves out cases that do not match, whether it stands alone or not, and on all pages."""
    others = [record(mail, n) for n in range(3)]
    wanted = [record(mail, n, **changes).case_id for n in range(4, 7)]
    assert sorted(found(api, query, user)) == sorted(found(api, f"{query}&limit=1", user)) == sorted(wanted)
    assert sorted(found(api, f"{query}&status=open&employee=543457", user)) == sorted(wanted)
    assert found(api, f"{query}&status=closed", user) == []
    assert len(found(api, "", user)) == len(wanted) + len(others)


def test_assignees(api: Api, mail: MailBucket) -> None:
    """`me` is the caller, `none` are cases without an assignee."""
    mine, nobodys = record(mail, 1, assignee=ME), record(mail, 2)
    assert found(api, "assignee=me") == [mine.case_id]
    assert found(api, "assignee=none") == [nobodys.case_id]
    assert found(api, "assignee=me", "many") == found(api, "assignee=somebody") == []


def test_wrong_filters(api: Api) -> None:
    """Each wrong filter is named."""
    url = "/cases?unread=yes&waiting_on=us&updated_since=yesterday&limit=0"
    assert sorted(api("agent", "GET", url).wrong_fields) == ["limit", "unread", "updated_since", "waiting_on"]
    assert api("agent", "GET", "/cases?unread=&waiting_on=&updated_since=&topic=&mailbox=&assignee=").items == []


def test_polling(api: Api, mail: MailBucket) -> None:
    """Only what is new is read for `updated_since`."""
    for n in range(5):
        record(mail, n)
    found(api, "")  # reads the routing, and notes who the caller is
    with counted_calls() as calls:
        assert found(api, "updated_since=2026-11-23T11:00:00Z") == []
    assert "BatchGetItem" not in calls


def test_not_modified(api: Api, mail: MailBucket) -> None:
    """A page that has not changed is answered with 304, and the ETag changes with whatever the page shows."""
    case, other = record(mail, 1), record(mail, 2)

    def tag(query: str = "", user: str = "agent") -> str:
        return api(user, "GET", f"/cases?{query}").headers["etag"]

    first = tag()
    for header in (first, f"W/{first}", f'"other", {first}', "*"):
        answer = api("agent", "GET", "/cases", headers={"If-None-Match": header})
        assert (answer.status, answer.text, answer.headers["etag"]) == (304, "", first)
        assert "content-type" not in answer.headers
    assert api("agent", "GET", "/cases", headers={"If-None-Match": '"other"'}).status == 200
    assert api("agent", "HEAD", "/cases", headers={"If-None-Match": first}).status == 304
    assert tag("limit=1") not in {first, tag("limit=1&status=closed")}
    assert tag("", "many") == tag("", "many"), "sealed places are always the same"
    seen = {first}
    # What changes without `updated_at`: read marks, links, flags.
    for action in (
        CaseRow.unread_from.set("0" * 19),
        CaseRow.assignee.set(["id", "name"]),
        CaseRow.siblings.add({other.case_id}),
        CaseRow.flags.add({"not_acknowledged"}),
        CaseRow.topic.set("Other"),
    ):
        update(case, action)
        seen.add(tag())
    assert len(seen) == 6
    # Another page starts elsewhere, although its items are the same.
    assert api("agent", "GET", "/cases?limit=1", headers={"If-None-Match": first}).status == 200


def counts(api: Api, user: str = "agent") -> dict[str, int]:
    answer = api(user, "GET", "/cases/counts")
    assert answer.status == 200, answer.text
    assert api(user, "GET", "/cases/counts", headers={"If-None-Match": answer.headers["etag"]}).status == 304
    return dict(answer.json)


def test_counts(api: Api, mail: MailBucket) -> None:
    """What waits for somebody, of the cases that the caller sees."""
    none = {"open": 0, "unread": 0, "waiting_on_agent": 0, "mine": 0}
    assert counts(api) == none
    record(mail, 1, assignee=ME, unread=True)
    record(mail, 2, waiting_on=WaitingOn.EMPLOYEE)
    record(mail, 3, status=CaseStatus.CLOSED, unread=True, waiting_on=WaitingOn.NOBODY, assignee=ME)
    record(mail, 4, service_group="secret", unread=True)
    record_unprocessed(mail, 5)
    expected = {"open": 2, "unread": 2, "waiting_on_agent": 1, "mine": 1}
    assert counts(api) == counts(api, "many") | {"mine": 1} == expected
    assert counts(api, "other-agent") == none
    assert counts(api, "only-admin") == {"open": 2, "unread": 2, "waiting_on_agent": 1, "mine": 0, "unprocessed": 1}


def test_most_counts(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is bounded, and hidden cases change no count."""
    monkeypatch.setattr(case_counts, "MOST", 4)
    monkeypatch.setattr(case_counts, "_MOST_CLOSED", 2)
    cases = [record(mail, n, unread=True) for n in range(8)]
    cases += [record(mail, n, status=CaseStatus.CLOSED, unread=True) for n in range(8, 16)]
    assert counts(api) == {"open": 4, "unread": 4, "waiting_on_agent": 4, "mine": 0}
    with counted_calls() as calls:
        api("agent", "GET", "/cases/counts")
    assert (calls.count("Query"), calls.count("BatchGetItem")) == (2, 1)
    monkeypatch.setattr(case_counts, "_MOST_GROUPS", 1)
    assert counts(api)["open"] == 4
    # With more groups, the log is read instead.
    monkeypatch.setattr(case_counts, "_MOST_GROUPS", 0)
    with counted_calls() as calls:
        assert counts(api)["open"] <= 4
    assert calls.count("Query") == 2  # one for each of the two requests


def test_lagging_counts(api: Api, mail: MailBucket) -> None:
    """A case that an index still has in its old list counts once, as what it is."""
    case = record(mail, 1)
    update(case, CaseRow.status.set("closed"))
    assert counts(api)["open"] == 0
    update(case, CaseRow.gsi1pk.set(index_keys.cases("default", CaseStatus.CLOSED)), CaseRow.status.set("open"))
    assert counts(api)["open"] == 1
    assert case_search.MOST == 1000

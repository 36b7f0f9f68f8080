"""Lists of cases: of a few service groups, and of all; their pages, their cost, and what they hide."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow, activity_row
from email_channels.bootstrap.agent_api import make_stores
from email_channels.cases.case import Case, CaseStatus

from functions.agent_api.work import case_search
from tests.support.in_process import api_client
from tests.support.in_process.api_client import Api, counted_calls
from tests.support.in_process.aws_calls import Call, intercept
from tests.support.in_process.case_words import index_words
from tests.support.in_process.stored_emails import RECEIVED, record_case

GROUPS = ["default", *(f"g{n}" for n in range(1, 21))]
# "all" sees all 21 groups, "many" the first eleven, "ten" ten of them, "two" two.
AGENTS = {"all": GROUPS, "many": GROUPS[:11], "ten": GROUPS[:10], "two": GROUPS[:2]}


@pytest.fixture(autouse=True)
def agents(monkeypatch: pytest.MonkeyPatch) -> None:
    more = {name: ("agent", *(f"group.{group}" for group in groups)) for name, groups in AGENTS.items()}
    monkeypatch.setattr(api_client, "USERS", {**api_client.USERS, **more})


def add_groups(api: Api, count: int = 21) -> None:
    for group in GROUPS[1:count]:
        assert api("admin", "PUT", f"/service-groups/{group}", {"name": group}).status == 201


def record(mail: MailBucket, n: int, group: str, **changes: Any) -> Case:
    """A case that was made and changed in minute `n`."""
    at = RECEIVED + timedelta(minutes=n)
    case = record_case(mail, n, service_group=group, **({"created_at": at, "updated_at": at} | changes))
    # moto's clock says when the bucket stored the original; here the number does.
    place_in_log(case, n)
    return case


def place_in_log(case: Case, n: int) -> None:
    place = index_keys.activity(RECEIVED + timedelta(minutes=n), case.case_id, case.email.raw_key if case.email else "")
    update(case, CaseRow.gsi4sk.set(place))


def update(case: Case, *actions: Any) -> None:
    pk, sk = keys.record(case.case_id)
    CaseRow(pk=pk, sk=sk).update(actions=list(actions))


def get_pages(api: Api, user: str, query: str = "", between: Callable[[], None] = lambda: None) -> Iterator[Any]:
    """The pages of a list; `between` is called between them."""
    url = f"/cases?{query}"
    while url:
        page = api(user, "GET", url).json
        yield page
        url = f"/cases?{query}&cursor={page['next_cursor']}" if page["next_cursor"] else ""
        between()


def listed(api: Api, user: str, query: str = "", between: Callable[[], None] = lambda: None) -> list[str]:
    return [item["case_id"] for page in get_pages(api, user, query, between) for item in page["items"]]


@pytest.mark.parametrize(("user", "groups", "filters", "queries"), [
    ("agent", 1, "", 2),
    ("two", 2, "", 4),
    ("ten", 10, "", 20),
    ("ten", 10, "&status=open", 10),
    ("ten", 10, "&service_group=g3&status=open", 1),
    ("many", 21, "", 1),
    ("all", 21, "", 1),
    ("all", 21, "&status=open", 1),
    ("only-admin", 10, "&status=open", 10),
    ("only-admin", 11, "", 1),
    ("only-admin", 21, "&status=open", 1),
])  # fmt: skip
@pytest.mark.parametrize("count", [0, 60])
def test_calls(api: Api, mail: MailBucket, user: str, groups: int, filters: str, queries: int, count: int) -> None:
    """One query for each group and status; above ten groups one query. Then a page of 50 takes four calls at most."""
    add_groups(api, groups)
    for n in range(count):
        record(mail, n, GROUPS[n % groups])
    for fresh in (True, False):
        if fresh:
            api.stores = make_stores(api.settings)
            assert api(user, "GET", "/me").status == 200  # a process remembers a person at their first request
        with counted_calls() as calls:
            page = api(user, "GET", f"/cases?limit=50{filters}").json
        assert calls.count("Query") == queries
        # Beside the queries: the routing, the items, and once for ever the key of cursors.
        assert len(calls) - queries <= (3 if queries == 1 else 2), calls
        seen = AGENTS.get(user, GROUPS) if "service_group" not in filters else ["g3"]
        assert len(page["items"]) == min(50, sum(GROUPS[n % groups] in seen for n in range(count)))


def test_queries_at_the_same_time(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lists of several groups are asked at the same time, and their cases merged."""
    add_groups(api, 2)
    cases = [record(mail, n, GROUPS[n % 2], status=list(CaseStatus)[n // 2 % 2]) for n in range(8)]
    together = threading.Barrier(4, timeout=20)

    def make(_: BaseClient, name: str, __: Any, call: Call) -> Any:
        if name == "Query":
            together.wait()
        return call()

    intercept(monkeypatch, make)
    assert listed(api, "two") == [case.case_id for case in reversed(cases)]


def test_fault_in_one_query(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """If one of the queries gets no answer, the list is not shown in part."""
    add_groups(api, 2)
    record(mail, 1, "default")

    def make(_: BaseClient, name: str, parameters: Any, call: Call) -> Any:
        if name == "Query" and "CASES#g1#closed" in str(parameters):
            raise EndpointConnectionError(endpoint_url="https://dynamodb.example")
        return call()

    intercept(monkeypatch, make)
    assert api("two", "GET", "/cases").status == 503


@pytest.mark.parametrize("user", ["two", "all", "only-admin"])
def test_no_cases(api: Api, user: str) -> None:
    """A list without cases is empty, whatever the filter."""
    add_groups(api)
    for query in ("", "status=open", "q=leave", "service_group=g1", "employee=543457"):
        assert api(user, "GET", f"/cases?{query}").json == {"items": [], "next_cursor": None}


def test_order_of_all_groups(api: Api, mail: MailBucket) -> None:
    """The list of all groups is sorted by the newest email of each case; a change by an agent moves no case."""
    add_groups(api)
    cases = [record(mail, n, GROUPS[n]) for n in range(21)]
    newest_first = [case.case_id for case in reversed(cases)]
    assert listed(api, "all") == listed(api, "only-admin", "limit=4") == newest_first
    api("all", "PATCH", f"/cases/{cases[0].case_id}", {"status": "closed"}, headers={"If-Match": "*"})
    assert listed(api, "all", "limit=5") == newest_first
    assert listed(api, "all", "status=closed") == [cases[0].case_id]
    assert listed(api, "all", "service_group=default") == [cases[0].case_id]
    api("all", "PATCH", f"/cases/{cases[1].case_id}", {"service_group": "g9"}, headers={"If-Match": "*"})
    assert listed(api, "all") == newest_first
    add_activity(cases[2], 30)
    assert listed(api, "all", "limit=3") == [
        cases[2].case_id,
        *(one for one in newest_first if one != cases[2].case_id),
    ]


def add_activity(case: Case, n: int) -> None:
    """Puts a case into the log once more, as an email does, and moves it there."""
    row = activity_row(case.case_id, RECEIVED + timedelta(minutes=n))
    assert row.gsi4sk
    row.sk = f"{row.sk}{n}"
    row.save()
    move_to(case, n)


def move_to(case: Case, n: int) -> None:
    at = f"2026-11-23T{10 + n // 60:02}:{n % 60:02}:00.000Z"
    place = index_keys.at_time(at, case.case_id)
    log = index_keys.activity(RECEIVED + timedelta(minutes=n), case.case_id, None)
    update(case, CaseRow.updated_at.set(at), CaseRow.gsi1sk.set(place), CaseRow.last_activity.set(log))


@pytest.mark.parametrize("user", ["two", "all", "only-admin"])
def test_cases_that_move_between_pages(api: Api, mail: MailBucket, user: str) -> None:
    """Cases that get an email while somebody pages are at the top; no other case vanishes, and none repeats."""
    add_groups(api)
    cases = [record(mail, n, GROUPS[n % 2]) for n in range(24)]
    moving = iter([cases[22], cases[3], cases[9], cases[5]])
    moved: list[str] = []

    def move() -> None:
        case = next(moving, None)
        if case is not None:
            add_activity(case, 40 + len(moved))
            moved.append(case.case_id)

    seen = listed(api, user, "limit=4", move)
    assert len(seen) == len(set(seen))
    assert {case.case_id for case in cases} - set(seen) <= set(moved)
    again = listed(api, user, "limit=4")
    assert again[:4] == moved[::-1]
    assert sorted(again) == sorted(case.case_id for case in cases)


@pytest.mark.parametrize("user", ["two", "all", "only-admin"])
def test_case_that_changes_its_group(api: Api, mail: MailBucket, user: str) -> None:
    """Cases that are moved to other groups and closed while somebody pages neither vanish nor repeat."""
    add_groups(api)
    cases = [record(mail, n, GROUPS[n % 2]) for n in range(12)]
    changing = iter(cases[::-1])  # those that were shown already

    def change() -> None:
        changes = {"service_group": "g1", "status": "closed"}
        path = f"/cases/{next(changing).case_id}"
        assert api("only-admin", "PATCH", path, changes, headers={"If-Match": "*"}).status == 200

    shown = listed(api, user, "limit=2", change)
    assert shown == [case.case_id for case in reversed(cases)]
    assert sorted(listed(api, user)) == sorted(shown)


def test_lagging_index(api: Api, mail: MailBucket) -> None:
    """While the index shows a case at an older place, the first page shows it there, and no page shows it twice."""
    add_groups(api)
    cases = [record(mail, n, GROUPS[n % 2]) for n in range(8)]
    # The item says that the case is newer than the index does.
    update(cases[6], CaseRow.updated_at.set("2026-11-24T00:00:00.000Z"))
    update(
        cases[5], CaseRow.last_activity.set(index_keys.activity(RECEIVED + timedelta(days=1), cases[5].case_id, "x"))
    )
    order = [case.case_id for case in reversed(cases)]
    for user in ("two", "all"):
        assert listed(api, user, "limit=4") == order
        assert listed(api, user) == order
    # An email that is no activity is in the log, too.
    row = activity_row(cases[0].case_id, RECEIVED + timedelta(minutes=90))
    row.save()
    assert listed(api, "all", "limit=3") == order


def decoded(cursor: str) -> str:
    """Everything that a client can read in a cursor."""
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    text = raw.decode()
    for place in json.loads(text)[1:]:
        sealed = place.removeprefix("~")
        text += base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)).decode("latin-1") if sealed != place else ""
    return text


@pytest.mark.parametrize("query", ["", "&status=open", "&q=leave", "&employee=543457"])
@pytest.mark.parametrize("user", ["two", "many"])
def test_hidden_cases(api: Api, mail: MailBucket, user: str, query: str) -> None:
    """Whether cases are hidden before, between and after those that an agent sees cannot be found out."""
    add_groups(api)
    visible = [record(mail, n, GROUPS[n % 2]) for n in (10, 11, 20, 21)]
    index_words(mail, *visible)
    without = list(get_pages(api, user, f"limit=1{query}"))
    hidden = [record(mail, n, "g20") for n in (1, 2, 3, 12, 13, 14, 15, 22, 23, 24)]
    index_words(mail, *hidden)
    # Indexes that lag show hidden cases in the lists of groups, too.
    for n, case in enumerate(hidden):
        update(case, CaseRow.gsi1pk.set(index_keys.cases(GROUPS[n % 2], CaseStatus.OPEN)))
    with_hidden = list(get_pages(api, user, f"limit=1{query}"))

    assert [page["items"] for page in with_hidden] == [page["items"] for page in without]
    assert [[item["case_id"] for item in page["items"]] for page in with_hidden] == [
        [case.case_id] for case in reversed(visible)
    ], "no page is empty, and the last one is full"
    for page, same in zip(with_hidden, without, strict=True):
        cursors = [one["next_cursor"] for one in (page, same)]
        assert cursors[0] is None or len(cursors[0]) == len(cursors[1]) or user == "two"
        text = decoded(cursors[0]) if cursors[0] else ""
        for case in hidden:
            assert case.case_id not in text
            assert f"{RECEIVED + timedelta(minutes=int(case.updated_at.minute)):%H:%M}:" not in text


def test_many_hidden_cases(api: Api, mail: MailBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page ends where it looked at its most cases; its cursor goes on, and does not say where that was."""
    add_groups(api)
    monkeypatch.setattr(case_search, "MOST", 5)
    visible = [record(mail, n, "default") for n in (0, 30)]
    hidden = [record(mail, n, "g20") for n in range(1, 30)]
    for case in hidden:
        update(case, CaseRow.gsi1pk.set(index_keys.cases("default", CaseStatus.OPEN)))
    for user in ("two", "many"):
        found = list(get_pages(api, user, "limit=2"))
        assert [len(page["items"]) for page in found] == [1, 0, 0, 0, 0, 0, 1]
        assert [item["case_id"] for page in found for item in page["items"]] == [
            case.case_id for case in reversed(visible)
        ]
        text = "".join(decoded(page["next_cursor"]) for page in found[:-1])
        assert not [case for case in hidden if case.case_id in text]
        assert "2026-11-23T10:0" not in text


def test_made_up_cursors(api: Api, mail: MailBucket) -> None:
    """Nobody can make a place in the list of all groups, nor use one with other filters or in another list."""
    add_groups(api)
    for n in range(4):
        record(mail, n, GROUPS[n % 2])
    of_all = api("all", "GET", "/cases?limit=1").json["next_cursor"]
    of_two = api("two", "GET", "/cases?limit=1").json["next_cursor"]
    padded = of_all + "=" * (-len(of_all) % 4)
    binding, place = json.loads(base64.urlsafe_b64decode(padded))

    def made(place: str) -> str:
        return base64.urlsafe_b64encode(json.dumps([binding, place]).encode()).decode()

    changed = place[:-2] + ("AA" if place[-2:] != "AA" else "BB")
    for cursor in (made("2026-11-23T10:02:00.000Z#~"), made("~"), made("~AAAA"), made("~ä"), made(changed), of_two):
        answer = api("all", "GET", f"/cases?limit=1&cursor={cursor}")
        assert (answer.status, answer.problem) == (400, "bad_request")
    assert api("two", "GET", f"/cases?limit=1&cursor={of_all}").status == 400
    assert api("all", "GET", f"/cases?limit=3&cursor={of_all}").status == 200
    # Each process has the same key, whichever made it.
    api.stores = make_stores(api.settings)
    assert len(api("all", "GET", f"/cases?limit=3&cursor={of_all}").items) == 3


def test_old_open_case(api: Api, mail: MailBucket) -> None:
    """An open case that is older than many closed ones is on the first page of open cases."""
    old = record(mail, 0, "default")
    for n in range(1, 120):
        record(mail, n, "default", status=CaseStatus.CLOSED)
    page = api("agent", "GET", "/cases?status=open").json
    assert [item["case_id"] for item in page["items"]] == [old.case_id]
    assert page["next_cursor"] is None

"""The search for cases by words: what it finds, in which order, at which cost, and what it hides."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.searching import word_search as word_lists
from email_channels.cases.case import Case
from email_channels.mail.message import Address

from functions.agent_api.work import word_search
from tests.support.in_process import api_client
from tests.support.in_process.api_client import Api, counted_calls
from tests.support.in_process.case_words import index_words, word_index
from tests.support.in_process.stored_emails import RECEIVED, record_case

GROUPS = [f"g{n}" for n in range(12)]


@pytest.fixture(autouse=True)
def agents(monkeypatch: pytest.MonkeyPatch) -> None:
    """`many` sees more groups than have lists of their own."""
    users = {**api_client.USERS, "many": ("agent", "group.default", *(f"group.{group}" for group in GROUPS))}
    monkeypatch.setattr(api_client, "USERS", users)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query reads five items of words, so five cases are many."""
    for module in (word_lists, word_search):
        monkeypatch.setattr(module, "MOST_WORDS", 5)


def record(mail: MailBucket, n: int, subject: str = "Leave", group: str = "default", **changes: Any) -> Case:
    """A case that was made in minute `n`, and found by its words."""
    at = RECEIVED + timedelta(minutes=n)
    times = {"created_at": at, "updated_at": at}
    case = record_case(mail, n, subject=subject, service_group=group, **(times | changes))
    index_words(mail, case)
    return case


def pages(api: Api, q: str, user: str = "agent", more: str = "") -> Iterator[Any]:
    url = f"/cases?q={quote(q)}{more}"
    cursor = ""
    while True:
        page = api(user, "GET", url + cursor).json
        yield page
        if not page["next_cursor"]:
            return
        cursor = f"&cursor={page['next_cursor']}"


def found(api: Api, q: str, user: str = "agent", more: str = "") -> list[str]:
    return [item["case_id"] for page in pages(api, q, user, more) for item in page["items"]]


def test_subject_and_people(api: Api, mail: MailBucket) -> None:
    """A case is found by beginnings of words of its subject, and of names and addresses of people in it."""
    api("admin", "PUT", "/employees/1", {"name": "Łucja Ørsted", "emails": ["lucja@acme.example"]})
    body = {"user_id": "1", "subject": "Überstunden im Oktober", "issue": "-", "show_to_employee": False}
    case = api("agent", "POST", "/cases", body).json["case_id"]
    assert found(api, "uber") == [], "not until the stream's consumer has seen it"
    index_words(mail, record_case(mail, 7))
    word_index(mail).index(case)
    for q in ("ÜBER", "uberst okt", "lucja", "Łucja", "orst", "lucja@acme.example", "acme", "acme.example lucja im"):
        assert found(api, q) == [case], q
    for q in ("stunden", "lucja nobody", "cja", "acme.example doe", "!!!", "payroll"):
        assert found(api, q) == [], q


def test_newest_first(api: Api, mail: MailBucket) -> None:
    """Few cases are sorted by activity, on all pages."""
    cases = [record(mail, n, updated_at=RECEIVED + timedelta(minutes=100 - n)) for n in range(7)]
    assert found(api, "leave", more="&limit=3") == [case.case_id for case in cases]
    assert [len(page["items"]) for page in pages(api, "leave", more="&limit=3")] == [3, 3, 1]


@pytest.mark.usefixtures("few")
def test_many(api: Api, mail: MailBucket) -> None:
    """Of words that many cases have, exact ones come first, and of each the case that was made last."""
    exact = [record(mail, n, "Pay slips").case_id for n in range(7)]
    # "pay" needs no item of its own in a case that has "payroll".
    longer = [record(mail, n, "Payroll and pay-outs" if n == 13 else "Payroll").case_id for n in range(10, 17)]
    for limit in (1, 3, 50):
        assert found(api, "pay", more=f"&limit={limit}") == exact[::-1] + longer[::-1]
    assert found(api, "payr") == longer[::-1]
    # One term has few cases, so all of them are looked at.
    assert found(api, "pay payr out") == [longer[3]]
    assert found(api, "pay slips") == exact[::-1]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("user", ["agent", "many"])
def test_hidden(api: Api, mail: MailBucket, user: str) -> None:
    """What the caller may not see is left out before the page, and cursors do not tell where it is."""
    visible = [record(mail, n) for n in (3, 9, 15)]
    hidden = [record(mail, n, group="secret") for n in range(20) if n not in {3, 9, 15}]
    assert found(api, "leave", user) == [case.case_id for case in reversed(visible)]
    for page in pages(api, "leave", user, "&limit=1"):
        cursor = page["next_cursor"]
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode() if cursor else ""
        assert not [case for case in hidden if case.case_id in text]
        assert "leave" not in text
    assert found(api, "leave", "other-agent") == []
    assert len(found(api, "leave", "admin")) == 20


def test_made_up_cursors(api: Api, mail: MailBucket) -> None:
    """A cursor of another search, or a made-up one, is refused."""
    for n in range(3):
        record(mail, n)
    cursor = api("agent", "GET", "/cases?q=leave&limit=1").json["next_cursor"]
    binding, _ = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    sealed = base64.urlsafe_b64encode(json.dumps([binding, "~AAAA"]).encode()).decode()
    for url in (f"/cases?q=doe&cursor={cursor}", f"/cases?q=leave&cursor={sealed}", "/cases?q=leave&cursor=x"):
        assert api("agent", "GET", url).status == 400, url


def test_with_filters(api: Api, mail: MailBucket) -> None:
    """All filters apply to what a search finds."""
    cases = [record(mail, n, topic="Payroll" if n % 2 else "Leave") for n in range(4)]
    api("agent", "PATCH", f"/cases/{cases[1].case_id}", {"status": "closed"}, headers={"If-Match": "*"})
    assert found(api, "leave", more="&topic=payroll&status=open") == [cases[3].case_id]
    assert found(api, "leave doe", more="&employee=543457&status=closed") == [cases[1].case_id]
    assert found(api, "doe nobody", more="&employee=543457") == []


def test_number(api: Api, mail: MailBucket) -> None:
    """A number of a case that the caller does not see is searched as words."""
    case, hidden = record(mail, 1), record(mail, 2, group="secret")
    number = f"{case.case_id[:4]}-{case.case_id[4:8]}-{case.case_id[8:]}"
    named = record(mail, 3, f"Like {hidden.case_id}")
    assert found(api, number) == found(api, f"[#{number.lower()}]") == [case.case_id]
    assert found(api, hidden.case_id) == [named.case_id]


def test_cc_of_a_case(api: Api, mail: MailBucket) -> None:
    """The people to whom an email was copied are found by name and address."""
    case = record_case(mail, 1)
    assert case.email
    other = replace(case.email, cc=(Address("Zoë Kraft", "zoe.kraft@partner.example"),))
    copied = record(mail, 2, email=replace(other, email_id=case.email.email_id))
    for q in ("zoe", "kraft zoë", "ZOE.KRAFT@PARTNER.EXAMPLE", "zoe.kraft@par", "partner"):
        assert found(api, q) == [copied.case_id], q


@pytest.mark.parametrize(("q", "queries"), [("leave", 1), ("leave doe", 1), ("l d e j", 1)])
def test_calls(api: Api, mail: MailBucket, q: str, queries: int) -> None:
    """A search of few cases needs one query, and a call for each hundred items."""
    for n in range(20):
        record(mail, n)
    api("agent", "GET", "/cases?q=leave")
    with counted_calls() as calls:
        assert len(api("agent", "GET", f"/cases?q={quote(q)}").items) == 20
    assert (calls.count("Query"), calls.count("BatchGetItem")) == (queries, 1)
    assert len(calls) == queries + 1


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(("q", "queries"), [("leave", 1), ("l d e j", 3), ("leave nobody doe jo@elsewhere", 3)])
def test_most_queries(api: Api, mail: MailBucket, q: str, queries: int) -> None:
    """However many cases there are, a page needs three queries at most."""
    for n in range(20):
        record(mail, n)
    api("agent", "GET", "/cases?q=leave")
    with counted_calls() as calls:
        page = api("agent", "GET", f"/cases?q={quote(q)}&limit=2").json
    assert calls.count("Query") <= queries
    assert set(calls) <= {"Query", "BatchGetItem", "GetItem"}
    if page["next_cursor"]:
        with counted_calls() as calls:
            api("agent", "GET", f"/cases?q={quote(q)}&limit=2&cursor={page['next_cursor']}")
        assert calls.count("Query") == 1

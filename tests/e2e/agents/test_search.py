"""A case is found among a thousand, by those who may see it; and clients that poll get only what has changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from email_channels.aws.rows import keys

from tests.support.system.casework import open_case
from tests.support.system.mail import email
from tests.support.system.searching import Needle, found_by
from tests.support.system.seeding import seed_cases
from tests.support.system.system_client import SystemClient, system

MANY = 1000


@pytest.fixture(scope="module", params=["crowded"])
def crowded() -> Iterator[SystemClient]:
    """A thousand cases with the same word in their subjects."""
    with system(MaxCasesPerSenderPerHour="1000", EventBusName="") as client:
        client.admin.put("/service-groups/other", {"name": "Other", "address": None, "secured": True})
        seed_cases(client, MANY)
        yield client


@pytest.fixture(scope="module")
def needle(crowded: SystemClient) -> Needle:
    return Needle(crowded)


def test_found(crowded: SystemClient, needle: Needle) -> None:
    """By beginnings of words with accents, by a Cc's name and address, and by its number."""
    for q in needle.terms:
        assert found_by(crowded, q) == [needle.case["case_id"]], q


def test_hidden(crowded: SystemClient, needle: Needle) -> None:
    """An agent of another group finds nothing of it, and learns nothing from the page."""
    for q in needle.terms:
        assert crowded.other_agent.get("/cases", q=q) == {"items": [], "next_cursor": None}, q
    crowded.admin.change(needle.case["case_id"], service_group="other")
    try:
        for q in needle.terms:
            assert found_by(crowded, q) == []
            assert found_by(crowded, q, "other-agent") == [needle.case["case_id"]]
    finally:
        crowded.admin.change(needle.case["case_id"], service_group="default")
        crowded.settle()


def test_common_word(crowded: SystemClient, needle: Needle) -> None:
    """All pages of a word that a thousand cases have hold each of them once."""
    found = found_by(crowded, "paysl")
    assert len(found) == len(set(found)) == MANY + 1
    assert needle.case["case_id"] == found[0], "the case that was made last"


def test_changed_case(crowded: SystemClient) -> None:
    """A new subject replaces the words of the old one, and people of a reply can be found."""
    case = open_case(crowded, crowded.employ("Mia"))
    old = case["subject"].split()[-1]
    assert found_by(crowded, old) == [case["case_id"]]
    crowded.agent.change(case["case_id"], subject="Sabbatical of Mia")
    crowded.settle()
    assert found_by(crowded, old) == []
    assert found_by(crowded, "sabbat mia") == [case["case_id"]]
    with crowded.sending() as sent:
        body = {"to": ["ada@partner-of-mia.example"], "subject": "Your question", "text": "Dear Ada."}
        crowded.agent.write(case["case_id"], body, "key-of-mia")
    assert found_by(crowded, "ada@partner-of-mia.example") == [case["case_id"]]
    reply = email("ada@partner-of-mia.example", f"Re: {sent[0].subject}", Cc="Łukasz Żak <l@third-of-mia.example>")
    crowded.send(reply, "answers@in.acme-cases.example")
    assert found_by(crowded, "zak lukasz") == [case["case_id"]]


def test_erased_case(crowded: SystemClient) -> None:
    """An erased case is found by nothing, and no item holds its words."""
    person = crowded.employ("Noah")
    case = open_case(crowded, person)
    crowded.admin.call("DELETE", f"/cases/{case['case_id']}", headers={"If-Match": "*"})
    assert found_by(crowded, person.address, "admin") == []
    family = person.name.split()[-1].lower()
    dynamodb, table = crowded.client("dynamodb"), crowded.aws["table"]
    for letter in {family[0], "n"}:
        items = dynamodb.query(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{keys.CASE_WORDS}{letter}"}},
        )["Items"]
        assert not [item for item in items if family in item["sk"]["S"]]


def test_filters(crowded: SystemClient, needle: Needle) -> None:
    """What is unread, mine, and waits on an agent, among cases of which nothing is."""
    case_id = needle.case["case_id"]
    filters = {"unread": "true", "topic": "general", "mailbox": "PAYROLL@acme.example", "waiting_on": "agent"}
    for name, value in filters.items():
        found = [case["case_id"] for case in crowded.agent.items("/cases", q="uberst", **{name: value})]
        assert found == [case_id], name
    assert case_id in [case["case_id"] for case in crowded.agent.items("/cases", **filters)]
    assert crowded.agent.get("/cases", assignee="me")["items"] == []
    crowded.agent.change(case_id, assignee="me")
    (mine,) = crowded.agent.items("/cases", assignee="me")
    assert mine["case_id"] == case_id
    since = crowded.agent.items("/cases", updated_since=mine["updated_at"])
    assert [case["case_id"] for case in since] == [case_id]
    counts = crowded.agent.get("/cases/counts")
    assert counts["mine"] == 1
    assert counts["open"] == 1000
    assert min(counts["unread"], counts["waiting_on_agent"]) >= 1
    assert crowded.admin.get("/cases/counts")["unprocessed"] == 0
    assert crowded.other_agent.get("/cases/counts") == {"open": 0, "unread": 0, "waiting_on_agent": 0, "mine": 0}


def test_polling(crowded: SystemClient, needle: Needle) -> None:
    """A list that has not changed is answered with 304, until something happens."""
    for path in ("/cases?limit=5", "/cases?q=uberst", "/cases/counts"):
        first = crowded.agent.call("GET", path)
        again = crowded.agent.call("GET", path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path
    tags = {"If-None-Match": crowded.agent.call("GET", "/cases?q=uberst").headers["etag"]}
    crowded.agent.change(needle.case["case_id"], show_to_employee=not needle.case["show_to_employee"])
    assert crowded.agent.call("GET", "/cases?q=uberst", headers=tags).status_code == 200

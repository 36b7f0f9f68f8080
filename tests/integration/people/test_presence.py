"""Agents see who else has a case open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows.table import Row
from email_channels.aws.stores.people.presence_store import MAX_OTHERS, PresenceStore
from email_channels.cases.people.agent import Agent
from email_channels.cases.people.presence import Doing, Presence

from tests.support.in_process.api_client import Api, counted_calls
from tests.support.in_process.stored_emails import record_case

CASE = "7K3F92QDX0"
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
VIEWING, ANSWERING = Doing.VIEWING, Doing.ANSWERING


def shown(user: str, seconds: int, doing: Doing = VIEWING, case_id: str = CASE) -> list[tuple[str, str, int]]:
    """What somebody sees who does this at a time: who else does what, and since which second."""
    at = NOW + timedelta(seconds=seconds)
    found = PresenceStore.show(case_id, Presence(Agent(user, user.title()), doing, at))
    return [(one.agent.name, one.doing.value, round((one.since - NOW).total_seconds())) for one in found]


def test_two_agents(api: Api, mail: MailBucket) -> None:
    case = record_case(mail, 1)
    url = f"/cases/{case.case_id}/presence"
    first = api("agent", "PUT", url, {"doing": "viewing"}, claims={"name": "Alex"})
    assert (first.status, first.json) == (200, {"others": []})
    (seen,) = api("admin", "PUT", url, {"doing": "answering"}).json["others"]
    since = seen.pop("since")
    assert seen == {"user": "id-of-agent", "name": "Alex", "doing": "viewing"}
    assert abs(datetime.now(UTC) - datetime.fromisoformat(since)) < timedelta(seconds=30)
    (other,) = api("agent", "PUT", url, {"doing": "viewing"}).json["others"]
    assert (other["user"], other["doing"]) == ("id-of-admin", "answering")


@pytest.mark.parametrize("body", [{}, {"doing": "sleeping"}, {"doing": None}, {"doing": ["viewing"]}, {"x": 1}])
def test_wrong_presence(api: Api, mail: MailBucket, body: dict[str, Any]) -> None:
    url = f"/cases/{record_case(mail, 1).case_id}/presence"
    assert "doing" in api("agent", "PUT", url, body).wrong_fields


def test_hidden_case(api: Api, mail: MailBucket) -> None:
    """Of a case that the caller does not see, nobody learns who has it open, and nothing is written."""
    case = record_case(mail, 1)
    for url in (f"/cases/{case.case_id}/presence", "/cases/ZZZZZZZZZ0/presence", "/cases/x/presence"):
        assert api("other-agent", "PUT", url, {"doing": "viewing"}).status == 404
    assert not [row for row in Row.scan() if row.sk.startswith("PRESENCE")]


def test_lasts_a_minute(api: Api) -> None:
    """It ends after 60 seconds, even if DynamoDB has not deleted the item. Whoever repeats it stays."""
    assert shown("alex", 0) == []
    assert shown("ada", 59) == [("Alex", "viewing", 0)]
    assert shown("ada", 60) == []
    assert shown("alex", 70) == [("Ada", "viewing", 59)], "Alex was away, and is back"
    assert shown("alex", 100) == [("Ada", "viewing", 59)]
    assert shown("ada", 110) == [("Alex", "viewing", 70)]


def test_since(api: Api) -> None:
    """The time is that at which they began what they are doing now."""
    shown("alex", 0)
    shown("alex", 30)
    assert shown("ada", 31) == [("Alex", "viewing", 0)]
    shown("alex", 40, ANSWERING)
    shown("alex", 50, ANSWERING)
    assert shown("ada", 51) == [("Alex", "answering", 40)]


def test_other_case(api: Api) -> None:
    shown("alex", 0)
    assert shown("ada", 1, case_id="ZZZZZZZZZ0") == []


def test_late_request(api: Api) -> None:
    """A request that was delayed does not make the agent older."""
    shown("alex", 50, ANSWERING)
    shown("alex", 1, VIEWING)
    assert shown("ada", 100) == [("Alex", "answering", 50)]


def test_many(api: Api) -> None:
    """However many have the case open, the answer is bounded. It names those who came last."""
    for n in range(MAX_OTHERS + 5):
        shown(f"agent-{99 - n:02}", n)
    others = [name for name, _, _ in shown("ada", 56)]
    assert others == [f"Agent-{99 - n:02}" for n in range(5, MAX_OTHERS + 5)]


def test_costs(api: Api, mail: MailBucket) -> None:
    """Who goes on costs one read of the case, one write and one query; who begins, two writes."""
    url = f"/cases/{record_case(mail, 1).case_id}/presence"
    api("agent", "GET", "/me")
    with counted_calls() as begins:
        api("agent", "PUT", url, {"doing": "viewing"})
    with counted_calls() as goes_on:
        api("agent", "PUT", url, {"doing": "viewing"})
    assert begins == ["BatchGetItem", "UpdateItem", "PutItem", "Query"]
    assert goes_on == ["BatchGetItem", "UpdateItem", "Query"]

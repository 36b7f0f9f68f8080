"""The people whom the caller works with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from email_channels.api.paging import paging_of
from email_channels.aws.rows.people_rows import PersonRow
from email_channels.aws.stores.people.person_store import PersonStore
from email_channels.cases.people.person import Person

from tests.support.in_process.api_client import Api, counted_calls

TODAY = datetime.now(UTC).date()


def person(n: int, name: str | None, *groups: str, days_ago: int = 0, admin: bool = False) -> Person:
    return Person(f"user-{n}", name, f"login-{n}", frozenset(groups), admin, TODAY - timedelta(days=days_ago))


def names(api: Api, user: str = "agent", query: str = "") -> list[str]:
    return [one["name"] for one in api(user, "GET", f"/agents{query}").items]


def test_agents(api: Api) -> None:
    """Those who share a group and came lately, by name; admins get all."""
    for one in (
        person(1, "zoë", "default"),
        person(2, "Bob", "default", "other"),
        person(3, "Olive", "other"),
        person(4, "Long Gone", "default", days_ago=91),
        person(5, "Just In Time", "default", days_ago=90),
        person(6, None, "default"),
        person(7, "Ada", admin=True),
    ):
        PersonStore().meet(one)
    assert api("agent", "GET", "/agents", claims={"name": "Alex"}).items == [
        {"user": "id-of-agent", "name": "Alex"},
        {"user": "user-2", "name": "Bob"},
        {"user": "user-5", "name": "Just In Time"},
        {"user": "user-6", "name": "login-6"},
        {"user": "user-1", "name": "zoë"},
    ]
    assert names(api, "other-agent") == ["Bob", "Olive", "other-agent"]
    everybody = ["Ada", "admin", "Alex", "Bob", "Just In Time", "login-6", "Olive", "other-agent", "zoë"]
    assert sorted(names(api, "admin"), key=str.casefold) == sorted(everybody, key=str.casefold)


def test_pages(api: Api) -> None:
    """Pages hide whom the caller does not work with: cursors name nobody, and none can be made."""
    for n in range(30):
        PersonStore().meet(person(n, f"Person {n:02}", "default" if n % 3 == 0 else "other"))
    found, query = [], "?limit=3"
    while True:
        page = api("agent", "GET", f"/agents{query}").json
        found += [one["name"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
        place = paging_of({"cursor": cursor}, "/agents").place
        assert place is not None
        assert "erson" not in place
        query = f"?limit=3&cursor={cursor}"
    assert found == ["agent", *(f"Person {n:02}" for n in range(0, 30, 3))]
    assert api("agent", "GET", "/agents?limit=0").wrong_fields == ["limit"]
    assert api("agent", "GET", "/agents?cursor=x").status == 400
    assert api("agent", "GET", "/agents?q=x").wrong_fields == ["q"]
    assert api("nobody", "GET", "/agents").status == 403


def test_costs(api: Api) -> None:
    """One query, and one call for each hundred people; nothing is scanned."""
    names(api)
    with counted_calls() as calls:
        names(api)
    assert calls == ["Query", "BatchGetItem"]


def test_renamed(api: Api) -> None:
    """A new name moves the person in the list."""
    store = PersonStore()
    store.meet(person(1, "Zoë", "default"))
    store.meet(person(1, "Anna", "default"))
    store.meet(person(1, None, "default"))
    assert names(api) == ["agent", "Anna"]


def test_old_token_after_midnight(api: Api) -> None:
    """A request that was delayed does not make the person older."""
    PersonStore().meet(person(1, "New", "default"))
    PersonStore().meet(person(1, "Old", "default", days_ago=1))
    assert "New" in names(api)


def test_item_stays_small(api: Api) -> None:
    """Groups that no configuration can hold are not kept."""
    claims = {"cognito:groups": ["agent", "group.default", "group.", "group.a b", f"group.{'x' * 65}"]}
    api("agent", "GET", "/me", claims=claims)
    (row,) = [row for row in PersonRow.scan() if isinstance(row, PersonRow)]
    assert row.groups == {"default"}

"""Employees are read as they were written, with the copies by address for intake."""

from __future__ import annotations

from typing import Any

import pytest
from email_channels.aws.rows import keys
from email_channels.aws.rows.directory_rows import AddressRow, employees_at
from email_channels.aws.rows.table import read_rows
from email_channels.aws.stores.directory_store import DirectoryStore
from email_channels.cases.directory import Employee

from tests.support.acts import an_act
from tests.support.in_process.api_client import Api, put


def at(address: str) -> list[tuple[str, str, str | None, bool]]:
    """The copies of employees by address, which intake reads."""
    row = read_rows([keys.address(address)]).get(keys.address(address))
    assert row is None or isinstance(row, AddressRow)
    return [(e.user_id, e.name, e.emails[0], e.blocked) for e in employees_at(row)] if row else []


def test_employee(api: Api) -> None:
    """An employee is created, replaced and deleted, with the copies by address."""
    zoe = {"name": "Zoë", "emails": ["Zoe@ACME.example", "z@acme.example", "ZOE@acme.example"], "population": "UK"}
    made = put(api, "/employees/543457", zoe)
    assert made == {
        "user_id": "543457",
        "name": "Zoë",
        "emails": ["Zoe@ACME.example", "z@acme.example"],
        "population": "UK",
        "blocked": False,
    }
    assert api("admin", "GET", "/employees/543457").json == made
    put(api, "/employees/7", {"name": "Jo", "emails": ["z@acme.example"]})
    assert at("z@acme.example") == [
        ("543457", "Zoë", "z@acme.example", False),
        ("7", "Jo", "z@acme.example", False),
    ]
    replaced = put(api, "/employees/543457", made | {"emails": ["zoë@bücher.example"], "blocked": True}, 200)
    assert (at("zoe@acme.example"), at("z@acme.example")) == ([], [("7", "Jo", "z@acme.example", False)])
    assert at("zoë@xn--bcher-kva.example") == [("543457", "Zoë", "zoë@bücher.example", True)]
    assert api("admin", "GET", "/employees").items == [
        replaced,
        {"user_id": "7", "name": "Jo", "emails": ["z@acme.example"], "population": None, "blocked": False},
    ]
    assert api("admin", "DELETE", "/employees/543457").status == 204
    assert (api("admin", "GET", "/employees/543457").status, api("admin", "DELETE", "/employees/543457").status) == (
        404,
        404,
    )
    assert at("zoë@xn--bcher-kva.example") == []


def test_fifty_addresses(api: Api) -> None:
    """Fifty other addresses do not fit one transaction, and are replaced nevertheless."""
    emails = [f"a{n}@acme.example" for n in range(50)]
    put(api, "/employees/1", {"name": "A", "emails": emails})
    put(api, "/employees/1", {"name": "A", "emails": [f"b{n}@acme.example" for n in range(50)]}, 200)
    assert (at("a0@acme.example"), at("b49@acme.example")) == ([], [("1", "A", "b49@acme.example", False)])
    assert api("admin", "PUT", "/employees/1", {"name": "A", "emails": [*emails, "c@acme.example"]}).wrong_fields == [
        "emails"
    ]


def test_wrong_employees(api: Api) -> None:
    body = {"name": "", "emails": ["a@b.example", "nobody", 5], "population": "", "blocked": "no", "x": 1}
    assert api("admin", "PUT", "/employees/1", body).wrong_fields == [
        "blocked",
        "emails.1",
        "emails.2",
        "name",
        "population",
        "x",
    ]
    for user_id in ("%20a", "a%0Ab", "x" * 129, "%ED%A0%80"):
        answer = api("admin", "PUT", f"/employees/{user_id}", {"name": "A"})
        assert answer.status == (201 if user_id == "%ED%A0%80" else 422), answer.text
    for user_id in ("imports", "a%2Ferasure"):
        assert api("admin", "PUT", f"/employees/{user_id}", {"name": "A"}).status == 405, "the path of another route"
    assert api("admin", "PUT", "/employees/1", {"name": "A", "user_id": "2"}).wrong_fields == ["user_id"]


def test_names_in_paths(api: Api) -> None:
    """Names with special characters are percent-encoded in paths."""
    for user_id, path in (
        ("a/b", "a%2Fb"),
        ("R&D #1 🎄", "R%26D%20%231%20%F0%9F%8E%84"),
        ("50%", "50%25"),
        ('"q"\\', "%22q%22%5C"),
    ):
        assert put(api, f"/employees/{path}", {"name": "A", "emails": []})["user_id"] == user_id
        assert api("admin", "GET", f"/employees/{path}").json["user_id"] == user_id
        assert api("admin", "DELETE", f"/employees/{path}").status == 204


def test_directory_pages(api: Api) -> None:
    for n in range(7):
        put(api, f"/employees/{n}", {"name": "A"})
    seen = []
    url = "/employees?limit=3"
    while url:
        page = api("admin", "GET", url).json
        seen.append([item["user_id"] for item in page["items"]])
        url = f"/employees?limit=3&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert seen == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_concurrent_writes(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two writers of one address at the same time lose nothing."""
    crossings = iter([True])

    def crossed(wanted: Any) -> Any:
        wanted = list(wanted)
        rows = read_rows(wanted)
        if keys.address("shared@acme.example") in wanted and next(crossings, False):
            DirectoryStore().put(Employee("other", "Other", ("shared@acme.example",)), an_act())
        return rows

    monkeypatch.setattr("email_channels.aws.stores.directory_store.read_rows", crossed)
    put(api, "/employees/1", {"name": "A", "emails": ["shared@acme.example"]})
    assert [user_id for user_id, *_ in at("shared@acme.example")] == ["1", "other"]

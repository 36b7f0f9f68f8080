"""`GET /employees?q=`: by user id, address, or beginnings of words of the name."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from email_channels.aws.rows.directory_rows import EmployeeRow, EmployeeWordRow
from email_channels.aws.stores.directory import search
from email_channels.aws.stores.directory_store import DirectoryStore
from email_channels.cases.directory import Employee

from tests.support.in_process.api_client import Api
from tests.support.in_process.aws_calls import watch

PEOPLE = (
    Employee("543457", "Zoë Hartmann", ("Zoe.Hartmann@acme.example", "family@home.example")),
    Employee("543458", "Øyvind Hartmann-Łuczak", ("family@home.example",), blocked=True),
    Employee("AB12", "Seán O'Brien", ()),
    Employee("zoe", "Ada Lovelace", ()),
    Employee("900001", "王小明", ()),
    Employee("900002", "أحمد علی", ()),
    Employee("900003", "Αλέξανδρος Παπαδόπουλος", ()),
    Employee("900004", "Anna Annabel Anders", ()),
)


@pytest.fixture
def people(api: Api) -> None:
    with api.deployed():
        DirectoryStore().put_all(PEOPLE)


def found(api: Api, query: str, user: str = "agent") -> list[str]:
    """The user ids on all pages."""
    ids: list[str] = []
    cursor = ""
    while True:
        page = api(user, "GET", f"/employees?limit=2&q={quote(query)}{cursor}")
        assert page.status == 200, page.text
        ids += [item["user_id"] for item in page.items]
        if page.json["next_cursor"] is None:
            return ids
        cursor = f"&cursor={page.json['next_cursor']}"


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("543457", "543457"),
        ("5434", ""),
        ("ab12", "AB12"),
        ("zoe", "zoe 543457"),
        ("ZOË  hart", "543457"),
        ("hart", "543457 543458"),
        ("luczak oyv", "543458"),
        ("hartmann lovelace", ""),
        ("obrien", "AB12"),
        ("o'b sean", "AB12"),
        ("brien", "AB12"),
        ("小明", "900001"),
        ("王", "900001"),
        ("علي احمد", "900002"),
        ("ΑΛΕΞ", "900003"),
        ("παπαδοπουλος", "900003"),
        ("an", "900004"),
        ("ann ande", "900004"),
        ("ZOE.hartmann@ACME.example", "543457"),
        ("family@home.example", "543457 543458"),
        ("hartmann@acme.example", ""),
        ("...", ""),
        ("#", ""),
    ],
)
def test_search(api: Api, query: str, ids: str) -> None:
    assert found(api, query) == ids.split()


@pytest.mark.usefixtures("people")
def test_roles(api: Api) -> None:
    """Agents search; only admins list all."""
    for url in ("/employees", "/employees?q=", "/employees?q=%20"):
        refused = api("agent", "GET", url)
        assert (refused.status, refused.json["errors"][0]["field"]) == (422, "q")
        assert api("nobody", "GET", url).status == 403
        assert len(api("admin", "GET", url).items) == len(PEOPLE)
    assert api("agent", "GET", "/employees?q=zoe").items[1] == {
        "user_id": "543457",
        "name": "Zoë Hartmann",
        "emails": ["Zoe.Hartmann@acme.example", "family@home.example"],
        "population": None,
        "blocked": False,
    }
    assert api("agent", "GET", f"/employees?q={'a' * 201}").status == 422
    other = api("agent", "GET", "/employees?q=hart&limit=1").json["next_cursor"]
    assert api("agent", "GET", f"/employees?q=zoe&cursor={other}").status == 400


@pytest.mark.usefixtures("people")
def test_changed_name(api: Api) -> None:
    """A name that changes, or an employee that is deleted, leaves no old words."""
    api("admin", "PUT", "/employees/543457", {"name": "Zoë Webb"})
    assert (found(api, "zoe"), found(api, "webb zoe"), found(api, "hart")) == (
        ["zoe", "543457"],
        ["543457"],
        ["543458"],
    )
    for employee in PEOPLE:
        assert api("admin", "DELETE", f"/employees/{employee.user_id}").status == 204
    assert [*EmployeeWordRow.scan()] == []


def test_employees_from_before(api: Api) -> None:
    """An employee without words, which older code stored, gets them with the next PUT."""
    put = {"name": "Zoë Hartmann", "emails": []}
    with api.deployed():
        DirectoryStore().put(PEOPLE[0], None)
        for row in EmployeeWordRow.scan():
            row.delete()
        (employee,) = EmployeeRow.scan()
        employee.update([EmployeeRow.words.remove()])
    assert found(api, "hart") == []
    assert api("admin", "PUT", "/employees/543457", put).status == 200
    assert found(api, "hart") == ["543457"]


def test_long_names(api: Api) -> None:
    """Names with many words, and as many addresses as allowed, replaced by others."""
    for letter in "xy":
        body = {
            "name": " ".join(f"{letter}{n:02}" for n in range(50)),
            "emails": [f"{letter}{n}@acme.example" for n in range(50)],
        }
        assert api("admin", "PUT", "/employees/1", body).status in {200, 201}
    assert (found(api, "y11"), found(api, "y12"), found(api, "x00")) == (["1"], [], [])
    assert found(api, "y49@acme.example") == ["1"]


def test_one_surname(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many employees with the same name: each page is bounded, and all pages together show each of them once."""
    monkeypatch.setattr(search, "MOST_WORDS", 10)
    calls = watch(monkeypatch)
    with api.deployed():
        DirectoryStore().put_all([Employee(f"{n:03}", f"Müller {'Anna' if n % 7 else 'Bea'}", ()) for n in range(60)])
    anna = [f"{n:03}" for n in range(60) if n % 7]
    for query, expected in (("mull", [f"{n:03}" for n in range(60)]), ("mull anna", anna), ("bea mull", None)):
        url, ids, pages = f"/employees?limit=5&q={quote(query)}", list[str](), 0
        cursor = ""
        while pages == 0 or cursor:
            calls.begin()
            page = api("agent", "GET", url + cursor)
            assert (calls.names.count("Query") <= 3, len(calls.names) <= 5) == (True, True), calls.names
            ids += [item["user_id"] for item in page.items]
            cursor = f"&cursor={page.json['next_cursor']}" if page.json["next_cursor"] else ""
            pages += 1
        assert ids == (expected or [f"{n:03}" for n in range(60) if n % 7 == 0])
        assert pages <= 13


def test_forged_cursor(api: Api) -> None:
    """A cursor that names another word reads the search from its beginning."""
    with api.deployed():
        assert search.EmployeeSearch().find(("zoe",), 5, "hart#hart#1") == ([], None)
        assert search.EmployeeSearch().find(("zoe",), 5, "zoe") == ([], None)

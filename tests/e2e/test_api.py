"""Agents and admins work with cases and configuration."""

from typing import Any

import pytest

from tests.support.system.casework import open_case, write_email
from tests.support.system.http_api import problem, wrong_fields
from tests.support.system.mail import unique, unique_id
from tests.support.system.routes import EMPLOYEE, GROUP, MAPPING, TOPIC
from tests.support.system.system_client import Person, SystemClient


def test_filters(acme: SystemClient, jo: Person) -> None:
    first, second = open_case(acme, jo), open_case(acme, jo)
    acme.agent.change(second["case_id"], status="closed")

    def found(**query: object) -> list[str]:
        both = {first["case_id"], second["case_id"]}
        return [each["case_id"] for each in acme.agent.get("/cases", **query)["items"] if each["case_id"] in both]

    assert found(status="open") == [first["case_id"]]
    assert found(status="closed") == [second["case_id"]]
    assert found(employee=jo.user_id, status="closed") == [second["case_id"]]
    for form in (first["number"], first["case_id"].lower(), f"#{first['number']}"):
        assert found(q=form) == [first["case_id"]]
    words = first["subject"].rpartition(" ")[2].upper()
    assert found(q=words) == [first["case_id"]]
    assert found(q=f"{words} nowhere") == []
    assert found(employee="nobody-such") == []


def test_pages(acme: SystemClient, jo: Person) -> None:
    made = [open_case(acme, jo)["case_id"] for _ in range(3)]
    pages, cursor = [], None
    while True:
        query = {"limit": 1, "employee": jo.user_id} | ({"cursor": cursor} if cursor else {})
        page = acme.agent.get("/cases", **query)
        assert len(page["items"]) <= 1
        pages += [each["case_id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages[:3] == made[::-1]
    assert len(set(pages)) == len(pages)


@pytest.mark.parametrize("path", ["/cases", "/unprocessed", "/employees", "/mailboxes", "/topics", "/purges"])
def test_wrong_limits_and_cursors(acme: SystemClient, path: str) -> None:
    for limit in ("0", "201", "-1", "many", "1.5"):
        assert wrong_fields(acme.admin.call("GET", path, query={"limit": limit})) == {"limit"}
    for cursor in ("nonsense", "AAAA", "e30=", "é", "x" * 3000):
        assert acme.admin.call("GET", path, query={"cursor": cursor}).status_code in (400, 422)


def test_wrong_filters(acme: SystemClient) -> None:
    assert wrong_fields(acme.agent.call("GET", "/cases", query={"status": "ajar"})) == {"status"}
    assert wrong_fields(acme.admin.call("GET", "/unprocessed", query={"reason": "because"})) == {"reason"}


def test_create_case(acme: SystemClient, jo: Person) -> None:
    subject = unique("They called")
    body = {
        "user_id": jo.user_id,
        "subject": subject,
        "issue": "By phone.",
        "topic": "Payroll",
        "show_to_employee": True,
    }
    response = acme.agent.call("POST", "/cases", body)

    assert response.status_code == 201
    case = response.json()
    assert case == acme.case_with(subject)
    assert {name: case[name] for name in body if name != "user_id"} == {
        name: value for name, value in body.items() if name != "user_id"
    }
    assert case["employee"] == {"user_id": jo.user_id, "name": jo.name, "email": jo.address}
    assert (case["status"], case["service_group"], case["mailbox"]) == ("open", "default", None)
    assert acme.history(case["case_id"]) == []
    write_email(acme, case, [jo.address])
    assert len(acme.history(case["case_id"])) == 1


def test_version(acme: SystemClient, jo: Person) -> None:
    """A change must name the latest version."""
    case = open_case(acme, jo)
    sam = acme.employ("Sam")
    path = f"/cases/{case['case_id']}"
    etag = acme.agent.call("GET", path).headers["etag"]
    change = {
        "status": "closed",
        "topic": "Benefits",
        "subject": unique("Another subject"),
        "regarding": sam.user_id,
        "show_to_employee": True,
    }

    problem(acme.agent.call("PATCH", path, change), 428)
    changed = acme.agent.call("PATCH", path, change, {"If-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    expected = {**change, "regarding": {"user_id": sam.user_id, "name": sam.name, "email": sam.address}}
    assert {name: changed.json()[name] for name in change} == expected
    problem(acme.agent.call("PATCH", path, {"status": "open"}, {"If-Match": etag}), 412)
    problem(acme.agent.call("PATCH", path, {"status": "open"}, {"If-Match": '"nonsense"'}), 412)
    assert acme.agent.get(path) == changed.json()

    assert acme.agent.change(case["case_id"], regarding=None)["regarding"] is None
    assert acme.agent.change(case["case_id"], status="open")["status"] == "open"


def test_move_to_another_group(acme: SystemClient, jo: Person) -> None:
    """A case is moved to another group."""
    case = open_case(acme, jo)

    assert acme.admin.change(case["case_id"], service_group="other")["service_group"] == "other"
    problem(acme.agent.call("GET", f"/cases/{case['case_id']}"), 404)
    assert acme.other_agent.get(f"/cases/{case['case_id']}")["service_group"] == "other"


@pytest.mark.parametrize(
    ("path", "body", "more"),
    [
        ("/employees/{}", EMPLOYEE, {"name": "Sam Doe", "emails": [], "population": "UK", "blocked": True}),
        ("/topics/{}", TOPIC, {"by_population": {"UK": "other"}}),
        ("/service-groups/{}", GROUP, {"address": "group@acme.example", "secured": False}),
        ("/mailboxes/{}@cases.acme-cases.example", None, {"default_topic": "Benefits"}),
        ("/user-mappings/{}", MAPPING, {"from": "b@acme.example", "mailbox": "benefits@acme.example"}),
    ],
    ids=lambda value: str(value)[:15],
)
def test_configuration(acme: SystemClient, path: str, body: dict[str, Any] | None, more: dict[str, Any]) -> None:
    """An item can be read until it is deleted; `{}` in a path becomes an id of this test."""
    own = unique_id()
    body = body or {"receiving_address": f"{own}@cases.acme-cases.example"}
    more = {name: value.format(own) if isinstance(value, str) else value for name, value in more.items()}
    path = path.format(own)
    acme.admin.put("/employees/1", {"name": "Whom mappings name"})

    assert acme.admin.call("PUT", path, body).status_code in (200, 201)
    first = acme.admin.get(path)
    assert first | body == first
    acme.admin.put(path, {**body, **more})
    acme.admin.put(path, {**body, **more})
    changed = acme.admin.get(path)
    assert changed | more == changed
    assert changed in acme.admin.items(path.rpartition("/")[0])
    assert acme.admin.call("DELETE", path).status_code == 204
    problem(acme.admin.call("GET", path), 404)
    problem(acme.admin.call("DELETE", path), 404)


def test_first_mailbox(acme: SystemClient) -> None:
    """The first mailbox comes from the parameters."""
    assert acme.admin.get("/mailboxes/payroll@acme.example") | {
        "receiving_address": "payroll@in.acme-cases.example",
        "default_topic": "General",
        "default_subject": "(no subject)",
        "identify_sender": "from_address",
        "trusted_senders": [],
    } == acme.admin.get("/mailboxes/payroll@acme.example")


def test_settings(acme: SystemClient) -> None:
    """The settings are the parameters, without secrets."""
    settings = acme.admin.get("/settings")

    assert (settings["PurgeAfterDays"], settings["PlusAddressing"]) == (30, True)
    assert settings["AdminEmailAddresses"] == ["admin@acme.example"]
    assert not any("secret" in name.lower() or "key" in name.lower() for name in settings)

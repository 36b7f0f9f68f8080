"""Configuration that would not work, or would make emails run in a circle, is refused and says why."""

from typing import Any

import pytest

from tests.support.system.casework import open_case
from tests.support.system.http_api import problem, wrong_fields
from tests.support.system.mail import unique
from tests.support.system.system_client import Person, SystemClient

NEW = "new@cases.acme-cases.example"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/mailboxes/new@acme.example", {"default_topic": "Payrol"}, "default_topic"),
        ("/mailboxes/service@acme-cases.example", {}, "address"),
        ("/mailboxes/cases@acme-cases.example", {}, "address"),
        ("/mailboxes/admin@acme.example", {}, "address"),
        ("/mailboxes/agents@acme.example", {}, "address"),
        ("/mailboxes/answers@in.acme-cases.example", {}, "address"),
        ("/mailboxes/new@acme.example", {"receiving_address": "answers@in.acme-cases.example"}, "receiving_address"),
        ("/mailboxes/new@acme.example", {"trusted_senders": ["service@acme-cases.example"]}, "trusted_senders.0"),
        ("/user-mappings/new", {"mailbox": "payroll@acme.example", "user_id": "nobody-such"}, "user_id"),
        ("/service-groups/new", {"name": "New", "address": "payroll@acme.example"}, "address"),
        ("/service-groups/new", {"name": "New", "address": "benefits@acme.example"}, "address"),
        ("/service-groups/new", {"name": "New", "address": "service@acme-cases.example"}, "address"),
        ("/service-groups/new", {"name": "New", "address": "answers@acme.example"}, "address"),
        ("/service-groups/new", {"name": "New", "address": "any@cases.acme-cases.example"}, "address"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused(acme: SystemClient, path: str, body: dict[str, Any], field: str) -> None:
    if path.startswith("/mailboxes"):
        body = {"receiving_address": NEW, **body}
    assert wrong_fields(acme.admin.call("PUT", path, body)) == {field}
    problem(acme.admin.call("GET", path), 404)


def test_receiving(acme: SystemClient) -> None:
    """A mailbox says whether the receipt rules accept its emails."""
    assert acme.admin.get("/mailboxes/payroll@acme.example")["receiving"] is True
    made = acme.admin.call("PUT", "/mailboxes/soon@acme.example", {"receiving_address": "soon@in.acme-cases.example"})
    assert made.json()["receiving"] is False
    made = acme.admin.call("PUT", "/mailboxes/soon@acme.example", {"receiving_address": NEW})
    assert made.json()["receiving"] is True
    assert acme.admin.call("DELETE", "/mailboxes/soon@acme.example").status_code == 204


def test_topic_in_use(acme: SystemClient, jo: Person) -> None:
    """A topic can be deleted when no mailbox and no open case has it."""
    topic = unique("Topic")
    acme.admin.put(f"/topics/{topic}", {"service_group": "other"})
    acme.admin.put("/mailboxes/use@acme.example", {"receiving_address": NEW, "default_topic": topic})
    case = open_case(acme, jo)
    acme.agent.change(case["case_id"], topic=topic)

    assert "use@acme.example" in problem(acme.admin.call("DELETE", f"/topics/{topic}"), 409)["detail"]
    assert acme.admin.call("DELETE", "/mailboxes/use@acme.example").status_code == 204
    assert case["number"] in problem(acme.admin.call("DELETE", f"/topics/{topic}"), 409)["detail"]
    acme.agent.change(case["case_id"], status="closed")
    assert acme.admin.call("DELETE", f"/topics/{topic}").status_code == 204


def test_group_in_use(acme: SystemClient, jo: Person) -> None:
    """A service group can be deleted when no topic routes to it, and it has no case, not even a closed one."""
    group, topic = unique("g").replace(" ", "-"), unique("Topic")
    acme.admin.put(f"/service-groups/{group}", {"name": "A group"})
    acme.admin.put(f"/topics/{topic}", {"service_group": "default", "by_population": {"UK": group}})
    case = open_case(acme, jo)

    assert topic in problem(acme.admin.call("DELETE", f"/service-groups/{group}"), 409)["detail"]
    assert acme.admin.call("DELETE", f"/topics/{topic}").status_code == 204
    acme.admin.change(case["case_id"], service_group=group, status="closed")
    assert case["number"] in problem(acme.admin.call("DELETE", f"/service-groups/{group}"), 409)["detail"]
    acme.admin.change(case["case_id"], service_group="default")
    assert acme.admin.call("DELETE", f"/service-groups/{group}").status_code == 204

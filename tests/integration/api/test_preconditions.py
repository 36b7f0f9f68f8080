"""ETag, If-Match and If-None-Match of what admins configure."""

from __future__ import annotations

from typing import Any

import pytest
from email_channels.aws.rows.directory_rows import employee_row
from email_channels.cases.directory import Employee

from tests.support.in_process.api_client import Answer, Api
from tests.support.in_process.aws_calls import meanwhile

# A path, and two bodies for it.
THINGS = (
    ("/mailboxes/new@acme.example", {"receiving_address": "new@forms.example"}, {"default_show": True}),
    ("/mailboxes/payroll@acme.example", {"receiving_address": "payroll@in.example"}, {"default_show": True}),
    ("/user-mappings/one", {"mailbox": "payroll@acme.example", "user_id": "7"}, {"user_id": "8"}),
    ("/topics/Tax", {"service_group": None}, {"service_group": "default"}),
    ("/service-groups/tax", {"name": "Tax"}, {"address": "tax@acme.example"}),
    ("/service-groups/default", {"name": "default"}, {"address": "tax@acme.example"}),
    ("/templates/answer", {"name": "A", "text": "Hello"}, {"html": "<p>Hello</p>"}),
    ("/templates/thanks", {"name": "Thanks", "text": "Thank you"}, {"text": "Thanks"}),
    ("/employees/1", {"name": "Zoe"}, {"emails": ["zoe@acme.example"]}),
)
each_thing = pytest.mark.parametrize(("path", "body", "other"), THINGS, ids=[path for path, *_ in THINGS])


@pytest.fixture(autouse=True)
def _employees(api: Api) -> None:
    """The employees whom user mappings name, written without audit records."""
    for user_id in ("7", "8", "9"):
        employee_row(Employee(user_id, "A", ())).save()


def put(api: Api, path: str, body: object, **headers: str) -> Answer:
    return api("admin", "PUT", path, body, headers={name.replace("_", "-"): value for name, value in headers.items()})


@each_thing
def test_etag(api: Api, path: str, body: dict[str, Any], other: dict[str, Any]) -> None:
    """It changes exactly when the thing changes."""
    first = put(api, path, body).headers["etag"]
    assert api("admin", "GET", path).headers["etag"] == first
    assert put(api, path, body).headers["etag"] == first
    second = put(api, path, body | other).headers["etag"]
    assert second != first
    assert put(api, path, body).headers["etag"] == first


@each_thing
def test_if_match(api: Api, path: str, body: dict[str, Any], other: dict[str, Any]) -> None:
    """A stale ETag changes nothing, and leaves no audit record."""
    stale = put(api, path, body).headers["etag"]
    changed = put(api, path, body | other, If_Match=f'"x", {stale}')
    assert changed.status == 200
    for wrong in (stale, "1", f"W/{changed.headers['etag']}", changed.headers["etag"].strip('"')):
        assert put(api, path, body | other, If_Match=wrong).status == 412, wrong
        refused = put(api, path, body, If_Match=wrong)
        assert refused.problem == "precondition_failed"
        assert ("double quotes" in refused.json["detail"]) == (wrong != stale), "it does not say that it has changed"
        assert api("admin", "DELETE", path, headers={"If-Match": wrong}).status == 412
    assert api("admin", "GET", path).json == changed.json
    assert [record["action"].split(".")[1] for record in api("admin", "GET", "/audit").items] == ["put", "put"]
    assert put(api, path, body, If_Match="*").status == 200
    assert api("admin", "DELETE", path, headers={"If-Match": stale}).status == 204


@each_thing
def test_create_only(api: Api, path: str, body: dict[str, Any], other: dict[str, Any]) -> None:
    """If-None-Match: * creates, and never replaces. What the deployment defines exists already."""
    deployed = api("admin", "GET", path).status == 200
    assert put(api, path, body, If_None_Match="*").status == (412 if deployed else 201)
    assert put(api, path, body).status == 200
    assert put(api, path, body | other, If_None_Match="*").status == 412
    assert api("admin", "DELETE", path).status == 204
    assert put(api, path, body, If_Match="*").status == (200 if deployed else 412)


@pytest.mark.parametrize("path", ["/mailboxes/payroll@acme.example", "/service-groups/default"])
def test_deployed(api: Api, path: str) -> None:
    """What the deployment defines has an ETag, which is back after a replacement is deleted."""
    deployed = api("admin", "GET", path)
    body = {"name": "N"} if "groups" in path else {"receiving_address": "payroll@in.example", "default_show": True}
    assert put(api, path, body, If_Match='"other"').status == 412
    assert put(api, path, body, If_Match=deployed.headers["etag"]).status == 200
    assert put(api, path, body, If_Match=deployed.headers["etag"]).status == 412
    assert api("admin", "DELETE", path).status == 204
    assert api("admin", "GET", path).headers["etag"] == deployed.headers["etag"]


@each_thing
def test_change_in_between(
    api: Api, monkeypatch: pytest.MonkeyPatch, path: str, body: dict[str, Any], other: dict[str, Any]
) -> None:
    """The ETag is checked by the write: another change between our read and our write makes it stale."""
    etag = put(api, path, body).headers["etag"]
    assert not meanwhile(monkeypatch, "TransactWriteItems", lambda: put(api, path, body | other))
    assert api("admin", "DELETE", path, headers={"If-Match": etag}).status == 412
    changed = api("admin", "GET", path)
    assert changed.headers["etag"] == put(api, path, body | other).headers["etag"] != etag
    assert not meanwhile(monkeypatch, "TransactWriteItems", lambda: api("admin", "DELETE", path))
    assert put(api, path, body, If_Match=changed.headers["etag"]).status == 412


def test_routing_of_others(api: Api) -> None:
    """All topics and groups are one item. A change of another one does not make an ETag stale."""
    etag = put(api, "/topics/Tax", {"service_group": None}).headers["etag"]
    put(api, "/topics/Leave", {"service_group": None})
    put(api, "/service-groups/tax", {"name": "Tax"})
    assert put(api, "/topics/Tax", {"service_group": "tax"}, If_Match=etag).status == 200

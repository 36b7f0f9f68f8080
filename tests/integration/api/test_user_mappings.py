"""User mappings are read as they were written, with the copy for intake."""

from __future__ import annotations

from email_channels.aws.rows import keys
from email_channels.aws.rows.configuration_rows import UserMappingSlotRow, user_mapping_of
from email_channels.aws.rows.table import read_rows

from tests.support.in_process.api_client import Api, put


def slot(mailbox: str, sender: str | None) -> str | None:
    row = read_rows([keys.user_mapping_slot(mailbox, sender)]).get(keys.user_mapping_slot(mailbox, sender))
    return user_mapping_of(row).user_id if isinstance(row, UserMappingSlotRow) else None


def test_user_mapping(api: Api) -> None:
    """A user mapping is created, replaced and deleted, with its copy."""
    for user_id in ("1", "2", "3"):
        put(api, f"/employees/{user_id}", {"name": "A"})
    forms = put(
        api, "/user-mappings/forms", {"mailbox": "Payroll@acme.example", "from": "Robot@acme.example", "user_id": "1"}
    )
    assert forms == {"id": "forms", "mailbox": "payroll@acme.example", "from": "robot@acme.example", "user_id": "1"}
    anybody = put(api, "/user-mappings/all", {"mailbox": "payroll@acme.example", "user_id": "2"})
    assert anybody["from"] is None
    assert (slot("payroll@acme.example", "robot@acme.example"), slot("payroll@acme.example", None)) == ("1", "2")
    assert api("admin", "GET", "/user-mappings").items == [anybody, forms]
    assert api("admin", "GET", "/user-mappings/forms").json == forms

    for body in ({"from": "ROBOT@acme.example"}, {"from": None}):
        answer = api("admin", "PUT", "/user-mappings/x", {"mailbox": "payroll@acme.example", "user_id": "3"} | body)
        assert (answer.status, answer.problem) == (409, "conflict")
    moved = {"mailbox": "payroll@acme.example", "from": "other@acme.example", "user_id": "1"}
    put(api, "/user-mappings/forms", moved, 200)
    assert (slot("payroll@acme.example", "robot@acme.example"), slot("payroll@acme.example", "other@acme.example")) == (
        None,
        "1",
    )
    assert api("admin", "DELETE", "/user-mappings/forms").status == 204
    assert slot("payroll@acme.example", "other@acme.example") is None
    assert (
        api("admin", "GET", "/user-mappings/forms").status,
        api("admin", "DELETE", "/user-mappings/forms").status,
    ) == (404, 404)


def test_wrong_user_mappings(api: Api) -> None:
    put(api, "/employees/1", {"name": "A"})
    body = {"mailbox": "payroll@acme.example", "user_id": "2"}
    answer = api("admin", "PUT", "/user-mappings/x", body)
    assert answer.json["errors"] == [{"field": "user_id", "message": "no employee has this user id"}]
    assert api("admin", "PUT", "/user-mappings/x", {"mailbox": "no@acme.example", "user_id": "1"}).wrong_fields == [
        "mailbox"
    ]
    assert api("admin", "PUT", "/user-mappings/x", {"from": "x", "user_id": 1}).wrong_fields == [
        "from",
        "mailbox",
        "user_id",
    ]
    body = {"mailbox": "payroll@acme.example", "user_id": "1"}
    assert api("admin", "PUT", "/user-mappings/x", body | {"id": "y"}).wrong_fields == ["id"]
    assert api("admin", "PUT", "/user-mappings/%0A", body).wrong_fields == ["id"]


def test_employee_with_mappings(api: Api) -> None:
    """An employee whom user mappings name cannot be deleted: their emails would no longer make cases."""
    put(api, "/employees/1", {"name": "A"})
    for n in range(22):
        body = {"mailbox": "payroll@acme.example", "from": f"f{n}@acme.example", "user_id": "1"}
        put(api, f"/user-mappings/m{n:02}", body)
    refused = api("admin", "DELETE", "/employees/1")
    assert (refused.status, "m00, m01" in refused.json["detail"], "and 2 more" in refused.json["detail"]) == (
        409,
        True,
        True,
    )
    for n in range(22):
        assert api("admin", "DELETE", f"/user-mappings/m{n:02}").status == 204
    assert api("admin", "DELETE", "/employees/1").status == 204

"""The audit: who changed what."""

from __future__ import annotations

from typing import Any

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.rows.audit_rows import AuditRow
from email_channels.aws.rows.table import Row

from tests.support.in_process.api_client import USERS, Api
from tests.support.in_process.stored_emails import record_case


def audit(api: Api, query: str = "") -> list[dict[str, Any]]:
    return api("admin", "GET", f"/audit{query}").items


def test_configuration(api: Api) -> None:
    """A topic is made, changed, written again as it is, and deleted: three records, newest first."""
    for group in ("tax", "tax", "pay"):
        api("admin", "PUT", f"/service-groups/{group}", {"name": group})
    for body in ({"service_group": "tax"}, {"service_group": "pay"}, {"service_group": "pay"}):
        assert api("admin", "PUT", "/topics/Tax", body).status in {200, 201}
    assert api("admin", "DELETE", "/topics/Tax").status == 204
    records = audit(api, "?target=tax")
    assert [(record["action"], record["fields"], record["before"], record["after"]) for record in records] == [
        ("topic.delete", ["by_population", "service_group"], {"by_population": {}, "service_group": "pay"}, None),
        ("topic.put", ["service_group"], {"service_group": "tax"}, {"service_group": "pay"}),
        ("topic.put", ["by_population", "service_group"], None, {"by_population": {}, "service_group": "tax"}),
        (
            "service_group.put",
            ["address", "name", "secured"],
            None,
            {"address": None, "name": "tax", "secured": True},
        ),
    ]
    assert {record["actor"] for record in records} == {"id-of-admin"}


def test_case(api: Api, mail: MailBucket) -> None:
    """Texts and people are only named."""
    case = record_case(mail, 1)
    body = {"status": "closed", "subject": "Secret", "show_to_employee": case.show_to_employee}
    changed = api("agent", "PATCH", f"/cases/{case.case_id}", body, headers={"If-Match": "*"})
    assert changed.status == 200
    again = api("agent", "PATCH", f"/cases/{case.case_id}", body, headers={"If-Match": "*"})
    assert again.headers["etag"] == changed.headers["etag"]
    (record,) = audit(api)
    assert (record["action"], record["target"]) == ("case.change", case.case_id)
    assert record["restorable_until"] is None
    assert (record["fields"], record["before"], record["after"]) == (
        ["status", "subject"],
        {"status": "open"},
        {"status": "closed"},
    )


def test_employee(api: Api) -> None:
    """The target is an HMAC of the user id; the filter takes the id and the HMAC."""
    for blocked in (False, True):
        api("admin", "PUT", "/employees/543457", {"name": "Zoe Hartmann", "blocked": blocked})
    blocked_record, made = audit(api, "?target=543457")
    assert (blocked_record["before"], blocked_record["after"]) == ({"blocked": False}, {"blocked": True})
    assert made["fields"] == ["blocked", "emails", "name", "population"]
    assert audit(api, f"?target={made['target']}") == [blocked_record, made]
    assert "543457" not in str(audit(api))
    assert "Zoe" not in str(audit(api))


def test_pages_and_filters(api: Api) -> None:
    for n in range(7):
        api("admin" if n % 2 else "only-admin", "PUT", f"/employees/{n}", {"name": "A"})
        api("admin", "PUT", f"/service-groups/g{n}", {"name": "G"})
    everything = audit(api)
    assert len(everything) == 14
    assert [record["at"] for record in everything] == sorted((record["at"] for record in everything), reverse=True)
    for query in ("", "actor=id-of-admin", "action=service_group.put", "actor=id-of-admin&action=employee.put"):
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {"next_cursor": ""}
        while (cursor := page["next_cursor"]) is not None:
            page = api("admin", "GET", f"/audit?limit=2&{query}{cursor and f'&cursor={cursor}'}").json
            found += page["items"]
        wanted = dict(part.split("=") for part in query.split("&") if part)
        assert found == [one for one in everything if all(one[name] == value for name, value in wanted.items())]
    assert audit(api, f"?since={everything[3]['at']}")[-1]["at"] == everything[3]["at"]
    assert audit(api, "?since=9999-12-31T23:59:59Z") == []
    assert len(audit(api, "?since=0001-01-01T00:00:00Z")) == 14
    for wrong in (
        "action=mailbox",
        "since=yesterday",
        "since=2026-11-02T08:15:00",
        "since=2026-11-02%2008:15:00Z",
        f"target={'x' * 901}",
    ):
        assert api("admin", "GET", f"/audit?{wrong}").wrong_fields == [wrong.split("=")[0]]
    assert api("admin", "GET", "/audit?action=x&since=now&limit=x").wrong_fields == ["action", "since", "limit"]


def test_expired(api: Api) -> None:
    """An expired record is not shown, even if DynamoDB has not deleted the item."""
    for n in range(2):
        api("admin", "PUT", f"/service-groups/g{n}", {"name": "G"})
    newest, oldest = audit(api)
    row = min(AuditRow.query(keys.AUDIT), key=lambda one: one.sk)
    row.update(actions=[Row.expires_at.set(1)])
    for query in ("", "?actor=id-of-admin", "?action=service_group.put", "?target=g0"):
        assert oldest not in audit(api, query)
    assert audit(api) == [newest]


def test_roles(api: Api) -> None:
    assert {user for user in USERS if api(user, "GET", "/audit").status == 200} == {"admin", "only-admin"}

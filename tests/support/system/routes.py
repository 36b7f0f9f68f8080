"""Every route of the API by role, with a valid body for each route that needs one."""

from __future__ import annotations

import secrets
from typing import Any

from tests.support.system.http_api import User

UNKNOWN_CASE = "ZZZZZZZZZ0"
UNKNOWN_EMAIL = "0000000000000000000"

EMPLOYEE = {"name": "Jo Doe", "emails": ["jo@acme.example"], "population": None, "blocked": False}
MAILBOX = {"receiving_address": "new@cases.acme-cases.example"}
MAPPING = {"mailbox": "payroll@acme.example", "from": "a@acme.example", "user_id": "1"}
TOPIC = {"service_group": "default", "by_population": {}}
GROUP = {"name": "A group", "address": None, "secured": True}
TEMPLATE = {"name": "A template", "text": "Hello {{ employee.name }}"}
NEW_CASE = {"user_id": "1", "subject": "Subject", "issue": "Issue"}
SIGNATURE = {"text": "Jo", "html": "<p>Jo</p>"}
UPLOAD = {"filename": "a.txt", "content_type": "text/plain", "size": 1}
LETTER = {"to": ["jo@elsewhere.example"], "subject": "Hello", "text": "Hello.\n"}

CASE_ROUTES: list[tuple[str, str, object]] = [
    ("GET", "/cases/{case_id}", None),
    ("PATCH", "/cases/{case_id}", {"status": "closed"}),
    ("PUT", "/cases/{case_id}/presence", {"doing": "viewing"}),
    ("POST", "/cases/{case_id}/notes", {"text": "A note"}),
    ("POST", "/cases/{case_id}/read", {}),
    ("GET", "/cases/{case_id}/emails", None),
    ("POST", "/cases/{case_id}/emails", LETTER),
    ("GET", "/cases/{case_id}/emails/{email_id}", None),
    ("GET", "/cases/{case_id}/emails/{email_id}/original", None),
    ("GET", "/cases/{case_id}/emails/{email_id}/attachments/{n}", None),
    ("POST", "/cases/{case_id}/merge", {"into": UNKNOWN_CASE}),
    ("POST", "/cases/{case_id}/emails/{email_id}/move", {"case_id": UNKNOWN_CASE}),
    ("POST", "/cases/{case_id}/emails/{email_id}/split", {"subject": "Subject", "topic": "General"}),
]
AGENT_ROUTES: list[tuple[str, str, object]] = [
    ("GET", "/me", None),
    ("PUT", "/me/signature", SIGNATURE),
    ("GET", "/agents", None),
    ("GET", "/cases", None),
    ("GET", "/cases/counts", None),
    ("GET", "/employees", None),
    ("POST", "/cases", NEW_CASE),
    ("POST", "/attachments", UPLOAD),
    ("GET", "/templates", None),
    ("GET", "/templates/{id}", None),
    ("POST", "/templates/{id}/preview", {}),
    ("GET", "/topics", None),
    ("GET", "/topics/{name}", None),
    ("GET", "/service-groups", None),
    ("GET", "/service-groups/{id}", None),
    *CASE_ROUTES,
]
ADMIN_ROUTES: list[tuple[str, str, object]] = [
    ("DELETE", "/cases/{case_id}", None),
    ("POST", "/employees/{user_id}/erasure", {"cases": "erase"}),
    ("GET", "/unprocessed", None),
    ("GET", "/unprocessed/{id}", None),
    ("POST", "/unprocessed/{id}/hold", {"why": "Because"}),
    ("POST", "/unprocessed/{id}/release", None),
    ("POST", "/unprocessed/{id}/retry", None),
    ("POST", "/try/jobs", {"mailbox": "payroll@acme.example", "last": 1}),
    ("POST", "/unprocessed/retry", {"ids": ["unknown"]}),
    ("POST", "/unprocessed/discard", {"ids": ["unknown"]}),
    ("POST", "/employees/imports", None),
    ("GET", "/jobs", None),
    ("GET", "/jobs/{job_id}", None),
    ("POST", "/try", {"unprocessed_id": UNKNOWN_CASE}),
    ("GET", "/purges", None),
    ("GET", "/settings", None),
    ("GET", "/audit", None),
    *(
        (method, path, body if method == "PUT" else None)
        for path, body in (
            ("/employees/{user_id}", EMPLOYEE),
            ("/mailboxes/{address}", MAILBOX),
            ("/user-mappings/{id}", MAPPING),
            ("/topics/{name}", TOPIC),
            ("/service-groups/{id}", GROUP),
        )
        for method in (("PUT", "DELETE") if body in (TOPIC, GROUP) else ("GET", "PUT", "DELETE"))
    ),
    ("PUT", "/templates/{id}", TEMPLATE),
    ("DELETE", "/templates/{id}", None),
    *(("GET", path, None) for path in ("/mailboxes", "/user-mappings")),
]
WITH_BODY = [(method, path) for method, path, body in AGENT_ROUTES + ADMIN_ROUTES if body is not None]


def filled(path: str, **ids: str) -> str:
    """The path with these ids filled in. Other parameters get unknown ids."""
    unknown = {
        "case_id": UNKNOWN_CASE,
        "email_id": UNKNOWN_EMAIL,
        "n": "1",
        "id": "unknown",
        "user_id": "unknown",
        "address": "unknown@cases.acme-cases.example",
        "name": "unknown",
        "job_id": "unknown",
    }
    return path.format(**{**unknown, **ids})


def call(user: User, method: str, path: str, body: object = None) -> Any:
    headers = {"If-Match": "*", "Idempotency-Key": secrets.token_hex(8)}
    return user.call(method, path, body, headers)


def named(value: object) -> str:
    """The pytest id of a parameter. It is the same in every process, although sets have no order."""
    return (
        value if isinstance(value, str) else "-".join(sorted(map(str, value))) if isinstance(value, dict | set) else ""
    )

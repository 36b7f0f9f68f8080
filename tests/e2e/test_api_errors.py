"""Requests that are wrong, hostile or huge."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.system.http_api import problem, wrong_fields
from tests.support.system.mail import email, stranger, unique
from tests.support.system.routes import LETTER, MAILBOX, NEW_CASE, UNKNOWN_CASE, UPLOAD, WITH_BODY, call, filled, named
from tests.support.system.system_client import SystemClient


@pytest.mark.parametrize(("method", "path"), WITH_BODY, ids=named)
@pytest.mark.parametrize("body", [b"{", b"", b"{'a': 1}", b"\xff\xfe", b"nonsense", b'{"a": 1}}'], ids=repr)
def test_malformed_json(acme: SystemClient, case: Any, method: str, path: str, body: bytes) -> None:
    problem(call(acme.admin, method, filled(path, case_id=case["case_id"]), body), 400)


@pytest.mark.parametrize(("method", "path"), WITH_BODY, ids=named)
def test_not_an_object(acme: SystemClient, case: Any, method: str, path: str) -> None:
    for body in (b"[]", b"1", b'"text"', b"null", b"[" * 100_000 + b"]" * 100_000, b"1" * 10_000):
        response = call(acme.admin, method, filled(path, case_id=case["case_id"]), body)
        problem(response, response.status_code)
        assert response.status_code in (400, 422)


CONTROL = "A\x00B\r\nC"
WRONG: list[tuple[str, str, dict[str, Any], set[str]]] = [
    ("POST", "/cases", {}, {"user_id", "subject", "issue"}),
    ("POST", "/cases", {"user_id": 1, "subject": [], "issue": {}, "topic": True, "show_to_employee": "yes"},
     {"user_id", "subject", "issue", "topic", "show_to_employee"}),
    ("POST", "/cases", {**NEW_CASE, "user_id": "nobody-such"}, {"user_id"}),
    ("POST", "/cases", {**NEW_CASE, "user_id": "nobody-such", "topic": "No such topic", "extra": 1},
     {"user_id", "topic", "extra"}),
    ("POST", "/cases", {**NEW_CASE, "user_id": "nobody-such", "subject": CONTROL}, {"user_id", "subject"}),
    ("PATCH", "/cases/{case_id}", {"status": "ajar", "topic": "No such topic"}, {"status", "topic"}),
    ("PATCH", "/cases/{case_id}", {"service_group": "no-such", "regarding": "no-such"}, {"service_group", "regarding"}),
    ("PATCH", "/cases/{case_id}", {"subject": "", "show_to_employee": 1, "number": "x"},
     {"subject", "show_to_employee", "number"}),
    ("POST", "/attachments", {}, {"filename", "content_type", "size"}),
    ("POST", "/attachments", {"filename": CONTROL, "content_type": "nonsense", "size": -1},
     {"filename", "content_type", "size"}),
    ("POST", "/attachments", {**UPLOAD, "size": 10**12}, {"size"}),
    ("PUT", "/employees/{user_id}", {}, {"name"}),
    ("PUT", "/employees/{user_id}", {"name": CONTROL, "emails": ["none"], "population": 1, "blocked": "no"},
     {"name", "emails", "population", "blocked"}),
    ("PUT", "/mailboxes/{address}", {}, {"receiving_address"}),
    ("PUT", "/mailboxes/{address}", {"receiving_address": "none", "identify_sender": "by_guessing", "default_show": 1},
     {"receiving_address", "identify_sender", "default_show"}),
    ("PUT", "/mailboxes/{address}", {**MAILBOX, "identify_sender": "user_id_in_body"}, {"trusted_senders"}),
    ("PUT", "/user-mappings/{id}", {}, {"mailbox", "user_id"}),
    ("PUT", "/user-mappings/{id}", {"mailbox": "none", "from": "none", "user_id": 7}, {"mailbox", "from", "user_id"}),
    ("PUT", "/topics/{name}", {"service_group": "no group", "by_population": []}, {"service_group", "by_population"}),
    ("PUT", "/service-groups/{id}", {}, {"name"}),
    ("PUT", "/service-groups/{id}", {"name": 1, "address": "none", "secured": "yes"}, {"name", "address", "secured"}),
    ("POST", "/unprocessed/{id}/hold", {}, {"why"}),
    ("POST", "/unprocessed/{id}/hold", {"why": ""}, {"why"}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "fields"), WRONG, ids=named)
def test_wrong_fields(
    acme: SystemClient, case: Any, failed: str, method: str, path: str, body: object, fields: set[str]
) -> None:
    """Every wrong field is named."""
    response = call(acme.admin, method, filled(path, case_id=case["case_id"], id=failed), body)

    assert {field.partition(".")[0].partition("[")[0] for field in wrong_fields(response)} == fields


@pytest.fixture(scope="module")
def failed(acme: SystemClient) -> str:
    """The id of an unprocessed email."""
    subject = unique("Failed")
    acme.send(email(stranger(), subject))
    return str(acme.unprocessed_with(subject)["id"])


HOSTILE_IDS = [
    "%00",
    "..%2F..%2Fetc%2Fpasswd",
    "%2e%2e%2f",
    "%F0%9F%95%90",
    "%FF%FE",
    "x" * 3000,
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "CASE%23",
    "%0D%0ASet-Cookie:a=b",
    "{case_id}",
    "%20",
]


@pytest.mark.parametrize("hostile", HOSTILE_IDS, ids=lambda text: str(text)[:20])
def test_hostile_ids(acme: SystemClient, case: Any, hostile: str) -> None:
    for path in (
        f"/cases/{hostile}",
        f"/cases/{hostile}/emails",
        f"/cases/{case['case_id']}/emails/{hostile}",
        f"/cases/{case['case_id']}/emails/{hostile}/original",
        f"/cases/{case['case_id']}/emails/{hostile}/attachments/{hostile}",
        f"/unprocessed/{hostile}",
        f"/employees/{hostile}",
        f"/mailboxes/{hostile}",
        f"/topics/{hostile}",
        f"/service-groups/{hostile}",
        f"/user-mappings/{hostile}",
    ):
        assert call(acme.admin, "GET", path).status_code in (400, 404, 414, 422), path


@pytest.mark.parametrize("hostile", HOSTILE_IDS, ids=lambda text: str(text)[:20])
def test_hostile_filters(acme: SystemClient, hostile: str) -> None:
    for name in ("q", "employee", "service_group"):
        assert acme.agent.call("GET", f"/cases?{name}={hostile.replace(' ', '+')}").status_code in (200, 400, 422)
    for name in ("from", "mailbox"):
        assert acme.admin.call("GET", f"/unprocessed?{name}={hostile.replace(' ', '+')}").status_code in (200, 400, 422)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/cases?stauts=open", None),
        ("GET", "/unprocessed?reasons=spam", None),
        ("GET", "/settings?name=x", None),
        ("POST", "/cases?dry_run=true", NEW_CASE),
        ("POST", "/cases/{case_id}/emails?draft=true", LETTER),
        ("GET", "/cases?status=open&status=closed", None),
    ],
    ids=named,
)
def test_query_parameters(acme: SystemClient, case: Any, method: str, path: str, body: object) -> None:
    """Query parameters that a route does not have, or that are repeated, are refused and named."""
    response = call(acme.admin, method, filled(path, case_id=case["case_id"]), body)

    assert wrong_fields(response) == {path.partition("?")[2].partition("=")[0]}


def huge_bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "/cases", {**NEW_CASE, "issue": "x" * 2_000_000}
    yield "/cases", {**NEW_CASE, **{f"field{n}": n for n in range(20_000)}}
    yield "/attachments", {**UPLOAD, "filename": "x" * 1_000_000}


@pytest.mark.parametrize(("path", "body"), list(huge_bodies()), ids=lambda value: str(value)[:30])
def test_huge_bodies(acme: SystemClient, path: str, body: dict[str, Any]) -> None:
    response = call(acme.agent, "POST", path, body)

    problem(response, response.status_code)
    assert response.status_code in (413, 422)


def test_gateway_limit(acme: SystemClient) -> None:
    """A body above the limit of the gateway is refused."""
    response = call(acme.agent, "POST", "/cases", json.dumps({"issue": "x" * 11_000_000}).encode())

    assert response.status_code == 413


def test_unknown_routes_and_methods(acme: SystemClient) -> None:
    for path in ("/nothing", "/assets/nothing", "/cases/", f"/cases/{UNKNOWN_CASE}/nothing", "/cases//"):
        assert acme.admin.call("GET", path).status_code == 404, path
    for method, path in (("DELETE", "/cases"), ("PUT", f"/cases/{UNKNOWN_CASE}"), ("POST", "/purges")):
        assert acme.admin.call(method, path, {}).status_code in (404, 405), path

"""Malformed, huge and hostile requests always get a problem document, never an internal error."""

from __future__ import annotations

import base64
import json
import re
from itertools import count, product

import pytest
from email_channels.api.validation import openapi
from email_channels.errors import ConcurrentChange
from email_channels.observability import logger

import functions.agent_api.app as agent_api
from functions.agent_api.routes import ROUTES
from tests.support.in_process.api_client import Api
from tests.support.in_process.stored_emails import record_case, record_unprocessed
from tests.support.lambda_context import REQUEST_ID, lambda_context

HOSTILE = [
    "%00",
    "%2F",
    "..%2F..%2Fetc%2Fpasswd",
    "%0D%0ASet-Cookie:a=b",
    "%F0%9F%8E%84",
    "%FF%FE",
    "x" * 7000,
    "%F0%9F%8E%84" * 600,
    "' OR 1=1 --",
    "CASE%23",
    "%E2%80%AE",
    "%20",
    "{case_id}",
    "EMAIL%23%00",
]
NOT_ONLY_JSON = {"/employees/imports", "/try"}
"""A body that is no JSON is a file there: `tests/integration/jobs/test_employee_import.py`, `test_try.py`."""
WITH_BODY = [
    route
    for route in ROUTES
    if "requestBody" in openapi()["paths"][route.documented_path][route.method.lower()]
    if route.path not in NOT_ONLY_JSON
]
BODIES = {"hold": {"why": "w"}, "erasure": {"cases": "erase"}}
"""Correct bodies by the last name in the path, where a wrong body is refused before the id is looked up."""

NUMBERS = count()


def existing(api: Api, path: str) -> str:
    """A path whose ids exist."""
    api("admin", "PUT", "/employees/1", {"name": "A"})
    api("admin", "PUT", "/templates/1", {"name": "A", "text": "Hello"})
    case = record_case(api.stores.mail, next(NUMBERS))
    assert case.email
    ids = {"address": "a@acme.example", "case_id": case.case_id, "email_id": case.email.email_id}
    if path == "/templates/{id}/preview":
        api("admin", "PUT", "/templates/1", {"name": "T", "text": "Hello"})
    if path.startswith("/unprocessed"):
        ids["id"] = record_unprocessed(api.stores.mail, next(NUMBERS)).id
    return re.sub(r"\{(\w+)\+?\}", lambda name: ids.get(name[1], "1"), path)


def test_hostile_paths(api: Api) -> None:
    routes = [route for route in ROUTES if "{" in route.path and route.method != "PUT"]
    for route, hostile in product(routes, HOSTILE):
        path = re.sub(r"\{\w+\+?\}", hostile, route.path)
        body = BODIES.get(route.path.rpartition("/")[2], {"user_id": "1"})
        answer = api("admin", route.method, path, body, headers={"If-Match": "*"})
        assert answer.status == 404, (route.path, answer.text)
        assert answer.problem == "not_found"


def test_hostile_email_ids(api: Api) -> None:
    """The same in cases that exist: one with emails, and one that was merged into it."""
    api("admin", "PUT", "/employees/1", {"name": "A"})
    new = {"user_id": "1", "subject": "s", "issue": "i"}
    target, merged = (api("agent", "POST", "/cases", new).json["case_id"] for _ in range(2))
    assert api("agent", "POST", f"/cases/{merged}/merge", {"into": target}).status == 200
    bodies = {"move": {"case_id": target}}
    for route, case_id in product((route for route in ROUTES if "{email_id}" in route.path), (target, merged)):
        for hostile in HOSTILE:
            path = route.path.format(case_id=case_id, email_id=hostile, n=hostile)
            answer = api("agent", route.method, path, bodies.get(path.rpartition("/")[2], {}))
            assert (answer.status, answer.problem) == (404, "not_found"), (path[:80], answer.text)


def test_hostile_names(api: Api) -> None:
    bodies: dict[str, object] = {
        "/employees": {"name": "A", "emails": []},
        "/user-mappings": {"mailbox": "payroll@acme.example", "user_id": "1"},
        "/topics": {"service_group": None},
        "/mailboxes": {"receiving_address": "a@forms.example"},
        "/service-groups": {"name": "A"},
    }
    api("admin", "PUT", "/employees/1", {"name": "A"})
    for (path, body), hostile in product(bodies.items(), HOSTILE):
        answer = api("admin", "PUT", f"{path}/{hostile}", body)
        if path in {"/service-groups", "/mailboxes"}:
            assert answer.status in {404, 422}
        else:
            assert answer.status in {201, 422}
        if answer.status == 201:
            assert api("admin", "GET", f"{path}/{hostile}").json == answer.json
            assert answer.json in api("admin", "GET", path).items
            assert api("admin", "DELETE", f"{path}/{hostile}").status == 204


def test_hostile_queries(api: Api) -> None:
    for hostile in (*HOSTILE, "", "%C3%A9", "AAAA", "e30=", "W10", "bnVsbA"):
        for name in ("q", "employee", "service_group", "status", "limit", "cursor", "unknown"):
            assert api("agent", "GET", f"/cases?{name}={hostile}").status in {200, 400, 422}
        for name in ("reason", "mailbox", "from", "cursor"):
            assert api("admin", "GET", f"/unprocessed?{name}={hostile}").status in {200, 400, 422}
        for path in ("/employees", "/mailboxes", "/user-mappings", "/topics", "/service-groups", "/purges"):
            assert api("admin", "GET", f"{path}?cursor={hostile}").status == (200 if hostile == "" else 400)
        assert api("agent", "GET", f"/cases?{hostile}={hostile}&&&=&q").status == 422


def test_unknown_query_parameters(api: Api) -> None:
    """Every route refuses query parameters that it does not have, and names them. The role is checked first."""
    for route in ROUTES:
        path = existing(api, route.path)
        for query, wrong in (("stauts=open", ["stauts"]), ("limits=1&Limit=1&=x", ["limits", "Limit", ""])):
            answer = api("admin", route.method, f"{path}?{query}", {}, headers={"If-Match": "*"})
            assert [error["field"] for error in answer.json["errors"]] == [name or "query" for name in wrong], path
        assert api("nobody", route.method, f"{path}?stauts=open", {}).status == 403
    answer = api("agent", "HEAD", "/cases?stauts=open")
    assert (answer.status, answer.text) == (422, "")
    answer = api("admin", "GET", "/employees?" + "&".join(f"{'x' * 200}{n}=1" for n in range(300)))
    assert len(answer.wrong_fields) == 100
    assert len(answer.text) < 50_000


def test_repeated_query_parameters(api: Api) -> None:
    """A parameter that is given twice is refused: nobody could say which value counts."""
    for query in (
        "status=open&status=closed",
        "status=open&status=open",
        "status=&status",
        "limit=1&q=a&status=&status=",
    ):
        answer = api("agent", "GET", f"/cases?{query}")
        assert answer.json["errors"] == [{"field": "status", "message": "must be given only once"}]
    assert api("admin", "GET", "/employees?x=1&x=2&limit=1&limit=1").wrong_fields == ["x", "limit"]


def test_malformed_json(api: Api) -> None:
    any_version = {"If-Match": "*"}
    texts = ["", " ", "{", "{'a': 1}", "nonsense", '{"a": 1}}', "\ufffd", '{"a": NaN}', '{"a": "\\ud800"}']
    texts += ["[" * 200_000, "1" * 10_000]
    binary = base64.b64encode(b'{"a": "\xff"}').decode()
    for route in WITH_BODY:
        path = existing(api, route.path)
        for raw in texts:
            answer = api("admin", route.method, path, raw=raw, headers=any_version)
            assert (answer.status, answer.problem) == (400, "bad_request"), raw[:20]
        for raw in ("[]", "1", '"text"', "null", "true", "[{}]"):
            assert api("admin", route.method, path, raw=raw, headers=any_version).wrong_fields == ["body"]
        for raw in (binary, "no base64"):
            assert api("admin", route.method, path, raw=raw, base64=True, headers=any_version).status == 400
        unknown = api("admin", route.method, path, {f"field{n}": n for n in range(5_000)}, headers=any_version)
        assert (unknown.status, len(unknown.json["errors"])) == (422, 100)


@pytest.mark.parametrize("wrong", [{"a": []}, [[1]], 5.5, "\u0000"], ids=repr)
def test_wrong_types(api: Api, wrong: object) -> None:
    """Every field of a wrong type is named."""
    for route in WITH_BODY:
        described = openapi()["paths"][route.path.replace("+}", "}")][route.method.lower()]
        name = described["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        fields = set(openapi()["components"]["schemas"][name]["properties"])
        body = dict.fromkeys(fields, wrong)
        answer = api("admin", route.method, existing(api, route.path), body, headers={"If-Match": "*"})
        # The issue is kept as people write it, even with a NUL character. Templates are sanitised. So are notes, but of
        # this one nothing is left.
        fine = {"issue", "text", "html"} & fields if wrong == "\u0000" and name != "NewNote" else set()
        # They are ignored, so that what GET shows can be sent back.
        fine |= {"mailbox_id"} & fields if isinstance(wrong, str) else set()
        fine |= {"probe"} & fields if isinstance(wrong, dict) else set()
        if fields == fine:  # a signature of which nothing is left is removed
            assert answer.status == 200, route.path
            continue
        assert {field.partition(".")[0] for field in answer.wrong_fields} == fields - fine, route.path


def test_base64_and_byte_order_mark(api: Api) -> None:
    body = "\ufeff" + json.dumps({"name": "Zoë"}, ensure_ascii=False)
    raw = base64.b64encode(body.encode()).decode()
    assert api("admin", "PUT", "/employees/1", raw=raw, base64=True).json["name"] == "Zoë"


def test_large_bodies(api: Api) -> None:
    """Bodies of six megabytes are answered."""
    api("admin", "PUT", "/employees/1", {"name": "A"})
    case = {"user_id": "1", "subject": "s", "issue": "x" * 6_000_000}
    assert api("agent", "POST", "/cases", case).wrong_fields == ["issue"]
    answer = api("agent", "POST", "/cases", case | {"issue": "ä" * 100_000})
    assert len(answer.json["issue"]) == 100_000
    emails = {"name": "A", "emails": ["a@b.example"] * 300_000}
    assert api("admin", "PUT", "/employees/1", emails).wrong_fields == ["emails"]


def test_unknown_routes_and_methods(api: Api) -> None:
    for path in (
        "/",
        "",
        "/nothing",
        "/cases/",
        "//cases",
        "/cases/ZZZZZZZZZ0/nothing",
        "/Cases",
        "/tries",
        "/audits",
        "/employees/",
    ):
        answer = api("admin", "GET", path)
        assert (answer.status, answer.problem) == (404, "not_found"), path
    for method, path, allowed in (
        ("DELETE", "/cases", "GET, HEAD, POST"),
        ("POST", "/purges", "GET, HEAD"),
        ("PUT", "/cases/1", "DELETE, GET, HEAD, PATCH"),
        ("PUT", "/employees/1/erasure", "POST"),
        ("PUT", "/cases/1/emails", "GET, HEAD, POST"),
        ("HEAD", "/attachments", "POST"),
        ("OPTIONS", "/topics/a/b", "DELETE, GET, HEAD, PUT"),
    ):
        answer = api("admin", method, path, {})
        assert (answer.status, answer.headers["allow"]) == (405, allowed)
        assert answer.text == "" if method == "HEAD" else answer.problem == "method_not_allowed"


def test_head(api: Api) -> None:
    """HEAD is GET without the body."""
    answer = api("agent", "HEAD", "/cases")
    assert (answer.status, answer.text) == (200, "")


def test_unexpected_error(api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the answer nor the log tells the text of an unexpected error."""

    def fail(_self: object, _case_id: str) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("email_channels.aws.stores.case_store.CaseStore.get", fail)
    answer = api("agent", "GET", "/cases/ZZZZZZZZZ0")
    assert (answer.status, answer.problem, answer.json["request_id"]) == (500, "internal_error", REQUEST_ID)
    assert "secret" not in answer.text
    (logged,) = caplog.records
    line = json.loads(logger().registered_formatter.format(logged))
    assert (line["level"], line["message"], line["error"]) == ("ERROR", "request failed", "RuntimeError")
    assert line["where"][-1].endswith(" fail")
    assert "secret" not in str(line)


def test_retry_after(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conflict that a retry may solve names the time to wait."""

    def cross(*_: object) -> None:
        raise ConcurrentChange("again and again")

    monkeypatch.setattr("email_channels.aws.stores.directory_store.DirectoryStore.put", cross)
    answer = api("admin", "PUT", "/employees/1", {"name": "A"})
    assert (answer.status, answer.problem, answer.headers["retry-after"]) == (503, "try_again", "1")


def test_incomplete_events(api: Api) -> None:
    """Events that lack keys are answered."""
    with api.deployed():
        _try_events_that_lack_things()


def _try_events_that_lack_things() -> None:
    for event in (
        {},
        {"requestContext": None, "headers": None},
        {"rawPath": "/cases", "requestContext": {"authorizer": None}},
    ):
        assert agent_api.handler(event, lambda_context())["statusCode"] in {403, 404}
    for claims in (
        {},
        {"cognito:groups": None},
        {"cognito:groups": 5},
        {"cognito:groups": "[]"},
        {"cognito:groups": "agents"},
    ):
        event = {
            "rawPath": "/cases",
            "requestContext": {"http": {"method": "GET"}, "authorizer": {"jwt": {"claims": claims}}},
        }
        assert agent_api.handler(event, lambda_context())["statusCode"] == 403

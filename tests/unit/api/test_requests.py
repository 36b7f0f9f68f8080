"""Payload format 2.0, pages and problem documents."""

import base64
import copy
import json
from http import HTTPStatus
from typing import Any

import pytest
from email_channels.api.paging import Paging, page_response, paging_of
from email_channels.api.problems import problem_of
from email_channels.api.requests import MAX_BODY_BYTES, Request, Response, dump, json_response, request_of, result_of
from email_channels.errors import (
    BadRequest,
    ChannelDisabled,
    ConcurrentChange,
    FieldError,
    Invalid,
    NotFound,
    PreconditionRequired,
)

from tests.support.tokens import with_token

# As in "Create AWS Lambda proxy integrations for HTTP APIs", API Gateway developer guide.
EVENT = {
    "version": "2.0",
    "routeKey": "ANY /{proxy+}",
    "rawPath": "/topics/Employee Relations",
    "rawQueryString": "limit=5&q=%C3%BC+a%26b&limit=6&empty=",
    "cookies": ["a=b"],
    "headers": {"Authorization": "Bearer x", "if-match": '"1"', "content-type": "application/json"},
    "queryStringParameters": {"limit": "5,6", "q": "ü a&b", "empty": ""},
    "requestContext": {
        "authorizer": {"jwt": {"claims": {"sub": "1", "cognito:groups": "[agent]"}, "scopes": None}},
        "http": {"method": "PUT", "path": "/topics/Employee%20Relations", "sourceIp": "192.0.2.1"},
        "requestId": "JKJaXmPLvHcESHA=",
    },
    "body": '{"a": "ü"}',
    "isBase64Encoded": False,
}


def test_request() -> None:
    assert request_of(EVENT) == Request(
        method="PUT",
        path="/topics/Employee Relations",
        query={"limit": "5", "q": "ü a&b", "empty": ""},
        repeated=("limit",),
        headers={"authorization": "Bearer x", "if-match": '"1"', "content-type": "application/json"},
        body='{"a": "ü"}'.encode(),
        claims={"sub": "1"},
        request_id="JKJaXmPLvHcESHA=",
    )


def test_claims() -> None:
    """They come from the token, because an array of the authorizer's text cannot be told from words."""
    claims = {"sub": "1", "cognito:groups": ["HR admin", "agent"]}
    assert request_of(with_token(copy.deepcopy(EVENT), claims)).claims == claims


def test_binary_body() -> None:
    body = base64.b64encode(b"\xff\x00").decode()
    assert request_of(EVENT | {"body": body, "isBase64Encoded": True}).body == b"\xff\x00"
    with pytest.raises(BadRequest):
        request_of(EVENT | {"body": "é=", "isBase64Encoded": True})


@pytest.mark.parametrize("charset", ["utf-8", '"UTF-8"', "utf8", ""])
def test_utf_8_body(charset: str) -> None:
    headers = {"content-type": f"application/json; charset={charset}"}
    assert request_of(EVENT | {"headers": headers}).body == '{"a": "ü"}'.encode()


def test_other_charset() -> None:
    """JSON in another charset is refused, because its letters are lost. ASCII is the same in each."""
    headers = {"Content-Type": "Application/JSON; boundary=x;Charset=ISO-8859-1"}
    with pytest.raises(BadRequest, match="must be JSON in UTF-8"):
        request_of(EVENT | {"headers": headers, "body": '{"a": "\ufffd"}'})
    assert request_of(EVENT | {"headers": headers, "body": '{"a": "u"}'}).body == b'{"a": "u"}'
    csv = {"content-type": "text/csv; charset=iso-8859-1"}
    assert request_of(EVENT | {"headers": csv, "body": "\ufffd"}).body == "\ufffd".encode()


def test_minimal_request() -> None:
    """A request without query, headers and body."""
    assert request_of({}) == Request("GET", "/")
    assert request_of({"queryStringParameters": {"a": "1"}}).query == {"a": "1"}


def test_response_headers() -> None:
    """Every answer forbids caching and content sniffing."""
    result = result_of(json_response({"ü": 1}, 201, {"ETag": '"1"'}))
    assert result == {
        "statusCode": 201,
        "headers": {
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "content-type": "application/json",
            "etag": '"1"',
        },
        "body": '{"ü":1}',
        "isBase64Encoded": False,
    }
    assert "content-type" not in result_of(Response(204))["headers"]


def test_lone_surrogate() -> None:
    """Half of a surrogate pair does not break an answer."""
    assert dump({"subject": "a\ud83db"}) == '{"subject":"a?b"}'


@pytest.mark.parametrize("limit", ["0", "201", "1000", "-1", "+5", "1.0", "x", "٣", " 5"])
def test_wrong_limit(limit: str) -> None:
    with pytest.raises(Invalid) as caught:
        paging_of({"limit": limit}, "/cases")
    assert [error.field for error in caught.value.errors] == ["limit"]


def test_limit() -> None:
    assert [paging_of({"limit": limit}, "/cases").limit for limit in ("1", "200", "050", "")] == [1, 200, 50, 50]


def cursor_of(paging: Paging, place: str) -> str:
    response = page_response(paging, [({}, place)], place)
    assert response.body is not None
    cursor: str = json.loads(response.body)["next_cursor"]
    return cursor


def test_cursor() -> None:
    """The next page starts where the last one ended."""
    first = paging_of({"status": "open", "limit": "5"}, "/cases", ("status", "q"))
    cursor = cursor_of(first, "2026-11-23T10:00:00.000Z#ÄÖÜ")
    again = paging_of({"status": "open", "limit": "7", "q": "", "cursor": cursor}, "/cases", ("q", "status"))
    assert (again.place, again.limit) == ("2026-11-23T10:00:00.000Z#ÄÖÜ", 7)


def test_foreign_cursor() -> None:
    """A cursor is valid only for the list and the filters that made it."""
    cursor = cursor_of(paging_of({"status": "open"}, "/cases", ("status",)), "x")
    for query, path in (({"status": "closed"}, "/cases"), ({}, "/cases"), ({"status": "open"}, "/employees")):
        with pytest.raises(BadRequest):
            paging_of({**query, "cursor": cursor}, path, ("status",))


MADE_UP: list[Any] = [[], {}, None, 5, "x", ["", 5], ["", ""]]
MADE_UP += [["{binding}", *place] for place in ([5], [""], ["x" * 1001], ["a", "b"], ["\ud800"], [["a"]])]


@pytest.mark.parametrize("document", MADE_UP, ids=lambda value: str(value)[:30].encode("ascii", "replace").decode())
def test_forged_cursor(document: Any) -> None:
    binding = paging_of({}, "/cases").binding
    text = json.dumps(document).replace("{binding}", binding)
    for cursor in (base64.urlsafe_b64encode(text.encode()).decode(), text, f"{text}é", "[" * 3000):
        with pytest.raises(BadRequest):
            paging_of({"cursor": cursor}, "/cases")


def test_page_size() -> None:
    """A page ends before it becomes too large."""
    paging = Paging(50, None, "b")
    items = [({"text": "ä" * 300_000}, f"place-{n}") for n in range(20)]
    response = page_response(paging, items, None)
    assert response.body is not None
    page = json.loads(response.body)
    assert len(response.body.encode()) < MAX_BODY_BYTES
    assert 0 < len(page["items"]) < 20
    cursor = page["next_cursor"]
    assert cursor == cursor_of(paging, f"place-{len(page['items']) - 1}")


def test_large_item() -> None:
    """An item that is too large for a page is still shown, alone."""
    response = page_response(Paging(50, None, "b"), [({"text": "x" * MAX_BODY_BYTES}, "place")], None)
    assert response.body is not None
    assert len(json.loads(response.body)["items"]) == 1


def test_invalid_problem() -> None:
    """The answer names each wrong field."""
    response = problem_of(
        Invalid((FieldError("emails.1", "must be an email address"), FieldError("name", "is missing")))
    )
    assert (response.status, response.content_type) == (422, "application/problem+json")
    assert json.loads(response.body or "") == {
        "type": "/problems/invalid",
        "title": HTTPStatus(422).phrase,  # Python 3.13 has another phrase than 3.11
        "status": 422,
        "detail": "Some fields are wrong: emails.1, name",
        "errors": [
            {"field": "emails.1", "message": "must be an email address"},
            {"field": "name", "message": "is missing"},
        ],
    }
    for refusal, status, kind in (
        (NotFound("x"), 404, "not_found"),
        (ChannelDisabled("x"), 409, "channel_disabled"),
        (PreconditionRequired("x"), 428, "precondition_required"),
    ):
        document = json.loads(problem_of(refusal).body or "")
        assert (document["status"], document["type"], document["detail"]) == (status, f"/problems/{kind}", "x")


def test_internal_error() -> None:
    """The answer to an internal error does not tell its text."""
    response = problem_of(ValueError("a secret"), "id-1")
    assert response.status == 500
    assert "secret" not in (response.body or "")
    assert json.loads(response.body or "")["request_id"] == "id-1"
    again = problem_of(ConcurrentChange("a secret"), "id-1")
    assert (again.status, again.headers) == (503, {"retry-after": "1"})
    assert "secret" not in (again.body or "")

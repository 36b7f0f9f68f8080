"""Which route of an HTTP API a request takes, and which OpenAPI bodies are refused."""

from typing import Any

import pytest

from local.errors import UserError
from local.http.routes import read_routes
from tests.support.openapi_bodies import FUNCTIONS, body, operation

# Choice of the route.


@pytest.mark.parametrize(
    ("method", "path", "route_key", "parameters"),
    [
        ("GET", "/cases", "GET /cases", {}),
        ("GET", "/cases/7K3F", "GET /cases/{case_id}", {"case_id": "7K3F"}),
        ("GET", "/cases/new", "GET /cases/new", {}),
        ("POST", "/cases/new", "POST /cases/{case_id}", {"case_id": "new"}),
        ("GET", "/cases/7K3F/emails/1", "GET /cases/{case_id}/emails/{email-id}", {"case_id": "7K3F", "email-id": "1"}),
        ("GET", "/topics/Employee Relations", "GET /topics/{name}", {"name": "Employee Relations"}),
        ("GET", "/console/app/main.js", "GET /console/{path+}", {"path": "app/main.js"}),
        ("DELETE", "/console/app", "ANY /console/{path+}", {"path": "app"}),
        ("GET", "/console/index.html", "GET /console/{page}", {"page": "index.html"}),
    ],
)
def test_most_specific_route(method: str, path: str, route_key: str, parameters: dict[str, str]) -> None:
    """The most specific route wins."""
    paths = {
        "/console/{path+}": {"get": operation(), "x-amazon-apigateway-any-method": operation()},
        "/console/{page}": {"get": operation()},
        "/cases/{case_id}": {"get": operation(), "post": operation()},
        "/cases/{case_id}/emails/{email-id}": {"get": operation()},
        "/cases/new": {"get": operation()},
        "/cases": {"get": operation()},
        "/topics/{name}": {"get": operation()},
    }

    found = read_routes(body(paths), FUNCTIONS).match(method, path)

    assert found is not None
    route, variables = found
    assert (route.key, variables) == (route_key, parameters)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/case"),
        ("GET", "/cases/"),
        ("GET", "/Cases"),
        ("GET", "/cases/1/2"),
        ("DELETE", "/cases"),
        ("OPTIONS", "/cases"),
    ],
)
def test_not_found(method: str, path: str) -> None:
    paths = {"/cases": {"get": operation()}, "/cases/{case_id}": {"get": operation()}}

    assert read_routes(body(paths), FUNCTIONS).match(method, path) is None


# Unsupported OpenAPI bodies.


def _changed(**changes: Any) -> dict[str, Any]:
    one = operation()
    one["x-amazon-apigateway-integration"] |= changes
    return one


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ({"/a": {"get": _changed(type="http_proxy")}}, "integration of GET /a is not a Lambda proxy"),
        ({"/a": {"get": _changed(payloadFormatVersion="1.0")}}, "integration of GET /a is not a Lambda proxy"),
        ({"/a": {"get": operation("other")}}, "integration of GET /a does not name a function of this stack"),
        ({"/a": {"parameters": []}}, "parameters of /a is not supported"),
        (
            {"/a": {"get": operation(security=[{"Tokens": ["read"]}])}},
            "GET /a must have exactly one",
        ),
        (
            {"/a": {"get": operation(**{"x-amazon-apigateway-request-validator": "all"})}},
            "x-amazon-apigateway-request-validator of GET /a is not supported",
        ),
    ],
)
def test_unsupported(paths: dict[str, Any], message: str) -> None:
    """The error names what is not supported."""
    with pytest.raises(UserError, match=message):
        read_routes(body(paths), FUNCTIONS)


def test_unsupported_extension() -> None:
    with pytest.raises(UserError, match="x-amazon-apigateway-cors of the API is not supported"):
        read_routes({**body({}), "x-amazon-apigateway-cors": {}}, FUNCTIONS)


def test_unsupported_authorizer() -> None:
    other = body({})
    other["components"]["securitySchemes"]["Tokens"]["x-amazon-apigateway-authorizer"]["type"] = "request"

    with pytest.raises(UserError, match="authorizer Tokens is not a JWT authorizer"):
        read_routes(other, FUNCTIONS)

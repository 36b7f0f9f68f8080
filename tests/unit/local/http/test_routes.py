"""Which route of an HTTP API a request takes, and what of an OpenAPI body is refused."""

from typing import Any

import pytest

from local.errors import UserError
from local.http.routes import read_routes
from tests.support.openapi_bodies import FUNCTIONS, body, operation

# Which route.


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
def test_the_most_specific_route_is_taken(method: str, path: str, route_key: str, parameters: dict[str, str]) -> None:
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
def test_other_paths_and_methods_are_not_found(method: str, path: str) -> None:
    paths = {"/cases": {"get": operation()}, "/cases/{case_id}": {"get": operation()}}

    assert read_routes(body(paths), FUNCTIONS).match(method, path) is None


# What the template may not hold.


def _changed(**changes: Any) -> dict[str, Any]:
    one = operation()
    one["x-amazon-apigateway-integration"] |= changes
    return one


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ({"/a": {"get": _changed(type="http_proxy")}}, "integration of GET /a is not a Lambda proxy"),
        ({"/a": {"get": _changed(payloadFormatVersion="1.0")}}, "integration of GET /a is not a Lambda proxy"),
        ({"/a": {"get": operation("other")}}, "integration of GET /a names no function of this stack"),
        ({"/a": {"parameters": []}}, "parameters of /a is not supported"),
        ({"/a": {"get": operation(security=[{"Tokens": ["read"]}])}}, "GET /a must have one authorizer"),
        (
            {"/a": {"get": operation(**{"x-amazon-apigateway-request-validator": "all"})}},
            "x-amazon-apigateway-request-validator of GET /a is not supported",
        ),
    ],
)
def test_what_is_not_supported_is_refused_by_name(paths: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_routes(body(paths), FUNCTIONS)


def test_an_extension_of_the_whole_api_that_is_not_supported_is_refused_by_name() -> None:
    with pytest.raises(UserError, match="x-amazon-apigateway-cors of the API is not supported"):
        read_routes({**body({}), "x-amazon-apigateway-cors": {}}, FUNCTIONS)


def test_an_authorizer_that_is_not_supported_is_refused_by_name() -> None:
    other = body({})
    other["components"]["securitySchemes"]["Tokens"]["x-amazon-apigateway-authorizer"]["type"] = "request"

    with pytest.raises(UserError, match="authorizer Tokens is not a JWT authorizer"):
        read_routes(other, FUNCTIONS)

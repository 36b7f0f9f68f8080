"""The local HTTP API, from a client's request to the function's event and back. The functions are stand-ins."""

import base64
import json
import threading
from collections.abc import Callable
from typing import Any

import jwt as pyjwt
import pytest
from email_channels.api.requests import request_of
from werkzeug.test import Client, TestResponse

from local.cloudformation.deployment import DeployedResource, Deployment
from local.errors import UserError
from local.http.api_gateway import REQUEST_LIMIT, ApiGateway, api_gateway_of
from local.http.local_routes import LocalRoutes
from local.http.proxy_events import ApiIdentity
from local.http.routes import read_routes
from local.http.server import HttpServer
from local.http.token_issuer import TokenIssuer, user_id
from local.lambda_.deployed_function import DeployedFunction, FunctionFailed
from tests.support.openapi_bodies import FUNCTIONS, body, operation

API = ApiIdentity("123456789012", "a1b2c3", "a1b2c3.execute-api.eu-west-1.amazonaws.com")


def gateway(
    paths: dict[str, Any], invoke: Callable[[str, Any], object], *, timeout: float = 10, issuer: str = ""
) -> Client:
    """A client of a gateway with these routes; ``invoke`` plays the functions."""
    return Client(
        ApiGateway(read_routes(body(paths, issuer), FUNCTIONS), invoke, API, timeout=timeout), use_cookies=False
    )


def echo(function: str, event: Any) -> object:
    return {"function": function, "event": event}


def event_of(response: TestResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    event: dict[str, Any] = json.loads(response.text)["event"]
    return event


# Requests become events.


def test_event() -> None:
    """A request becomes an event in payload format 2.0."""
    client = gateway({"/mailboxes/{address}": {"put": operation()}}, echo)

    response = client.put(
        "/mailboxes/payroll%40acme.example?a=1&b=%C3%BC+x&a=2&flag",
        data='{"name": "Zoë"}'.encode(),
        headers=[("Content-Type", "application/json"), ("X-One", "1"), ("X-One", "2"), ("Cookie", "p=1; q=2")],
        environ_base={"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": "swallow/1"},
    )

    event = event_of(response)
    context = event.pop("requestContext")
    assert len(context.pop("requestId")) == 16
    assert context.pop("time").endswith("+0000")
    assert isinstance(context.pop("timeEpoch"), int)
    assert context == {
        "accountId": "123456789012",
        "apiId": "a1b2c3",
        "domainName": "a1b2c3.execute-api.eu-west-1.amazonaws.com",
        "domainPrefix": "a1b2c3",
        "http": {
            "method": "PUT",
            "path": "/mailboxes/payroll@acme.example",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "swallow/1",
        },
        "routeKey": "PUT /mailboxes/{address}",
        "stage": "$default",
    }
    assert event == {
        "version": "2.0",
        "routeKey": "PUT /mailboxes/{address}",
        "rawPath": "/mailboxes/payroll@acme.example",
        "rawQueryString": "a=1&b=%C3%BC+x&a=2&flag",
        "cookies": ["p=1", "q=2"],
        "headers": {
            "content-length": "16",
            "content-type": "application/json",
            "host": "localhost",
            "user-agent": "swallow/1",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "80",
            "x-forwarded-proto": "http",
            "x-one": "1, 2",
        },
        "queryStringParameters": {"a": "1,2", "b": "ü x", "flag": ""},
        "pathParameters": {"address": "payroll@acme.example"},
        "body": '{"name": "Zoë"}',
        "isBase64Encoded": False,
    }


def test_missing_keys() -> None:
    """Without body, query or path variables the event lacks their keys."""
    event = event_of(gateway({"/cases": {"get": operation()}}, echo).get("/cases"))

    assert not {"body", "queryStringParameters", "pathParameters", "cookies"} & set(event)
    assert event["rawQueryString"] == ""
    assert "authorizer" not in event["requestContext"]


@pytest.mark.parametrize("content_type", ["message/rfc822", "application/octet-stream", "multipart/form-data"])
def test_binary_body(content_type: str) -> None:
    """A binary body arrives in base64."""
    raw = b"From: a@b.example\r\n\r\n\xff\xfe"

    event = event_of(gateway({"/try": {"post": operation()}}, echo).post("/try", data=raw, content_type=content_type))

    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == raw


@pytest.mark.parametrize("content_type", ["text/csv; charset=utf-8", "application/json", "TEXT/plain"])
def test_text_body(content_type: str) -> None:
    """A text body arrives unchanged."""
    client = gateway({"/try": {"post": operation()}}, echo)

    event = event_of(client.post("/try", data="ü\r\n".encode(), content_type=content_type))

    assert (event["isBase64Encoded"], event["body"]) == (False, "ü\r\n")


# Routes.


@pytest.mark.parametrize("path", ["/", "/cases/", "/cases/a%2Fb"])  # HTTP APIs decode before they match
def test_not_found(path: str) -> None:
    """A request that matches no route is not found."""
    client = gateway({"/cases": {"get": operation()}, "/cases/{case_id}": {"get": operation()}}, echo)

    response = client.get(path)

    assert (response.status_code, response.text) == (404, '{"message":"Not Found"}')
    assert response.content_type == "application/json"


def test_route_to_function() -> None:
    """Each route invokes its own function."""
    client = gateway({"/cases/{id}/emails": {"get": operation("api"), "post": operation("send")}}, echo)

    assert json.loads(client.get("/cases/1/emails").text)["function"] == "agent_api"
    assert json.loads(client.post("/cases/1/emails").text)["function"] == "adhoc_send"


# Authorization.


def test_authorizer() -> None:
    """A route with an authorizer needs a token, and the function gets the claims."""
    issuer = TokenIssuer("")
    routes = LocalRoutes(issuer)
    server = HttpServer(routes, 0)
    issuer.issuer = f"{server.url}/local/oidc"
    secured = {
        "/{proxy+}": {"x-amazon-apigateway-any-method": operation(security=[{"Tokens": []}])},
        "/health": {"get": operation(security=[{"NONE": []}])},
    }
    client = gateway(secured, echo, issuer=issuer.issuer)
    token = issuer.token("admin", groups_claim="cognito:groups", default_service_group="default")
    try:
        refused = client.get("/cases")
        event = event_of(client.get("/cases", headers={"Authorization": f"Bearer {token}"}))
        assert client.get("/health").status_code == 200
    finally:
        server.stop()

    assert (refused.status_code, refused.text) == (401, '{"message":"Unauthorized"}')
    assert refused.headers["www-authenticate"] == "Bearer"
    jwt = event["requestContext"]["authorizer"]["jwt"]
    assert jwt["scopes"] is None
    assert jwt["claims"]["cognito:groups"] == "[agent admin group.default]"
    assert jwt["claims"]["username"] == user_id("admin")
    assert jwt["claims"]["exp"].isdigit()
    # The function reads the array from the token.
    assert request_of(event).claims == pyjwt.decode(token, options={"verify_signature": False})


# Responses of functions.


def answering(returned: object) -> TestResponse:
    return gateway({"/": {"get": operation()}}, lambda _function, _event: returned).get("/")


def test_response() -> None:
    """Status, headers and cookies come from the function."""
    response = answering(
        {
            "statusCode": 201,
            "headers": {"Content-Type": "application/problem+json", "ETag": '"1"', "X-Number": 7},
            "cookies": ["a=1", "b=2; Secure"],
            "body": '{"name": "Zoë"}',
        }
    )

    assert (response.status_code, response.content_type) == (201, "application/problem+json")
    assert response.json == {"name": "Zoë"}
    assert (response.headers["etag"], response.headers["x-number"]) == ('"1"', "7")
    assert response.headers.getlist("set-cookie") == ["a=1", "b=2; Secure"]


def test_base64_response() -> None:
    response = answering(
        {
            "statusCode": "200",
            "headers": {"content-type": "application/octet-stream"},
            "body": base64.b64encode(b"\xff\x00").decode(),
            "isBase64Encoded": True,
        }
    )

    assert (response.status_code, response.data) == (200, b"\xff\x00")


def test_default_content_type() -> None:
    """A response without a content type is plain text."""
    assert answering({"statusCode": 204}).data == b""
    assert answering({"statusCode": 200, "body": "x"}).content_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize(("returned", "text"), [({"a": 1}, '{"a": 1}'), ("hello", "hello"), (None, "null"), ([], "[]")])
def test_response_without_status(returned: object, text: str) -> None:
    """A result without a status code is the body of a 200."""
    response = answering(returned)

    assert (response.status_code, response.content_type, response.text) == (200, "application/json", text)


@pytest.mark.parametrize(
    "returned",
    [
        {"statusCode": "created"},
        {"statusCode": 0},
        {"statusCode": None},
        {"statusCode": 200, "headers": "x"},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "!", "isBase64Encoded": True},
    ],
)
def test_malformed_response(returned: object) -> None:
    """A malformed result of the function is an internal error."""
    response = answering(returned)

    assert (response.status_code, response.text) == (500, '{"message":"Internal Server Error"}')


def test_failing_function() -> None:
    """An error of the function is an internal error."""

    def fail(_function: str, _event: object) -> object:
        raise FunctionFailed("ValueError", "told to nobody outside")

    response = gateway({"/": {"get": operation()}}, fail).get("/")

    assert (response.status_code, response.text) == (500, '{"message":"Internal Server Error"}')


# Limits.


def test_slow_function() -> None:
    """The gateway does not wait longer than its limit."""
    release = threading.Event()

    response = gateway({"/": {"get": operation()}}, lambda *_: release.wait(10), timeout=0.05).get("/")
    release.set()

    assert (response.status_code, response.text) == (503, '{"message":"Service Unavailable"}')


def test_body_limit() -> None:
    client = gateway({"/try": {"post": operation()}}, echo)

    response = client.post("/try", data=b"x" * (REQUEST_LIMIT + 1), content_type="text/csv")

    assert (response.status_code, response.text) == (413, '{"message":"Request Entity Too Large"}')


def test_event_limit() -> None:
    """An event above the limit of Lambda is refused."""

    def refuse(_function: str, _event: object) -> object:
        raise FunctionFailed("RequestEntityTooLargeException", "as the workers say it")

    response = gateway({"/try": {"post": operation()}}, refuse).post("/try", data=b"x")

    assert (response.status_code, response.text) == (413, '{"message":"Request Entity Too Large"}')


def test_large_body() -> None:
    """A large body within the limits arrives complete."""
    client = gateway({"/try": {"post": operation()}}, lambda _function, event: {"length": len(event["body"])})

    assert client.post("/try", data=b"x" * 5_000_000, content_type="text/csv").json == {"length": 5_000_000}


# Deployed APIs.


def _api(logical_id: str, **properties: Any) -> DeployedResource:
    return DeployedResource(logical_id, "AWS::ApiGatewayV2::Api", "a1b2c3", properties, {})


def _deployment(*resources: DeployedResource) -> Deployment:
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:api"
    return Deployment(
        parameters={},
        region="eu-west-1",
        account_id="123456789012",
        resources={resource.logical_id: resource for resource in resources},
        functions={"agent_api": DeployedFunction("agent_api", "Api", arn, "h", {}, 30, 512)},
    )


def test_deployed_api() -> None:
    """The gateway serves the API of the deployment."""
    api = _api("HttpApi", Body=body({"/health": {"get": operation()}}))

    event = event_of(Client(api_gateway_of(_deployment(api), echo)).get("/health"))

    assert event["requestContext"]["domainName"] == "a1b2c3.execute-api.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("apis", "message"),
    [
        ([], "serves one AWS::ApiGatewayV2::Api, the template has 0"),
        ([_api("One", Body={}), _api("Two", Body={})], "the template has 2"),
        ([_api("HttpApi", Body={}, CorsConfiguration={})], "CorsConfiguration of HttpApi is not supported"),
    ],
)
def test_unsupported_apis(apis: list[DeployedResource], message: str) -> None:
    """A deployment must have exactly one API, of a supported kind."""
    with pytest.raises(UserError, match=message):
        api_gateway_of(_deployment(*apis), echo)

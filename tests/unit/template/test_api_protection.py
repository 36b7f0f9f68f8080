"""What protects the API: limits of requests and of concurrency, its log, and what users may change about themselves."""

import json
import re
from typing import Any

import pytest

from tests.support.template import expanded


def stage() -> dict[str, Any]:
    (found,) = [each for each in expanded().resources.values() if each["Type"] == "AWS::ApiGatewayV2::Stage"]
    properties: dict[str, Any] = found["Properties"]
    return properties


def limits(settings: dict[str, Any]) -> tuple[int, int]:
    return settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]


def taken(node: dict[str, Any]) -> dict[str, Any]:
    """What is there if the condition is true."""
    found: dict[str, Any] = node["Fn::If"][1] if "Fn::If" in node else node
    return found


def test_throttling() -> None:
    """All routes have a limit, and those that anybody may call have a lower one."""
    rate, burst = limits(stage()["DefaultRouteSettings"])
    assert (rate, burst) == (100, 200)
    for settings in stage()["RouteSettings"].values():
        assert limits(settings) == (10, 20)


def test_throttled_routes() -> None:
    """API Gateway refuses settings of a route that does not exist, and the deployment fails."""
    for changes in ({}, {"ConsoleEnabled": "false"}):
        template = expanded(**changes)
        paths = template.resources["HttpApi"]["Properties"]["Body"]["paths"]
        for route in stage()["RouteSettings"]:
            method, path = route.split()
            assert method == "ANY"
            assert "x-amazon-apigateway-any-method" in paths[path]


def test_open_routes_are_cheap() -> None:
    """Routes without a token are answered by functions that call nothing in AWS: their roles may only write logs."""
    template = expanded()
    open_routes: set[str] = set()
    for path, methods in template.resources["HttpApi"]["Properties"]["Body"]["paths"].items():
        for operation in map(taken, taken(methods).values()):
            if operation.get("security") not in (None, [], [{"NONE": []}]):
                continue
            open_routes.add(path)
            function = re.search(r"\$\{(\w+)Function", json.dumps(operation["x-amazon-apigateway-integration"]["uri"]))
            assert function, path
            role = template.resources[function[1] + "Role"]["Properties"]
            (policy,) = role["Policies"]
            actions = [action for each in policy["PolicyDocument"]["Statement"] for action in each["Action"]]
            assert actions == ["logs:CreateLogStream", "logs:PutLogEvents"], path
    assert open_routes == {"/", "/assets/{proxy+}", "/health", "/openapi.json"}


@pytest.mark.parametrize(("given", "reserved"), [("", None), ("25", "25")])
def test_reserved_concurrency(given: str, reserved: str | None) -> None:
    """Without a value, nothing is reserved: a new account may allow ten executions in all."""
    template = expanded(ApiReservedConcurrency=given)
    for name, each in template.resources.items():
        if each["Type"] == "AWS::Lambda::Function":
            value = template.resolver.resolve(
                {"value": each["Properties"].get("ReservedConcurrentExecutions", {"Ref": "AWS::NoValue"})}
            )
            limited = name in {"AgentApiFunction", "AdhocSendFunction"}
            assert value == ({"value": reserved} if limited and reserved else {}), name


ANY_TEXT = 'it says "no" \\ here'
"""Messages of errors and of authorizers can hold anything."""

FREE_TEXTS = (
    "error.message",
    "error.messageString",
    "authorizer.error",
    "integrationErrorMessage",
    "integration.error",
)


def filled(log_format: str, values: dict[str, str]) -> str:
    """A line of the log: API Gateway inserts values as they are, and `-` for those that there are not."""
    return re.sub(r"\$context\.([A-Za-z.]*[A-Za-z])", lambda match: values.get(match[1], "-"), log_format)


def test_access_log() -> None:
    """Each line is JSON, whatever the error says, and holds no path: paths contain case ids."""
    log_format = stage()["AccessLogSettings"]["Format"]
    assert "\n" not in log_format
    hostile = dict.fromkeys(FREE_TEXTS, ANY_TEXT)
    for values in ({}, {"status": "500", "error.responseType": "DEFAULT_5XX", **hostile}):
        line = json.loads(filled(log_format, {"routeKey": "GET /cases/{case_id}", **values}))
        assert line["route"] == "GET /cases/{case_id}"
    assert not re.search(r"\$context\.(path|identity|authorizer|protocol)", log_format)


def test_log_group() -> None:
    """Names of /aws/vendedlogs/ do not fill the account's resource policy for logs."""
    template = expanded()
    template.resolver.add_resource("ConfigurationSet", "email-channels-1a2b3c4d", {})
    group = template.resolver.resolve(template.resources["ApiLogGroup"]["Properties"])
    assert group["LogGroupName"] == "/aws/vendedlogs/email-channels-1a2b3c4d/api"


READ = {"name", "given_name", "family_name", "email", "email_verified", "preferred_username", "profile"}


def test_attributes() -> None:
    """Users cannot change the name that colleagues see, nor the address that they sign in with. An empty list would let
    them change everything."""
    clients = [
        each["Properties"] for each in expanded().resources.values() if each["Type"] == "AWS::Cognito::UserPoolClient"
    ]
    assert len(clients) == 2
    for client in clients:
        assert client["WriteAttributes"]
        assert not READ & set(client["WriteAttributes"])

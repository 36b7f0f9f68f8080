"""The console in the template: its user pool client, its routes, the bucket's CORS rule, and no circle."""

from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest

from local.cloudformation.template import Template
from tests.support.template import expanded

OTHER_ISSUER = {"JwtIssuer": "https://login.example", "JwtAudience": "cases", "ConsoleClientId": "console"}


def references(node: Any, template: Template) -> set[str]:
    """The resources that a part of the template refers to. Conditions are decided."""
    if isinstance(node, list):
        return set().union(*(references(item, template) for item in node))
    if not isinstance(node, dict):
        return set()
    if set(node) == {"Ref"}:
        return {node["Ref"]} & set(template.resources)
    if set(node) == {"Fn::GetAtt"}:
        name = node["Fn::GetAtt"]
        return {(name if isinstance(name, list) else name.split("."))[0]}
    if set(node) == {"Fn::If"}:
        condition, yes, no = node["Fn::If"]
        return references(yes if template.resolver.condition(condition) else no, template)
    found = set().union(*(references(item, template) for item in node.values()))
    if "Fn::Sub" in node:
        text = node["Fn::Sub"] if isinstance(node["Fn::Sub"], str) else node["Fn::Sub"][0]
        found |= {name for name in template.resources if f"${{{name}}}" in text or f"${{{name}." in text}
    return found


@pytest.mark.parametrize("changes", [{}, OTHER_ISSUER, {"ConsoleEnabled": "false"}])
def test_no_circle(changes: dict[str, str]) -> None:
    """CloudFormation can create one resource after the other: client, function and API are no circle."""
    template = expanded(**changes)
    needs = {}
    for name, resource in template.resources.items():
        depends = resource.get("DependsOn", [])
        named = {depends} if isinstance(depends, str) else set(depends)
        needs[name] = (references(resource.get("Properties", {}), template) | named) - {name}
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        pytest.fail(f"circle: {error.args[1]}")
    if not changes:
        assert order.index("ConsoleClient") < order.index("HttpApi") < order.index("ConsoleAddresses")


def test_client() -> None:
    """A public client for code with PKCE, whose refresh tokens last a working day and change with each use."""
    template = expanded()
    client = template.resources["ConsoleClient"]["Properties"]
    template.resolver.add_resource("UserPool", "pool", {})
    resolved = template.resolver.resolve(client)
    assert resolved["GenerateSecret"] is False
    assert resolved["AllowedOAuthFlowsUserPoolClient"] is True
    assert resolved["AllowedOAuthFlows"] == ["code"]
    assert resolved["AllowedOAuthScopes"] == ["openid", "profile", "email"]
    assert (resolved["RefreshTokenValidity"], resolved["TokenValidityUnits"]["RefreshToken"]) == (8, "hours")
    assert resolved["RefreshTokenRotation"] == {"Feature": "ENABLED", "RetryGracePeriodSeconds": 60}
    # With rotation, Cognito refuses this flow.
    assert "ALLOW_REFRESH_TOKEN_AUTH" not in resolved["ExplicitAuthFlows"]


def test_domain() -> None:
    """Domain prefixes are unique in a region, so it holds a part of the stack's id."""
    template = expanded()
    template.resolver.add_resource("UserPool", "pool", {})
    domain = template.resolver.resolve(template.resources["UserPoolDomain"]["Properties"])
    assert (domain["Domain"], domain["ManagedLoginVersion"]) == ("email-channels-1a2b3c4d", 2)


@pytest.mark.parametrize(
    ("changes", "there"),
    [
        (
            {},
            {"UserPool", "ConsoleClient", "UserPoolDomain", "ConsoleLoginStyle", "ConsoleAddresses", "ConsoleFunction"},
        ),
        (OTHER_ISSUER, {"ConsoleFunction"}),
        ({"ConsoleEnabled": "false"}, {"UserPool"}),
        ({**OTHER_ISSUER, "ConsoleEnabled": "false"}, set()),
    ],
)
def test_resources(changes: dict[str, str], there: set[str]) -> None:
    """Without a console, nothing is made for it; another issuer has its own client."""
    every = {"UserPool", "ConsoleClient", "UserPoolDomain", "ConsoleLoginStyle", "ConsoleAddresses", "ConsoleFunction"}
    assert set(expanded(**changes).resources) & every == there


@pytest.mark.parametrize(("required", "mode"), [("false", "OPTIONAL"), ("true", "ON")])
def test_mfa(required: str, mode: str) -> None:
    template = expanded(RequireMfa=required)
    assert template.resolver.resolve(template.resources["UserPool"]["Properties"])["MfaConfiguration"] == mode


def test_routes() -> None:
    """The page and its files need no token. All other routes do, but those of operations."""
    paths = expanded().resources["HttpApi"]["Properties"]["Body"]["paths"]
    free = {
        path
        for path, methods in paths.items()
        for operation in (methods["Fn::If"][1] if "Fn::If" in methods else methods).values()
        if operation.get("security") in (None, [{"NONE": []}], [])
    }
    assert free == {"/", "/assets/{proxy+}", "/health", "/openapi.json"}


def test_bucket_cors() -> None:
    """Signed links work from any origin, for reading and writing, and with no header but the content's type."""
    (rule,) = expanded().resources["Bucket"]["Properties"]["CorsConfiguration"]["CorsRules"]
    assert rule == {
        "AllowedMethods": ["GET", "PUT"],
        "AllowedOrigins": ["*"],
        "AllowedHeaders": ["content-type"],
        "MaxAge": 3600,
    }

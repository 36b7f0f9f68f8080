"""OpenAPI bodies of an HTTP API, as SAM writes them, with two functions and one JWT authorizer."""

from typing import Any

from local.http.token_issuer import AUDIENCE

FUNCTIONS = {
    "arn:aws:lambda:eu-west-1:123456789012:function:api": "agent_api",
    "arn:aws:lambda:eu-west-1:123456789012:function:send": "adhoc_send",
}


def operation(function: str = "api", **more: Any) -> dict[str, Any]:
    """An operation of an OpenAPI body as SAM writes it."""
    arn = f"arn:aws:lambda:eu-west-1:123456789012:function:{function}"
    return {
        "x-amazon-apigateway-integration": {
            "httpMethod": "POST",
            "type": "aws_proxy",
            "uri": f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations",
            "payloadFormatVersion": "2.0",
        },
        "responses": {},
        **more,
    }


def body(paths: dict[str, Any], issuer: str = "https://issuer.example") -> dict[str, Any]:
    """An OpenAPI body with one JWT authorizer, ``Tokens``."""
    authorizer = {
        "jwtConfiguration": {"issuer": issuer, "audience": [AUDIENCE]},
        "identitySource": "$request.header.Authorization",
        "type": "jwt",
    }
    schemes = {"Tokens": {"type": "oauth2", "x-amazon-apigateway-authorizer": authorizer}}
    return {"openapi": "3.0.1", "info": {}, "paths": paths, "components": {"securitySchemes": schemes}}

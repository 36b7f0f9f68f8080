"""The API: who may call which route, and what its access log holds."""

from typing import Any

from tests.support.safety.rows import ABSENT, Row

NO_TOKEN = {"Authorizer": "NONE"}


def route(method: str, path: str, **auth: Any) -> dict[str, Any]:
    return {
        "Type": "HttpApi",
        "Properties": {"ApiId": "!Ref HttpApi", "Method": method, "Path": path, **auth},
    }


ROWS = [
    Row("HttpApi", "Auth.DefaultAuthorizer", "Tokens", "a route needs a token unless it says otherwise"),
    Row(
        "HttpApi",
        "Auth.Authorizers",
        {
            "Tokens": {
                "IdentitySource": "$request.header.Authorization",
                "JwtConfiguration": {
                    "issuer": "!If [OwnUserPool, !Sub https://cognito-idp.${AWS::Region}.amazonaws.com/${UserPool}, "
                    "!Ref JwtIssuer]",
                    "audience": [
                        "!If [OwnUserPool, !Ref UserPoolClient, !Ref JwtAudience]",
                        {"if ConsoleOfOwnUserPool": "!Ref ConsoleClient"},
                    ],
                },
            }
        },
        "tokens of one issuer, made for this API; a token for another application of the issuer is refused",
    ),
    Row("HttpApi", "CorsConfiguration", ABSENT, "no page of another origin may call the API"),
    Row("HttpApi", "AccessLogSettings.DestinationArn", "!GetAtt ApiLogGroup.Arn", "a log whose retention is set"),
    Row(
        "HttpApi",
        "AccessLogSettings.Format",
        '{"request_id": "$context.requestId", "time": "$context.requestTimeEpoch", "route": "$context.routeKey", '
        '"status": "$context.status", "latency_ms": "$context.responseLatency", "error": "$context.error.message", '
        '"authorizer_error": "$context.authorizer.error", "integration_error": "$context.integrationErrorMessage"}',
        "no users, no content, and no paths, because these contain case ids",
    ),
    Row(
        "AgentApiFunction",
        "Events.Everything",
        route("ANY", "/{proxy+}"),
        "every route of agents and admins needs a token",
    ),
    Row("AgentApiFunction", "Events.Health", route("GET", "/health", Auth=NO_TOKEN), "monitoring has no token"),
    Row(
        "AgentApiFunction",
        "Events.OpenApi",
        route("GET", "/openapi.json", Auth=NO_TOKEN),
        "the description of the API is public, and names no data",
    ),
    Row(
        "AdhocSendFunction",
        "Events.Send",
        route("POST", "/cases/{case_id}/emails"),
        "sending needs a token; only this function's role may send agents' emails",
    ),
    Row("ConsoleFunction", "Events.Page", route("ANY", "/", Auth=NO_TOKEN), "people sign in on the page"),
    Row(
        "ConsoleFunction",
        "Events.Assets",
        route("ANY", "/assets/{proxy+}", Auth=NO_TOKEN),
        "the page's own files, which hold no data",
    ),
]

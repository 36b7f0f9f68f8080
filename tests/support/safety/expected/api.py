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
        '"status": "$context.status", "latency_ms": "$context.responseLatency", '
        '"error": "$context.error.responseType", "function_status": "$context.integration.status", '
        '"function_ms": "$context.integration.latency"}',
        "no users, no content, no paths, which contain case ids, and no free text, which breaks the JSON of a line",
    ),
    Row(
        "HttpApi",
        "DefaultRouteSettings",
        {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200},
        "a flood of requests must not take the executions that inbound needs",
    ),
    Row(
        "HttpApi",
        "RouteSettings",
        {
            "ANY /health": {"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 20},
            "ANY /openapi.json": {"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 20},
        },
        "anybody may call these, so they get less",
    ),
    Row(
        "ApiLogGroup",
        "LogGroupName",
        "!Sub /aws/vendedlogs/${ConfigurationSet}/api",
        "names of /aws/vendedlogs/ do not fill the account's resource policy for logs, whose length is limited",
    ),
    Row(
        "AgentApiFunction",
        "Events.Everything",
        route("ANY", "/{proxy+}"),
        "every route of agents and admins needs a token",
    ),
    Row("PublicApiFunction", "Events.Health", route("ANY", "/health", Auth=NO_TOKEN), "monitoring has no token"),
    Row(
        "PublicApiFunction",
        "Events.OpenApi",
        route("ANY", "/openapi.json", Auth=NO_TOKEN),
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

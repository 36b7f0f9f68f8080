"""The API of this process behind an HTTP server on this machine, with the routes and the authorizer of the gateway."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import functions.adhoc_send.app as adhoc_send
import functions.agent_api.app as agent_api
import functions.public_api.app as public_api
from local.http.api_gateway import ApiGateway
from local.http.authorizer import JwtAuthorizer, Unauthorized, passed_on
from local.http.proxy_events import ApiIdentity
from local.http.routes import Route, RouteTable
from local.http.wsgi_server import WsgiServer
from tests.support.in_process.api_client import USERS, Api
from tests.support.lambda_context import lambda_context
from tests.support.tokens import token


class UnverifiedTokens:
    """Reads tokens of `tests.support.tokens`, which have no valid signature."""

    def authorize(self, authorization: str | None) -> Mapping[str, str]:
        """The claims as a function gets them. Raises Unauthorized."""
        try:
            encoded = (authorization or "").removeprefix("Bearer ").split(".")[1]
            return passed_on(json.loads(base64.urlsafe_b64decode(encoded + "==")))
        except (IndexError, ValueError) as error:
            raise Unauthorized("no token") from error


def bearer(user: str) -> str:
    """The Authorization header of one of the users."""
    return "Bearer " + token({"sub": f"id-of-{user}", "username": user, "cognito:groups": [*USERS[user]]})


@contextmanager
def served(api: Api) -> Iterator[str]:
    """The URL of the API within the block. The environment must hold the settings of `adhoc_send`."""
    tokens = cast("JwtAuthorizer", UnverifiedTokens())
    routes = [
        Route("ANY", "/health", "public_api", None),
        Route("ANY", "/openapi.json", "public_api", None),
        Route("POST", "/cases/{case_id}/emails", "adhoc_send", tokens),
        Route("ANY", "/{proxy+}", "agent_api", tokens),
    ]
    handlers: Mapping[str, Any] = {
        "agent_api": agent_api.handler,
        "adhoc_send": adhoc_send.handler,
        "public_api": public_api.handler,
    }

    def invoke(function: str, event: object) -> object:
        return handlers[function](event, lambda_context())

    gateway = ApiGateway(RouteTable(routes), invoke, ApiIdentity("123456789012", "api", "api.example"))
    server = WsgiServer(gateway)
    with api.deployed():
        server.start()
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.stop()
            gateway.close()

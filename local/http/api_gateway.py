"""API Gateway's HTTP API on one machine: routes, authorizer, Lambda proxy and limits, as the template describes them.

It is a WSGI application. Its own error responses have the texts of API Gateway.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from werkzeug import Request, Response
from werkzeug.exceptions import RequestEntityTooLarge

from local.cloudformation.deployment import Deployment
from local.errors import UserError
from local.http.authorizer import Unauthorized
from local.http.proxy_events import ApiIdentity, BadFunctionResponse, to_event, to_response
from local.http.routes import RouteTable, read_routes
from local.lambda_.deployed_function import FunctionFailed

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

REQUEST_LIMIT = 10 * 1024 * 1024
"""The largest body of a request, in bytes."""
TIMEOUT = 30
"""Seconds that an HTTP API waits for a function's response."""

_log = logging.getLogger(__name__)


class ApiGateway:
    """Answers requests to the one HTTP API of a deployment by invoking its functions.

    ``invoke`` takes a function's name and an event. It returns what the function returned, or raises FunctionFailed.
    """

    def __init__(
        self, routes: RouteTable, invoke: Callable[[str, object], object], api: ApiIdentity, *, timeout: float = TIMEOUT
    ) -> None:
        self._routes = routes
        self._invoke = invoke
        self._api = api
        self._timeout = timeout
        self._pool = ThreadPoolExecutor(max_workers=32, thread_name_prefix="api")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def close(self) -> None:
        """Waits for the functions that are still running. Call it when no more requests come."""
        self._pool.shutdown()

    def _answer(self, request: Request) -> Response:
        found = self._routes.match(request.method, request.path)
        if found is None:
            return _message(404, "Not Found")
        route, path_parameters = found
        claims = None
        if route.authorizer:
            try:
                claims = route.authorizer.authorize(request.headers.get("Authorization"))
            except Unauthorized as error:
                _log.info("401 on %s: %s", route.key, error)
                return _message(401, "Unauthorized", {"www-authenticate": "Bearer"})
        request.max_content_length = REQUEST_LIMIT
        try:
            body = request.get_data(cache=False)
        except RequestEntityTooLarge:
            return _message(413, "Request Entity Too Large")
        event = to_event(request, body, route, path_parameters, claims, self._api)
        try:
            return to_response(self._pool.submit(self._invoke, route.function, event).result(self._timeout))
        except TimeoutError:
            _log.error("503 on %s: no answer from %s in %s seconds", route.key, route.function, self._timeout)
            return _message(503, "Service Unavailable")
        except FunctionFailed as error:
            if error.error_type == "RequestEntityTooLargeException":
                return _message(413, "Request Entity Too Large")
            _log.error("500 on %s: %s failed with %s", route.key, route.function, error.error_type)
            return _message(500, "Internal Server Error")
        except BadFunctionResponse as error:
            _log.error("500 on %s: %s returned an invalid response: %s", route.key, route.function, error)
            return _message(500, "Internal Server Error")


def api_gateway_of(deployment: Deployment, invoke: Callable[[str, object], object]) -> ApiGateway:
    """The gateway of a deployment. Raises UserError unless there is exactly one HTTP API, with supported features."""
    apis = deployment.of_type("AWS::ApiGatewayV2::Api")
    if len(apis) != 1:
        raise UserError(f"template: the local stack serves one AWS::ApiGatewayV2::Api, the template has {len(apis)}")
    (api,) = apis
    if unknown := sorted(set(api.properties) - {"Body"}):
        raise UserError(f"template: {unknown[0]} of {api.logical_id} is not supported by the local API")
    functions = {function.arn: function.name for function in deployment.functions.values()}
    for alias in deployment.of_type("AWS::Lambda::Alias"):
        functions[alias.physical_id] = deployment.function_of(alias.physical_id).name
    return ApiGateway(
        read_routes(api.properties["Body"], functions),
        invoke,
        ApiIdentity(
            deployment.account_id,
            api.physical_id,
            f"{api.physical_id}.execute-api.{deployment.region}.amazonaws.com",
        ),
    )


def _message(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps({"message": text}, separators=(",", ":"))
    return Response(body, status, headers=dict(headers or {}), content_type="application/json")

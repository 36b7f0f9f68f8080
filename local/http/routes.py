"""The routes of an HTTP API, read from the OpenAPI body that SAM generates, and the route of each request.

Only the parts that our template uses are read. Any other extension of API Gateway raises a UserError that names it, so
that none is silently ignored.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.errors import UserError
from local.http.authorizer import JwtAuthorizer

_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
_ANY_METHOD = "x-amazon-apigateway-any-method"
_AUTHORIZER = "x-amazon-apigateway-authorizer"
_INTEGRATION = "x-amazon-apigateway-integration"
_KNOWN_EXTENSIONS = {_ANY_METHOD, _AUTHORIZER, _INTEGRATION}
_FUNCTION_URI = re.compile(r":lambda:path/2015-03-31/functions/(?P<arn>arn:[^/]+)/invocations$")


@dataclass(frozen=True)
class Route:
    """One route. ``method`` may be ``ANY``. ``path`` is as in the template: ``/cases/{case_id}``."""

    method: str
    path: str
    function: str
    authorizer: JwtAuthorizer | None

    @property
    def key(self) -> str:
        """The route key, as in the function's event."""
        return f"{self.method} {self.path}"


class RouteTable:
    """The routes in the order in which API Gateway prefers them: static segments, then ``{name}``, then ``{name+}``."""

    def __init__(self, routes: list[Route]) -> None:
        self._routes = [(route, _pattern(route.path)) for route in sorted(routes, key=_preference)]

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route of a request and its path parameters. None if there is no route. ``path`` is percent-decoded."""
        for route, pattern in self._routes:
            if route.method in {method, "ANY"} and (found := pattern.fullmatch(path)):
                return route, {name.replace("__", "-"): value for name, value in found.groupdict().items()}
        return None


def read_routes(body: Mapping[str, Any], functions: Mapping[str, str]) -> RouteTable:
    """The routes of an API's OpenAPI ``body``. ``functions`` holds the name of each function by its ARN.

    Raises UserError for a part that is not supported, with its name.
    """
    authorizers = {
        name: _read_authorizer(name, scheme)
        for name, scheme in body.get("components", {}).get("securitySchemes", {}).items()
    }
    _refuse_extensions(body, "the API")
    routes = []
    for path, operations in body.get("paths", {}).items():
        for method, operation in operations.items():
            if method not in _METHODS | {_ANY_METHOD}:
                raise UserError(f"template: {method} of {path} is not supported by the local API")
            route_method = "ANY" if method == _ANY_METHOD else method.upper()
            where = f"{route_method} {path}"
            _refuse_extensions(operation, where)
            function = _read_function(operation.get(_INTEGRATION, {}), where, functions)
            authorizer = _read_security(operation.get("security", []), where, authorizers)
            routes.append(Route(route_method, path, function, authorizer))
    return RouteTable(routes)


def _read_security(
    security: Sequence[Mapping[str, Any]], where: str, authorizers: Mapping[str, JwtAuthorizer]
) -> JwtAuthorizer | None:
    """The authorizer of an operation. SAM writes ``NONE`` for an operation without one, if others have one."""
    wanted = [(name, scopes) for requirement in security for name, scopes in requirement.items() if name != "NONE"]
    if not wanted:
        return None
    name, scopes = wanted[0]
    if len(wanted) > 1 or scopes or name not in authorizers:
        raise UserError(f"template: {where} must have exactly one of the template's authorizers, without scopes")
    return authorizers[name]


def _read_authorizer(name: str, scheme: Mapping[str, Any]) -> JwtAuthorizer:
    settings = scheme.get(_AUTHORIZER, {})
    if settings.get("type") != "jwt":
        raise UserError(f"template: authorizer {name} is not a JWT authorizer; the local API supports no other kind")
    if settings.get("identitySource") != "$request.header.Authorization":
        raise UserError(f"template: authorizer {name} must take its token from $request.header.Authorization")
    jwt_settings = settings["jwtConfiguration"]
    return JwtAuthorizer(jwt_settings["issuer"], tuple(jwt_settings["audience"]))


def _read_function(integration: Mapping[str, Any], where: str, functions: Mapping[str, str]) -> str:
    if integration.get("type") != "aws_proxy" or str(integration.get("payloadFormatVersion")) != "2.0":
        raise UserError(f"template: the integration of {where} is not a Lambda proxy with payload format 2.0")
    found = _FUNCTION_URI.search(str(integration.get("uri")))
    if not found or found["arn"] not in functions:
        raise UserError(f"template: the integration of {where} does not name a function of this stack")
    return functions[found["arn"]]


def _refuse_extensions(node: Mapping[str, Any], where: str) -> None:
    for name in node:
        if name.startswith("x-amazon-apigateway-") and name not in _KNOWN_EXTENSIONS:
            raise UserError(f"template: {name} of {where} is not supported by the local API")


def _pattern(path: str) -> re.Pattern[str]:
    """The pattern of a request's path. ``{name}`` is one segment, not empty. ``{name+}`` is one segment or more."""
    parts = re.split(r"(\{[^{}]+\})", path)
    expression = "".join(
        re.escape(part)
        if not part.startswith("{")
        else f"(?P<{_group(part)}>{'.+' if part.endswith('+}') else '[^/]+'})"
        for part in parts
    )
    return re.compile(expression, re.DOTALL)


def _group(variable: str) -> str:
    # A path variable may have a hyphen in its name. A group of a regular expression may not.
    return variable.strip("{}+").replace("-", "__")


def _preference(route: Route) -> tuple[bool, list[bool], bool]:
    """Sorts a full match before a greedy one, and a static segment before a variable one."""
    variable = [segment.startswith("{") for segment in route.path.split("/")]
    return route.path.endswith("+}"), variable, route.method == "ANY"

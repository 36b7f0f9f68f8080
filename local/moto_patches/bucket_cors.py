"""Answers browsers as S3 does: other origins may use a bucket only as its CORS rules say. moto allows them everything.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
"""

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Rule = Mapping[str, Any]
"""A rule as `put_bucket_cors` of boto3 takes it."""

_REFUSED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b"<Error><Code>AccessForbidden</Code><Message>CORSResponse: This CORS request is not allowed.</Message></Error>"
)


class BucketCors:
    """A WSGI application in front of moto's. `rules` holds the CORS rules of each bucket by its name."""

    def __init__(self, application: "WSGIApplication", rules: Mapping[str, Sequence[Rule]]) -> None:
        self._application = application
        self._rules = rules

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN")
        bucket = str(environ.get("PATH_INFO", "/")).split("/")[1]
        rules = self._rules.get(bucket, ()) if origin else ()
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return _preflight(environ, origin, rules, start_response)
        rule = matching(rules, origin or "", environ["REQUEST_METHOD"], ())

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
            return start_response(status, kept + (_allowed(rule, origin) if rule and origin else []), *more)

        return self._application(environ, start)


def matching(rules: Iterable[Rule], origin: str, method: str, headers: Iterable[str]) -> Rule | None:
    """The first rule that allows a request of this origin, with this method and these headers."""
    for rule in rules:
        if (
            _fits(origin, rule["AllowedOrigins"])
            and method in rule["AllowedMethods"]
            and all(_fits(name.lower(), map(str.lower, rule.get("AllowedHeaders", ()))) for name in headers)
        ):
            return rule
    return None


def _fits(value: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns)


def _preflight(
    environ: "WSGIEnvironment", origin: str | None, rules: Sequence[Rule], start_response: "StartResponse"
) -> Iterable[bytes]:
    wanted = str(environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", ""))
    headers = [name.strip() for name in wanted.split(",") if name.strip()]
    rule = matching(rules, origin or "", str(environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "")), headers)
    if rule is None or origin is None:
        start_response("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(_REFUSED)))])
        return [_REFUSED]
    answer = _allowed(rule, origin)
    if headers:
        answer.append(("Access-Control-Allow-Headers", ", ".join(name.lower() for name in headers)))
    if "MaxAgeSeconds" in rule:
        answer.append(("Access-Control-Max-Age", str(rule["MaxAgeSeconds"])))
    start_response("200 OK", [*answer, ("Content-Length", "0")])
    return [b""]


def _allowed(rule: Rule, origin: str) -> list[tuple[str, str]]:
    any_origin = "*" in rule["AllowedOrigins"]
    headers = [
        ("Access-Control-Allow-Origin", "*" if any_origin else origin),
        ("Access-Control-Allow-Methods", ", ".join(rule["AllowedMethods"])),
        ("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"),
    ]
    if rule.get("ExposeHeaders"):
        headers.append(("Access-Control-Expose-Headers", ", ".join(rule["ExposeHeaders"])))
    return headers

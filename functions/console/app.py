"""Serves the console: the page at `/`, and its files under `/assets/<version>/`."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from email_channels.api.requests import takes_gzip
from email_channels.bootstrap.console import Event, console_settings, page_handler
from email_channels.settings import ConsoleSettings

from functions.console import policies
from functions.console.issuer import Endpoints, Issuer, IssuerUnavailable, origin_of
from functions.console.release import File, Release, file_of, newest_change, read_release

FOLDER = Path(__file__).parent / "pages"

_TEXT = "text/plain; charset=utf-8"
_KEPT_FOR_EVER = "public, max-age=31536000, immutable"


@page_handler
def handler(event: Event) -> dict[str, Any]:
    """Answers a request (payload format 2.0)."""
    http = event["requestContext"]["http"]
    method, path = str(http["method"]), str(event.get("rawPath", "/"))
    headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    if method not in {"GET", "HEAD"}:
        answer = _text(405, "Only GET and HEAD are allowed here.", {"allow": "GET, HEAD"})
    elif path == "/":
        answer = _page(console_settings(), headers)
    else:
        answer = _asset(console_settings(), path, headers)
    return answer | {"body": "", "isBase64Encoded": False} if method == "HEAD" else answer


def _page(settings: ConsoleSettings, headers: Mapping[str, str]) -> dict[str, Any]:
    try:
        endpoints = _issuer(settings.jwt_issuer).endpoints()
    except IssuerUnavailable as error:
        text = f"The sign-in service {settings.jwt_issuer} cannot be used: {error}. Please try again in a minute."
        return _text(503, text, {"retry-after": "30"})
    page, etag = _release(settings).page(_configuration(settings, endpoints))
    policy = policies.page_policy(_files(settings), origin_of(endpoints.token))
    sent = {"content-security-policy": policy, **policies.PAGE, "cache-control": "no-cache", "etag": etag}
    if etag in headers.get("if-none-match", ""):
        return {"statusCode": 304, "headers": {**policies.COMMON, **sent}, "body": "", "isBase64Encoded": False}
    return _file(page, headers, sent)


def _asset(settings: ConsoleSettings, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    release = _release(settings)
    name = path.removeprefix(release.prefix)
    file = release.assets.get(name)
    if file is None:
        return _text(
            404, "There is no such file. If the console is open, please reload it: there may be a new version."
        )
    if name in policies.MAIL_PAGES:
        policy = policies.mail_policy(_files(settings), remote_images=policies.MAIL_PAGES[name])
    else:
        policy = policies.asset_policy()
    return _file(file, headers, {"content-security-policy": policy, "cache-control": _KEPT_FOR_EVER})


def _configuration(settings: ConsoleSettings, endpoints: Endpoints) -> dict[str, object]:
    """What the page is told about its deployment (`console/configuration.js`)."""
    return {
        "local": settings.aws_endpoint_url is not None,
        "files": _files(settings),
        "issuer": settings.jwt_issuer,
        "authorization_endpoint": endpoints.authorization,
        "token_endpoint": endpoints.token,
        "end_session_endpoint": endpoints.end_session,
        "sign_out": "cognito" if settings.own_user_pool else "standard",
        "client_id": settings.console_client_id,
        "scopes": settings.console_scopes,
        # Access tokens of Cognito hold neither a name nor an audience.
        "token": "id" if settings.own_user_pool else "access",
    }


def _files(settings: ConsoleSettings) -> str:
    """The origin of signed links."""
    return origin_of(settings.aws_endpoint_url or settings.files_url)


@cache
def _issuer(url: str) -> Issuer:
    return Issuer(url)


def _release(settings: ConsoleSettings) -> Release:
    """The files. On one machine they are read again after a change, so that developers need only reload the page."""
    return _read(newest_change(FOLDER) if settings.aws_endpoint_url else 0.0)


@cache
def _read(_changed: float) -> Release:
    return read_release(FOLDER)


def _text(status: int, text: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    sent = {"content-security-policy": policies.asset_policy(), "cache-control": "no-store", **(headers or {})}
    return _file(file_of(text.encode(), _TEXT), {}, sent, status)


def _file(file: File, headers: Mapping[str, str], sent: Mapping[str, str], status: int = 200) -> dict[str, Any]:
    compressed = file.compressed if takes_gzip(headers.get("accept-encoding", "")) else None
    more = {"content-encoding": "gzip"} if compressed else {}
    if file.compressed:
        more["vary"] = "accept-encoding"
    return {
        "statusCode": status,
        "headers": {**policies.COMMON, "content-type": file.content_type, **sent, **more},
        "body": base64.b64encode(compressed or file.content).decode("ascii"),
        "isBase64Encoded": True,
    }

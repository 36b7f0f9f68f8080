"""What the OpenID Connect issuer says about its endpoints (OpenID Connect Discovery 1.0).

The function reads the document, so that the page needs not, and the page's policy can name the token endpoint.
"""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlsplit

from email_channels.values import dataclass

KEPT = 3600
"""Seconds after which the document is read again."""

_TIMEOUT = 5
_LARGEST = 100_000
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class IssuerUnavailable(Exception):
    """The document cannot be read, or is not usable. The message says why."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the issuer signs people in and out, and gives tokens."""

    authorization: str
    token: str
    end_session: str | None


class Issuer:
    """One issuer. `endpoints` asks it at most once an hour, and keeps the last answer while it is not reached."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._endpoints: Endpoints | None = None
        self._read_at = float("-inf")

    def endpoints(self) -> Endpoints:
        """The endpoints. Raises IssuerUnavailable if they were never read."""
        if self._endpoints is None or time.monotonic() - self._read_at > KEPT:
            try:
                self._endpoints = read_endpoints(self.url, _fetch(self.url))
            except IssuerUnavailable:
                if self._endpoints is None:
                    raise
            self._read_at = time.monotonic()
        return self._endpoints


def read_endpoints(issuer: str, document: Any) -> Endpoints:
    """The endpoints in a discovery document. Raises IssuerUnavailable if it is another issuer's, or incomplete.

    Endpoints need TLS, but for an issuer on this machine.
    """
    if not isinstance(document, dict) or str(document.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
        raise IssuerUnavailable("the discovery document is not that of JwtIssuer")
    authorization, token = (_endpoint(document, f"{name}_endpoint") for name in ("authorization", "token"))
    if authorization is None or token is None:
        raise IssuerUnavailable("the discovery document names no authorization or token endpoint")
    return Endpoints(authorization, token, _endpoint(document, "end_session_endpoint"))


def origin_of(url: str) -> str:
    """`https://host:port` of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _endpoint(document: dict[str, Any], name: str) -> str | None:
    url = document.get(name)
    if url is None:
        return None
    parts = urlsplit(str(url))
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not secure or not parts.hostname or set(str(url)) & set(" ;,'\"") or "@" in parts.netloc:
        raise IssuerUnavailable(f"{name} in the discovery document is not an https address")
    return str(url)


def _fetch(issuer: str) -> Any:
    import urllib.request  # a fifth of the time that the function takes to start, and only the page needs it

    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    # A proxy of the environment reaches other issuers, but never the one on this machine.
    handlers = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in _LOOPBACK else []
    try:
        with urllib.request.build_opener(*handlers).open(url, timeout=_TIMEOUT) as response:
            return json.loads(response.read(_LARGEST))
    except (OSError, ValueError) as error:
        raise IssuerUnavailable(f"the discovery document cannot be read: {type(error).__name__}") from error

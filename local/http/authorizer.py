"""The JWT authorizer of an HTTP API: which tokens it accepts, and which claims the function gets.

It follows "Controlling access to HTTP APIs with JWT authorizers" of the API Gateway developer guide. Signatures must be
RSA signatures by the key that ``kid`` names. The claims ``iss``, ``exp``, ``nbf``, ``iat`` and ``aud`` are checked. If
there is no ``aud``, ``client_id`` is checked instead.
"""

import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

import jwt

_ALGORITHMS = ["RS256", "RS384", "RS512"]
_KEYS_KEPT = 2 * 3600
"""Seconds after which the issuer's keys are fetched again."""
_FETCH_TIMEOUT = 5
"""Seconds to wait for the issuer."""


class Unauthorized(Exception):
    """The request has no valid token. The message says why, for the log."""


class JwtAuthorizer:
    """Verifies bearer tokens of one issuer for some audiences. Thread-safe."""

    def __init__(self, issuer: str, audiences: tuple[str, ...]) -> None:
        self.issuer = issuer
        self.audiences = audiences
        self._lock = threading.Lock()
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")

    def authorize(self, authorization: str | None) -> dict[str, str]:
        """Verifies the token of an ``Authorization`` header, with or without "Bearer".

        Returns the claims as a function gets them. Raises Unauthorized for a token that is missing, malformed, expired,
        not valid yet, from another issuer or for another audience.
        """
        token = (authorization or "").strip()
        if token[:7].lower() == "bearer ":
            token = token[7:].strip()
        if not token:
            raise Unauthorized("no token")
        try:
            key = self._key(jwt.get_unverified_header(token).get("kid"))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                issuer=self.issuer,
                options={"verify_aud": False, "require": ["exp", "iss"]},
            )
        except jwt.PyJWTError as error:
            raise Unauthorized(f"{type(error).__name__}: {error}") from error
        audience = claims.get("aud", claims.get("client_id"))
        given = audience if isinstance(audience, list) else [audience]
        if not any(each in self.audiences for each in given):
            raise Unauthorized("the token is for another audience")
        return passed_on(claims)

    def _key(self, key_id: str | None) -> jwt.PyJWK:
        """The issuer's key with this id. If the id is unknown, the keys are fetched again."""
        with self._lock:
            if key_id not in self._keys or time.monotonic() - self._fetched_at > _KEYS_KEPT:
                self._keys = _fetch_keys(self.issuer)
                self._fetched_at = time.monotonic()
            if key_id not in self._keys:
                raise Unauthorized("the issuer has no key with this id")
            return self._keys[key_id]


def passed_on(claims: Mapping[str, Any]) -> dict[str, str]:
    """The claims as API Gateway passes them on to a function: all as text, without those that are null."""
    return {name: _as_text(value) for name, value in claims.items() if value is not None}


def _fetch_keys(issuer: str) -> dict[str | None, jwt.PyJWK]:
    """The issuer's signing keys by id, from its discovery document. Raises Unauthorized if that fails."""
    try:
        document = _fetch_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        keys = jwt.PyJWKSet.from_dict(_fetch_json(document["jwks_uri"])).keys
    except (OSError, ValueError, KeyError, TypeError, AttributeError, jwt.PyJWTError) as error:
        raise Unauthorized(f"the keys of the issuer {issuer} cannot be read: {type(error).__name__}") from error
    return {key.key_id: key for key in keys}


def _fetch_json(url: str) -> Any:
    # The proxy of the environment can reach other issuers, but never the one on this machine.
    local = urllib.parse.urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}
    handlers = [urllib.request.ProxyHandler({})] if local else []
    with urllib.request.build_opener(*handlers).open(url, timeout=_FETCH_TIMEOUT) as response:
        return json.load(response)


def _as_text(claim: object) -> str:
    """A claim as text. An array becomes ``[a b]``, in which a value with a blank looks like two; an object is JSON."""
    match claim:
        case str():
            return claim
        case list():
            return f"[{' '.join(_as_text(item) for item in claim)}]"
        case _:
            return json.dumps(claim, separators=(",", ":"))

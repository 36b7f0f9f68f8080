"""Sign-in for browsers at the local issuer: what Cognito's managed login is on AWS.

Authorization code with PKCE (RFC 6749, RFC 7636), an ID token (OpenID Connect Core 1.0), refresh tokens that change
with each use, revocation (RFC 7009), and sign-out (OpenID Connect RP-Initiated Logout 1.0). The page has one button for
each user instead of passwords. A cookie keeps the user, so that a further tab signs in without a question.
"""

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit

from werkzeug import Request, Response
from werkzeug.utils import redirect

from local.http.token_issuer import SESSION_LIFETIME, USERS, TokenIssuer

CODE_LIFETIME = 60
"""Seconds in which a code can be used, once."""
REFRESH_LIFETIME = 8 * 3600
"""Seconds for which a sign-in can be renewed."""

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'"
_ASKED = (
    "client_id",
    "redirect_uri",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "scope",
    "response_type",
)


@dataclass(frozen=True)
class Deployment:
    """What tokens are made for: GroupsClaim, DefaultServiceGroup, JwtAudience and ConsoleClientId of a deployment."""

    groups_claim: str
    default_service_group: str
    audience: str
    client_id: str


@dataclass(frozen=True)
class Grant:
    """A code or a refresh token: for whom and what it stands. `challenge` and `redirect_uri` are those of a code."""

    user: str
    client_id: str
    nonce: str | None
    redirect_uri: str
    challenge: str
    expires_at: float


class SignIn:
    """The endpoints of one issuer. Thread-safe."""

    def __init__(self, issuer: TokenIssuer) -> None:
        self._issuer = issuer
        self._lock = threading.Lock()
        self._codes: dict[str, Grant] = {}
        self._refresh_tokens: dict[str, Grant] = {}

    def authorize(self, request: Request, deployment: Deployment) -> Response:
        """Shows the users; after a choice (POST), or if one has signed in before, goes back with a code."""
        asked = {name: request.values.get(name, "") for name in _ASKED}
        if asked["client_id"] != deployment.client_id or not _is_ours(asked["redirect_uri"], request):
            return _page(
                "This sign-in cannot go on", "<p>The client or the address to return to is not registered.</p>", 400
            )
        if asked["response_type"] != "code" or asked["code_challenge_method"] != "S256" or not asked["code_challenge"]:
            return _back(asked, error="invalid_request", error_description="a code with PKCE (S256) is required")
        if "openid" not in asked["scope"].split():
            return _back(asked, error="invalid_scope", error_description="the scope openid is required")
        user = request.form.get("user") or request.cookies.get(_cookie(request), "")
        if user not in USERS or (request.method == "GET" and request.values.get("prompt") == "login"):
            return _page("Sign in", _form(asked))
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = Grant(
                user,
                deployment.client_id,
                asked["nonce"] or None,
                asked["redirect_uri"],
                asked["code_challenge"],
                time.time() + CODE_LIFETIME,
            )
        response = _back(asked, code=code)
        response.set_cookie(_cookie(request), user, httponly=True, samesite="Lax", path="/local/oidc")
        return response

    def token(self, request: Request, deployment: Deployment) -> Response:
        """Gives tokens for a code, or for a refresh token."""
        form = request.form
        with self._lock:
            match form.get("grant_type"):
                case "authorization_code":
                    grant = self._codes.pop(form.get("code", ""), None)
                    verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
                    proved = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
                    if grant is not None and (
                        proved != grant.challenge or form.get("redirect_uri") != grant.redirect_uri
                    ):
                        grant = None
                case "refresh_token":
                    grant = self._refresh_tokens.pop(form.get("refresh_token", ""), None)
                case _:
                    return _answer({"error": "unsupported_grant_type"}, 400)
            if grant is None or grant.expires_at < time.time() or form.get("client_id") != grant.client_id:
                return _answer({"error": "invalid_grant", "error_description": "unknown, used or expired"}, 400)
            if form["grant_type"] == "authorization_code":
                grant = replace(grant, expires_at=time.time() + REFRESH_LIFETIME)
            refresh_token = secrets.token_urlsafe(32)
            self._refresh_tokens[refresh_token] = grant
        groups = {
            "groups_claim": deployment.groups_claim,
            "default_service_group": deployment.default_service_group,
        }
        access_token = self._issuer.token(
            grant.user, **groups, audience=deployment.audience, lifetime=SESSION_LIFETIME, named=True
        )
        return _answer(
            {
                "token_type": "Bearer",
                "expires_in": SESSION_LIFETIME,
                "access_token": access_token,
                "id_token": self._issuer.id_token(grant.user, grant.client_id, grant.nonce, **groups),
                "refresh_token": refresh_token,
            }
        )

    def revoke(self, request: Request) -> Response:
        """Ends a sign-in: its refresh token is worth nothing any more."""
        with self._lock:
            self._refresh_tokens.pop(request.form.get("token", ""), None)
        return _answer({})

    def logout(self, request: Request) -> Response:
        """Forgets the user, and goes back to the client."""
        back = request.values.get("post_logout_redirect_uri") or request.values.get("logout_uri") or ""
        state = request.values.get("state")
        if _is_ours(back, request):
            response = _redirect(f"{back}?{urlencode({'state': state})}" if state else back)
        else:
            response = _page("Signed out", "<p>You are signed out.</p>")
        response.delete_cookie(_cookie(request), path="/local/oidc")
        return response


def _is_ours(address: str, request: Request) -> bool:
    """Whether the address is that of the console, which is registered: the start page of this server."""
    parts = urlsplit(address)
    port = urlsplit(request.host_url).port
    own = {f"http://{host}:{port}/" for host in ("127.0.0.1", "localhost")}
    return parts.geturl() in own


def _cookie(request: Request) -> str:
    # Cookies do not know ports, and several local stacks may run at the same time.
    return f"local-sign-in-{urlsplit(request.host_url).port}"


def _back(asked: Mapping[str, str], **answer: str) -> Response:
    return _redirect(f"{asked['redirect_uri']}?{urlencode({**answer, 'state': asked['state']})}")


def _redirect(address: str) -> Response:
    response: Response = redirect(address, 303, Response)
    response.headers["cache-control"] = "no-store"
    return response


def _answer(document: Mapping[str, object], status: int = 200) -> Response:
    response = Response(json.dumps(document), status, content_type="application/json")
    # Token endpoints answer pages of every origin, as Cognito's does: PKCE protects the code.
    response.headers["access-control-allow-origin"] = "*"
    response.headers["cache-control"] = "no-store"
    return response


def _form(asked: Mapping[str, str]) -> str:
    kept = "".join(f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in asked.items())
    users = "".join(
        f'<li><button name="user" value="{name}" aria-describedby="about-{name}">{name}</button>'
        f'<span id="about-{name}">{html.escape(f"{user.name}: {user.about}")}</span></li>'
        for name, user in USERS.items()
    )
    form = f'<form method="post" action="authorize">{kept}<ul>{users}</ul></form>'
    return f"<p>Choose who you are on this machine.</p>{form}"


def _page(title: str, content: str, status: int = 200) -> Response:
    text = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – Email Channels on this machine</title><link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; font: 0.9375rem/1.5 system-ui, sans-serif;
  background: light-dark(#f6f7f9, #14171a); color: light-dark(#1b2127, #e7eaed) }}
main {{ width: min(26rem, calc(100vw - 2rem)); padding: 1.5rem; box-sizing: border-box; border-radius: 8px;
  border: 1px solid light-dark(#dde2e7, #31373e); background: light-dark(#fff, #1c2024) }}
h1 {{ margin: 0; font-size: 1.25rem }}
ul {{ margin: 0; padding: 0; list-style: none; display: grid; gap: 0.75rem }}
li {{ display: grid; gap: 0.15rem }}
button {{ font: inherit; font-weight: 600; min-height: 2.5rem; border: 0; border-radius: 6px; cursor: pointer;
  background: light-dark(#0a5ea8, #2c77bd); color: #fff }}
button:focus-visible {{ outline: 2px solid currentColor; outline-offset: 2px }}
span {{ color: light-dark(#56606b, #a5aeb8); font-size: 0.8125rem }}
</style></head>
<body><main><h1>{title}</h1>{content}</main></body>
</html>
"""
    response = Response(text, status, content_type="text/html; charset=utf-8")
    response.headers["content-security-policy"] = _POLICY
    response.headers["referrer-policy"] = "no-referrer"
    response.headers["cache-control"] = "no-store"
    return response

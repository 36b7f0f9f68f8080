"""Sign-in at the local issuer: code with PKCE, renewal, revocation, sign-out."""

import base64
import hashlib
import json
import re
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from werkzeug.test import Client, TestResponse

from local.http import sign_in
from local.http.local_routes import LocalRoutes
from local.http.token_issuer import TokenIssuer, user_id
from local.stack import Stack

OIDC = "/local/oidc"
CONSOLE = "http://127.0.0.1:8080/"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ASKED = {
    "client_id": "console",
    "redirect_uri": CONSOLE,
    "response_type": "code",
    "scope": "openid profile",
    "state": "a state",
    "nonce": "a nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
PARAMETERS = {
    "GroupsClaim": "cognito:groups",
    "DefaultServiceGroup": "default",
    "JwtAudience": "cases",
    "ConsoleClientId": "console",
}


class StackStandIn:
    class deployment:  # noqa: N801 - an attribute of the stack
        parameters = PARAMETERS


@pytest.fixture
def client() -> Client:
    return Client(LocalRoutes(TokenIssuer(f"http://127.0.0.1:8080{OIDC}"), cast("Stack", StackStandIn()), ready=True))


def get(client: Client, **changes: str) -> TestResponse:
    return client.get(f"{OIDC}/authorize?{urlencode(ASKED | changes)}", base_url=CONSOLE)


def choose(client: Client, user: str, **changes: str) -> dict[str, str]:
    """What the console is sent back with after somebody chose a user."""
    answer = client.post(f"{OIDC}/authorize", data={**ASKED, **changes, "user": user}, base_url=CONSOLE)
    return sent_back(answer)


def sent_back(answer: TestResponse) -> dict[str, str]:
    assert answer.status_code == 303
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == CONSOLE
    return {name: values[0] for name, values in parse_qs(address.query).items()}


def exchange(client: Client, **form: str) -> tuple[int, dict[str, Any]]:
    answer = client.post(f"{OIDC}/token", data=form, base_url=CONSOLE)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, json.loads(answer.text)


def redeem(client: Client, code: str, **changes: str) -> tuple[int, dict[str, Any]]:
    form = {"grant_type": "authorization_code", "code": code, "client_id": "console", "redirect_uri": CONSOLE}
    return exchange(client, **{**form, "code_verifier": VERIFIER, **changes})


def renew(client: Client, token: str) -> tuple[int, dict[str, Any]]:
    return exchange(client, grant_type="refresh_token", refresh_token=token, client_id="console")


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return decoded


def test_discovery(client: Client) -> None:
    """The issuer names all its endpoints."""
    document = client.get(f"{OIDC}/.well-known/openid-configuration").json
    assert document is not None
    for name in ("authorization", "token", "revocation", "end_session"):
        assert document[f"{name}_endpoint"].startswith(f"http://127.0.0.1:8080{OIDC}/")
    assert document["code_challenge_methods_supported"] == ["S256"]


def test_page(client: Client) -> None:
    """One button for each user. What the client asked for is kept in the form, escaped."""
    page = get(client, state='"><script>')
    assert re.findall(r'<button name="user" value="([\w-]+)"', page.text) == [
        "agent",
        "other-agent",
        "admin",
        "nobody",
    ]
    assert "<script>" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_sign_in(client: Client) -> None:
    back = choose(client, "agent")
    assert back["state"] == "a state"
    status, tokens = redeem(client, back["code"])
    assert status == 200
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    access, identity = claims(tokens["access_token"]), claims(tokens["id_token"])
    assert (access["sub"], access["client_id"], access["name"]) == (user_id("agent"), "cases", "Alex Agent")
    assert access["cognito:groups"] == identity["cognito:groups"] == ["agent", "group.default"]
    assert (identity["aud"], identity["nonce"], identity["name"]) == ("console", "a nonce", "Alex Agent")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 64},
        {"code_verifier": ""},
        {"redirect_uri": "http://127.0.0.1:8080/other"},
        {"client_id": "another"},
    ],
)
def test_refused_code(client: Client, changes: dict[str, str]) -> None:
    """A code is worth nothing without the verifier, or for another client. After a failed attempt it is used up."""
    code = choose(client, "agent")["code"]
    assert redeem(client, code, **changes)[0] == 400
    assert redeem(client, code)[0] == 400
    assert redeem(client, "guessed")[0] == 400


def test_used_code(client: Client) -> None:
    code = choose(client, "agent")["code"]
    assert redeem(client, code)[0] == 200
    assert redeem(client, code) == (400, {"error": "invalid_grant", "error_description": "unknown, used or expired"})


def test_old_code(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    code = choose(client, "agent")["code"]
    monkeypatch.setattr(sign_in, "CODE_LIFETIME", 60)
    now = sign_in.time.time()  # type: ignore[attr-defined]
    monkeypatch.setattr("local.http.sign_in.time.time", lambda: now + 61)
    assert redeem(client, code)[0] == 400


def test_renewal(client: Client) -> None:
    """Each refresh token can be used once."""
    first = redeem(client, choose(client, "admin")["code"])[1]
    status, second = renew(client, first["refresh_token"])
    assert (status, claims(second["access_token"])["sub"]) == (200, user_id("admin"))
    assert second["refresh_token"] != first["refresh_token"]
    assert renew(client, first["refresh_token"])[0] == 400
    assert renew(client, second["refresh_token"])[0] == 200


def test_revocation(client: Client) -> None:
    tokens = redeem(client, choose(client, "admin")["code"])[1]
    assert client.post(f"{OIDC}/revoke", data={"token": tokens["refresh_token"]}).status_code == 200
    assert renew(client, tokens["refresh_token"])[0] == 400


def test_session(client: Client) -> None:
    """Who has signed in once is not asked again, until the sign-out, or unless the client wants it."""
    choose(client, "admin")
    assert "code" in sent_back(get(client))
    assert get(client, prompt="login").status_code == 200
    back = client.get(f"{OIDC}/logout?post_logout_redirect_uri={CONSOLE}&state=s", base_url=CONSOLE)
    assert back.headers["location"] == f"{CONSOLE}?state=s"
    assert get(client).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://127.0.0.1:8080/elsewhere"},
        {"redirect_uri": "http://127.0.0.1:9999/"},
        {"redirect_uri": "http://127.0.0.1:8080@evil.example/"},
        {"client_id": "another"},
    ],
)
def test_not_registered(client: Client, changes: dict[str, str]) -> None:
    """Nothing is sent to an address that is not registered."""
    answer = get(client, **changes)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_other_address_at_logout(client: Client) -> None:
    answer = client.get(f"{OIDC}/logout?post_logout_redirect_uri=https://evil.example/", base_url=CONSOLE)
    assert (answer.status_code, "location" in answer.headers) == (200, False)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "email"}, "invalid_scope"),
    ],
)
def test_wrong_request(client: Client, changes: dict[str, str], error: str) -> None:
    """The client is told what it does wrong."""
    assert sent_back(get(client, **changes))["error"] == error


def test_unknown_grant(client: Client) -> None:
    assert exchange(client, grant_type="password") == (400, {"error": "unsupported_grant_type"})

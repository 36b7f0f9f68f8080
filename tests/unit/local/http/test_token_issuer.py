"""The tokens of the local users. The authorizer verifies them with keys that it fetches over HTTP."""

import json
import uuid
from collections.abc import Iterator

import jwt
import pytest
from werkzeug import Request, Response

from local.http.authorizer import JwtAuthorizer, Unauthorized
from local.http.server import HttpServer
from local.http.token_issuer import AUDIENCE, USERS, TokenIssuer, user_id


class Issuer:
    """A token issuer with its two documents on a port of this machine."""

    def __init__(self) -> None:
        self._server = HttpServer(self._answer, 0)
        self.tokens = TokenIssuer(f"{self._server.url}/local/oidc")
        self.asked: list[str] = []
        self.stop = self._server.stop

    def token(self, user: str = "agent", audience: str = AUDIENCE) -> str:
        return self.tokens.token(
            user, groups_claim="cognito:groups", default_service_group="default", audience=audience
        )

    def _answer(self, environ, start_response):  # type: ignore[no-untyped-def]  # WSGI's types exist for checkers only
        path = Request(environ).path
        self.asked.append(path)
        documents = {
            "/local/oidc/.well-known/openid-configuration": self.tokens.discovery_document(),
            "/local/oidc/jwks.json": self.tokens.key_set(),
        }
        return Response(json.dumps(documents[path]))(environ, start_response)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.stop()


@pytest.fixture
def authorizer(issuer: Issuer) -> JwtAuthorizer:
    return JwtAuthorizer(issuer.tokens.issuer, (AUDIENCE,))


@pytest.mark.parametrize(
    ("user", "groups"),
    [
        ("agent", "[agent group.default]"),
        ("other-agent", "[agent group.other]"),
        ("admin", "[agent admin group.default]"),
        ("nobody", None),
    ],
)
def test_groups(issuer: Issuer, authorizer: JwtAuthorizer, user: str, groups: str | None) -> None:
    """Each user has the groups that the documentation lists."""
    assert authorizer.authorize(f"Bearer {issuer.token(user)}").get("cognito:groups") == groups


@pytest.mark.parametrize("user", USERS)
def test_as_cognito(issuer: Issuer, authorizer: JwtAuthorizer, user: str) -> None:
    """An access token holds no name, email address or audience, and the user name is a UUID."""
    claims = authorizer.authorize(issuer.token(user))

    assert set(claims) - {"cognito:groups"} == {
        "sub", "iss", "version", "client_id", "origin_jti", "token_use", "scope", "auth_time", "exp", "iat", "jti",
        "username",
    }  # fmt: skip
    assert claims["sub"] == claims["username"] == str(uuid.UUID(claims["sub"])) == user_id(user)
    assert claims["token_use"] == "access"
    assert claims["exp"].isdigit()


def test_claims_as_text(issuer: Issuer, authorizer: JwtAuthorizer) -> None:
    """As API Gateway hands them over: arrays in brackets without commas, numbers and objects as JSON, no null."""
    given = {"a": ["HR admin", "b"], "n": 7, "yes": True, "no": False, "nothing": None, "o": {"x": [1, None]}, "e": []}
    claims = authorizer.authorize(_signed(issuer, {"aud": ["x", AUDIENCE]} | given))

    assert claims == {
        "iss": issuer.tokens.issuer, "exp": "9000000000", "aud": f"[x {AUDIENCE}]", "a": "[HR admin b]", "n": "7",
        "yes": "true", "no": "false", "o": '{"x":[1,null]}', "e": "[]",
    }  # fmt: skip


def test_odd_audience(issuer: Issuer, authorizer: JwtAuthorizer) -> None:
    for audience in ([{"a": "b"}], [[AUDIENCE]], {"aud": AUDIENCE}, 7):
        with pytest.raises(Unauthorized):
            authorizer.authorize(_signed(issuer, {"aud": audience}))


def test_claim_and_default_group(issuer: Issuer, authorizer: JwtAuthorizer) -> None:
    """The claim and the default group follow the parameters."""
    token = issuer.tokens.token("agent", groups_claim="roles", default_service_group="hr-1")

    claims = authorizer.authorize(token)  # without "Bearer", which API Gateway takes too

    assert claims["roles"] == "[agent group.hr-1]"
    assert "cognito:groups" not in claims


def test_keys_are_cached(issuer: Issuer, authorizer: JwtAuthorizer) -> None:
    """The keys are fetched once."""
    for _ in range(3):
        authorizer.authorize(f"bearer {issuer.token()}")

    assert issuer.asked == ["/local/oidc/.well-known/openid-configuration", "/local/oidc/jwks.json"]


def test_malformed_tokens(issuer: Issuer, authorizer: JwtAuthorizer) -> None:
    """Missing and malformed tokens are refused."""
    header, payload, signature = issuer.token().split(".")
    for value in (
        None,
        "",
        "Bearer ",
        "Bearer x",
        f"Bearer {header}.{payload}.",
        f"Bearer {header}.{payload}.{'A' * 342}",
        "Basic YTpi",
    ):
        with pytest.raises(Unauthorized):
            authorizer.authorize(value)
    assert authorizer.authorize(f"Bearer {header}.{payload}.{signature}")


def test_other_audience(issuer: Issuer, authorizer: JwtAuthorizer) -> None:
    with pytest.raises(Unauthorized, match="audience"):
        authorizer.authorize(issuer.token(audience="somebody-else"))


def test_client_id(issuer: Issuer, authorizer: JwtAuthorizer) -> None:
    """The client id counts only if there is no audience."""
    assert authorizer.authorize(_signed(issuer, {"client_id": AUDIENCE}))["client_id"] == AUDIENCE
    with pytest.raises(Unauthorized, match="audience"):
        authorizer.authorize(_signed(issuer, {"client_id": AUDIENCE, "aud": "somebody-else"}))
    with pytest.raises(Unauthorized, match="audience"):
        authorizer.authorize(_signed(issuer, {}))


@pytest.mark.parametrize(
    "claims",
    [{"exp": 1_600_000_000}, {"nbf": 9_000_000_000}, {"iat": 9_000_000_000}, {"iss": "https://elsewhere.example"}],
)
def test_wrong_time_or_issuer(issuer: Issuer, authorizer: JwtAuthorizer, claims: dict[str, object]) -> None:
    """Expired, future and foreign tokens are refused."""
    with pytest.raises(Unauthorized):
        authorizer.authorize(_signed(issuer, {"aud": AUDIENCE} | claims))


def test_other_key(issuer: Issuer, authorizer: JwtAuthorizer) -> None:
    stranger = TokenIssuer(issuer.tokens.issuer)

    with pytest.raises(Unauthorized, match="Signature"):
        authorizer.authorize(stranger.token("admin", groups_claim="g", default_service_group="default"))


@pytest.mark.parametrize(
    ("algorithm", "key"), [("HS256", "a secret that both sides know, or so it is said"), ("none", "")]
)
def test_algorithm(issuer: Issuer, authorizer: JwtAuthorizer, algorithm: str, key: str) -> None:
    """Only RSA signatures are accepted."""
    claims = {"iss": issuer.tokens.issuer, "aud": AUDIENCE, "exp": 9_000_000_000}
    forged = jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "local"})

    with pytest.raises(Unauthorized, match="InvalidAlgorithm"):
        authorizer.authorize(forged)


def test_silent_issuer(issuer: Issuer) -> None:
    """If the issuer does not answer, every token is refused."""
    authorizer = JwtAuthorizer("http://127.0.0.1:1", (AUDIENCE,))

    with pytest.raises(Unauthorized, match="cannot be read"):
        authorizer.authorize(issuer.token())


def _signed(issuer: Issuer, claims: dict[str, object]) -> str:
    """A token signed with the issuer's key. It has these claims, and by default an issuer and an expiry."""
    whole = {"iss": issuer.tokens.issuer, "exp": 9_000_000_000} | claims
    return jwt.encode(whole, issuer.tokens._key, algorithm="RS256", headers={"kid": "local"})

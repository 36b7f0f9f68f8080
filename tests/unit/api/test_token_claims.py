"""The claims of a token that the authorizer has verified."""

import base64

import pytest
from email_channels.api.token_claims import token_claims

from local.http.authorizer import passed_on
from tests.support.tokens import token

CLAIMS = {"iss": "https://issuer.example", "sub": "1", "cognito:groups": ["HR admin", "agent"], "exp": 7}
WITHOUT_ARRAYS = {"iss": "https://issuer.example", "sub": "1", "exp": "7"}
TOKEN = token(CLAIMS)


@pytest.mark.parametrize("authorization", [f"Bearer {TOKEN}", f"bearer  {TOKEN} ", TOKEN])
def test_arrays(authorization: str) -> None:
    """A blank in the name of a group does not make two groups of it."""
    assert passed_on(CLAIMS)["cognito:groups"] == "[HR admin agent]"
    assert token_claims(passed_on(CLAIMS), authorization) == CLAIMS


OTHER = token({**CLAIMS, "cognito:groups": ["HR", "admin", "agent"]})


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer x",
        "Bearer a.b.c",
        f"Basic {TOKEN}",
        # repeated headers, as API Gateway joins them
        f"Bearer {TOKEN},Bearer {OTHER}",
        f"Bearer {OTHER}, Bearer {TOKEN}",
        f"{OTHER}.{TOKEN}",
        # another token than the one that was verified
        token({**CLAIMS, "sub": "2"}),
        token({**CLAIMS, "iss": "https://elsewhere.example"}),
        # payloads that are no claims
        f"a.{base64.urlsafe_b64encode(b'[]').decode()}.c",
        f"a.{base64.urlsafe_b64encode(b'[' * 100_000).decode()}.c",
        "a.____.c",
        "a.\u0661\u0661\u0661\u0661.c",
    ],
)
def test_no_such_token(authorization: str) -> None:
    """Without the verified token, no text in brackets counts: it might have been an array."""
    assert token_claims(passed_on(CLAIMS), authorization) == WITHOUT_ARRAYS


@pytest.mark.parametrize("sub", [{}, {"sub": ""}])
def test_nameless_token(sub: dict[str, str]) -> None:
    """A token that does not say whose it is cannot be told from another one."""
    claims = {name: value for name, value in CLAIMS.items() if name != "sub"} | sub
    expected = {name: value for name, value in WITHOUT_ARRAYS.items() if name != "sub"} | sub
    assert token_claims(passed_on(claims), token(claims)) == expected


def test_texts_without_token() -> None:
    assert token_claims({"sub": "1", "groups": "agent,group.a"}, "") == {"sub": "1", "groups": "agent,group.a"}

"""The local token issuer. In AWS, it is Cognito or the client's own identity provider.

It signs with RS256, as the JWT authorizer of an HTTP API requires. The key is generated at each start and never leaves
the process. The discovery document and the key set are under ``/local/oidc`` (OpenID Connect Discovery 1.0).

The tokens are like the access tokens of a Cognito user pool whose users sign in with their email addresses:
``username`` is a UUID, no claim holds a name or an email address, and ``client_id`` is set instead of ``aud``. A user
who is in no group has no groups claim.
"""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER_PATH = "/local/oidc"
AUDIENCE = "email-channels-local"
LIFETIME = 12 * 3600
"""Seconds for which a token is valid: a working day, so that a copied token does not expire too soon."""
SESSION_LIFETIME = 3600
"""Seconds for which a token of the console is valid, as in Cognito. The console renews it."""

_KEY_ID = "local"


@dataclass(frozen=True)
class LocalUser:
    """A user who can get a token. ``other_groups`` are service groups other than the default one."""

    name: str
    roles: tuple[str, ...]
    about: str
    in_default_group: bool = False
    other_groups: tuple[str, ...] = ()

    def groups(self, default_service_group: str) -> list[str]:
        """What the groups claim holds: the roles, and ``group.<id>`` for each service group."""
        service_groups = ([default_service_group] if self.in_default_group else []) + list(self.other_groups)
        return [*self.roles, *(f"group.{group}" for group in service_groups)]


USERS: Mapping[str, LocalUser] = {
    "agent": LocalUser(
        "Alex Agent", ("agent",), "works with the cases of the default service group", in_default_group=True
    ),
    "other-agent": LocalUser(
        "Olive Other", ("agent",), "works with the cases of the service group other", other_groups=("other",)
    ),
    "admin": LocalUser("Ada Admin", ("agent", "admin"), "sees and configures everything", in_default_group=True),
    "nobody": LocalUser("Noah Nobody", (), "has no role, and may do nothing"),
}


def user_id(user: str) -> str:
    """The UUID of one of ``USERS``. It is the same at each start, so that saved data keeps its users."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"email-channels:/local/users/{user}"))


class TokenIssuer:
    """Issues tokens for the local users, and publishes the keys that verify them.

    ``issuer`` is the URL under which the discovery document is served, without a slash at its end.
    """

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def token(
        self,
        user: str,
        *,
        groups_claim: str,
        default_service_group: str,
        audience: str = AUDIENCE,
        lifetime: int = LIFETIME,
        named: bool = False,
    ) -> str:
        """An access token for one of ``USERS``. Raises KeyError for another user.

        With ``named``, it holds the user's name, as access tokens of many issuers do, but not those of Cognito.

        ``groups_claim`` is the name of the claim that holds the user's roles and service groups.
        """
        now = int(time.time())
        claims: dict[str, Any] = {
            "sub": user_id(user),
            "iss": self.issuer,
            "version": 2,
            "client_id": audience,
            "origin_jti": str(uuid.uuid4()),
            "token_use": "access",
            "scope": "openid profile email",
            "auth_time": now,
            "exp": now + lifetime,
            "iat": now,
            "jti": str(uuid.uuid4()),
            "username": user_id(user),
        }
        if named:
            claims["name"] = USERS[user].name
        return self._signed(claims, groups_claim, USERS[user].groups(default_service_group))

    def id_token(
        self, user: str, client_id: str, nonce: str | None, *, groups_claim: str, default_service_group: str
    ) -> str:
        """An ID token: it says who has signed in, and is for the client."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "sub": user_id(user),
            "iss": self.issuer,
            "aud": client_id,
            "token_use": "id",
            "auth_time": now,
            "exp": now + SESSION_LIFETIME,
            "iat": now,
            "jti": str(uuid.uuid4()),
            "name": USERS[user].name,
            "email": f"{user}@acme.example",
        }
        if nonce is not None:
            claims["nonce"] = nonce
        return self._signed(claims, groups_claim, USERS[user].groups(default_service_group))

    def _signed(self, claims: dict[str, Any], groups_claim: str, groups: list[str]) -> str:
        if groups:
            claims[groups_claim] = groups
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": _KEY_ID})

    def discovery_document(self) -> dict[str, Any]:
        """The answer of ``/.well-known/openid-configuration``."""
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks.json",
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "revocation_endpoint": f"{self.issuer}/revoke",
            "end_session_endpoint": f"{self.issuer}/logout",
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": ["openid", "profile", "email"],
            "subject_types_supported": ["public"],
        }

    def key_set(self) -> dict[str, Any]:
        """The JSON Web Key Set (RFC 7517, section 5) with the one public key."""
        key = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [key | {"kid": _KEY_ID, "use": "sig", "alg": "RS256"}]}

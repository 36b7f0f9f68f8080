"""Tokens of callers in tests of the handlers, as API Gateway hands them over.

The handlers do not verify signatures: the authorizer has done that. So these tokens have none that is valid.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from local.http.authorizer import passed_on

_HEADER: Final = {"alg": "RS256", "kid": "local"}


def token(claims: Mapping[str, object]) -> str:
    """A JSON Web Token with these claims."""
    return ".".join((_encoded(_HEADER), _encoded(claims), "c2lnbmF0dXJl"))


def with_token(event: dict[str, Any], claims: Mapping[str, object]) -> dict[str, Any]:
    """Adds a token with these claims to an event: the header, and the claims as the authorizer passes them on."""
    event.setdefault("headers", {})["authorization"] = f"Bearer {token(claims)}"
    event.setdefault("requestContext", {})["authorizer"] = {"jwt": {"claims": passed_on(claims), "scopes": None}}
    return event


def _encoded(document: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")

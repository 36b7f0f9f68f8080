"""The claims of the token that the authorizer has verified, with its arrays.

API Gateway's JWT authorizer verifies the token in the Authorization header and passes its claims on as text. It writes
an array as `[a b]`: a group named `HR admin` then looks like the two groups `HR` and `admin`. So the claims are read
from the token itself. Its signature needs no second check: no request gets here without the authorizer.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

_BEARER = "bearer "
_PARTS = 3
# Both are always text, so API Gateway passes them on unchanged.
_COMPARED = ("iss", "sub")


def token_claims(passed_on: Mapping[str, object], authorization: str) -> Mapping[str, object]:
    """The claims of a verified token.

    `passed_on` are the claims as the authorizer wrote them, `authorization` is the value of the header that it
    verified. If the header does not hold exactly this token, the result is what was passed on, without the texts in
    brackets: they might be arrays. Never raises.
    """
    payload = _payload(authorization)
    same = payload is not None and all(passed_on.get(name) == payload.get(name) for name in _COMPARED)
    # A token that names nobody cannot be told from another one of its issuer.
    if payload is None or not same or not payload.get("sub"):
        return {
            name: value for name, value in passed_on.items() if not (isinstance(value, str) and value.startswith("["))
        }
    return payload


def _payload(authorization: str) -> dict[str, object] | None:
    """The payload of one JSON Web Token (RFC 7519, section 3), with or without "Bearer"; None for anything else.

    API Gateway joins repeated headers with commas. No part of a token holds one, so two tokens are never taken for one.
    """
    token = authorization.strip()
    if token[: len(_BEARER)].lower() == _BEARER:
        token = token[len(_BEARER) :].strip()
    parts = token.split(".")
    if len(parts) != _PARTS or not token.isascii() or not all(_is_base64url(part) for part in parts):
        return None
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def _is_base64url(text: str) -> bool:
    return text.replace("-", "").replace("_", "").isalnum()

"""Idempotency-Key: a header by which a client can safely repeat a request (draft-ietf-httpapi-idempotency-key-header).

A key is remembered for a day, with a hash of its request. The same request then gets the first outcome, and another
request with the same key is refused.
"""

from __future__ import annotations

import hashlib
import json

from email_channels.cases.outgoing import CONTROL
from email_channels.errors import FieldError, Invalid

MAX_KEY_CHARACTERS = 255
"""The most characters of an Idempotency-Key."""

_HEADER = "Idempotency-Key"


def read_key(header: str | None) -> str:
    """The Idempotency-Key of a request; raises Invalid if it is missing or malformed."""
    key = (header or "").strip()
    if _is_key(key):
        return key
    message = f"is required: 1 to {MAX_KEY_CHARACTERS} characters, a new one for each email"
    raise Invalid((FieldError(_HEADER, message),))


def optional_key(header: str | None) -> str | None:
    """The Idempotency-Key of a request, None if it has none. Raises Invalid if it is malformed."""
    if header is None:
        return None
    key = header.strip()
    if _is_key(key):
        return key
    raise Invalid((FieldError(_HEADER, f"must have 1 to {MAX_KEY_CHARACTERS} characters, without control characters"),))


def request_hash(document: object) -> str:
    """A hash of the request: equal for equal requests, however their JSON is written."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _is_key(key: str) -> bool:
    return 0 < len(key) <= MAX_KEY_CHARACTERS and not CONTROL.search(key)

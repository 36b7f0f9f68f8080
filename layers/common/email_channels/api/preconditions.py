"""ETags of what admins configure, and conditional requests (RFC 9110, section 13).

An ETag is a hash of what is configured, so it changes exactly when that changes. It needs no stored version: the first
mailbox and the default service group of a deployment have one, too, although they are not stored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from email_channels.api.requests import Response
from email_channels.errors import PreconditionFailed
from email_channels.expressions import expression

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_CHARACTERS = 24
# A strong ETag (RFC 9110, section 8.8.3). If-Match compares no others (section 13.1.1).
_ETAG = expression(r'"[^"]*"')
_NO_ETAG = "If-Match must be an ETag as a response had it, with its double quotes and without W/, or *."
_GONE = "This does not exist, but If-Match requires that it does."
_EXISTS = "This exists already, but If-None-Match requires that it does not."


def etag_of(value: DataclassInstance) -> str:
    """The ETag of a configured thing, with its quotes."""
    document = {field.name: getattr(value, field.name) for field in fields(value)}
    text = json.dumps(document, sort_keys=True).encode()
    return f'"{hashlib.sha256(text).hexdigest()[:_CHARACTERS]}"'


def require_match(headers: Mapping[str, str], current: DataclassInstance | None) -> None:
    """Raises PreconditionFailed if If-Match or If-None-Match forbids to change `current` (None: there is nothing).

    `headers` have lower-case names. A header that is missing or empty forbids nothing. `*` stands for any ETag. What is
    not a strong ETag matches none.
    """
    etag = etag_of(current) if current is not None else None
    if_match = headers.get("if-match", "")
    if _etags(if_match) and not matches(if_match, etag):
        raise PreconditionFailed(_GONE) if etag is None else stale(if_match)
    if matches(headers.get("if-none-match", ""), etag):
        raise PreconditionFailed(_EXISTS)


def matches(header: str, etag: str | None) -> bool:
    """Whether the value of If-Match or If-None-Match names this ETag (None: there is nothing), or is `*`."""
    return etag is not None and not _etags(header).isdisjoint({"*", etag})


def unless_known(headers: Mapping[str, str], response: Response) -> Response:
    """A response to GET with its ETag, or 304 if If-None-Match says that the client has it.

    The ETag is a hash of the body, so it changes exactly when the body does. Weak and strong tags are compared alike
    (RFC 9110, section 13.1.2).
    """
    etag = f'"{hashlib.sha256((response.body or "").encode()).hexdigest()[:_CHARACTERS]}"'
    if matches(headers.get("if-none-match", "").replace("W/", ""), etag):
        return Response(HTTPStatus.NOT_MODIFIED, headers={"etag": etag})
    return replace(response, headers={**response.headers, "etag": etag})


def stale(if_match: str, what: str = "This") -> PreconditionFailed:
    """The refusal of a value of If-Match that names no current ETag of `what`."""
    if any(_ETAG.fullmatch(tag) for tag in _etags(if_match)):
        return PreconditionFailed(f"{what} has changed since you read it. Read it again.")
    return PreconditionFailed(_NO_ETAG)


def _etags(header: str) -> frozenset[str]:
    return frozenset(tag.strip() for tag in header.split(",")) - {""}

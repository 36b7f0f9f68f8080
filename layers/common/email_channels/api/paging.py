"""Pages of lists: `limit`, `cursor`, and responses that fit into what Lambda may return.

A cursor names the place after which the next page begins. It is opaque to clients, and bound to the list and its
filters: with another list or other filters it is refused. It grants no access: a forged cursor only moves the place in
a list that the caller may read anyway.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from email_channels.api.requests import MAX_BODY_BYTES, Response, dump
from email_channels.errors import BadRequest, FieldError, Invalid
from email_channels.values import dataclass

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
# A sort key of DynamoDB has at most 1,024 bytes, prefixes included.
MAX_PLACE_BYTES = 1000
# Kept free for the rest of the response, around the items.
_ENVELOPE_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Paging:
    """The requested page of a list: at most `limit` items after `place` (None: from the beginning).

    `binding` is a hash of the list and its filters, to which cursors are bound.
    """

    limit: int
    place: str | None
    binding: str


def paging_of(
    query: Mapping[str, str], path: str, filters: Iterable[str] = (), wrong: Sequence[FieldError] = ()
) -> Paging:
    """The page that a request asks for; `filters` are the names of the list's filters.

    Raises Invalid for what is `wrong` with the filters and for a limit outside 1 to 200, and BadRequest for a cursor
    that does not belong to this list.
    """
    limit = query.get("limit", "") or str(DEFAULT_LIMIT)
    if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= MAX_LIMIT:
        wrong = [*wrong, FieldError("limit", f"must be a whole number from 1 to {MAX_LIMIT}")]
    if wrong:
        raise Invalid(tuple(wrong))
    chosen = [(name, query.get(name, "")) for name in sorted(filters)]
    binding = hashlib.sha256(json.dumps([path, chosen]).encode()).hexdigest()[:16]
    cursor = query.get("cursor")
    return Paging(int(limit), _read(cursor, binding) if cursor else None, binding)


def page_response(paging: Paging, items: Iterable[tuple[object, str]], more: str | None) -> Response:
    """A page as a response. `items` are pairs of a document and its place.

    `more` is the place after which the list continues, or None at the end of the list.

    A page that would be too large for one response ends early, and its cursor continues from there.
    """
    taken: list[str] = []
    size = _ENVELOPE_BYTES
    last: str | None = None
    for document, place in items:
        text = dump(document)
        size += len(text.encode("utf-8", "replace")) + 1
        if taken and size > MAX_BODY_BYTES:
            more = last
            break
        taken.append(text)
        last = place
    cursor = "null" if more is None else dump(_cursor(more, paging.binding))
    return Response(200, f'{{"items":[{",".join(taken)}],"next_cursor":{cursor}}}')


def _cursor(place: str, binding: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([binding, place]).encode()).decode().rstrip("=")


def _read(cursor: str, binding: str) -> str:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        bound_to, place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if bound_to == binding and isinstance(place, str) and 0 < len(place.encode()) <= MAX_PLACE_BYTES:
            return place
    except (binascii.Error, ValueError, TypeError, RecursionError):
        pass
    raise BadRequest("The cursor does not belong to this list with these filters.")

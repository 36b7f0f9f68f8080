"""The parameters of a query: every route takes exactly those that the OpenAPI document lists for it.

A filter that is misspelt would otherwise be ignored, and the answer would be a list of everything.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from email_channels.api.requests import Request
from email_channels.api.validation import MAX_ERRORS, field_name, openapi
from email_channels.errors import FieldError, Invalid
from email_channels.expressions import expression
from email_channels.times import from_text

NO_TIME = "must be a time with a zone, such as 2026-11-23T18:43:36Z"

_RFC_3339 = expression(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def check_query(request: Request, path: str) -> None:
    """Raises Invalid for query parameters that this route does not have, and for those that occur more than once.

    `path` is the path of the route in the OpenAPI document. HEAD takes the parameters of GET.
    """
    if not request.query:
        return
    known = _known("get" if request.method == "HEAD" else request.method.lower(), path)
    are_known = ("Known parameters are " + ", ".join(known)) if known else "This route has no query parameters"
    errors = [
        *(
            FieldError(field_name([name]) if name else "query", f"is unknown. {are_known}")
            for name in request.query
            if name not in known
        ),
        *(FieldError(name, "must be given only once") for name in request.repeated if name in known),
    ]
    if errors:
        raise Invalid(tuple(errors[:MAX_ERRORS]))


def read_time(text: str) -> datetime | None:
    """The time of an RFC 3339 text, in UTC; None for any other text."""
    try:
        return from_text(text) if _RFC_3339.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None


def _known(method: str, path: str) -> list[str]:
    """The names of a route's query parameters, in the order of the document."""
    document = openapi()
    shared: dict[str, Any] = document["components"]["parameters"]
    listed = [
        shared[row["$ref"].rpartition("/")[2]] if "$ref" in row else row
        for row in document["paths"][path][method].get("parameters", ())
    ]
    return [row["name"] for row in listed if row["in"] == "query"]

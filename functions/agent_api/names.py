"""Checks of the names in paths, which the schema of the body does not cover."""

from __future__ import annotations

import re

from email_channels.api.validation import Body

# Control characters, line and paragraph separators, halves of surrogate pairs. Joiners are allowed as parts of words.
_NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def check_name(body: Body, field: str, name: str, most: int) -> None:
    """Refuses `field` if the name in the path is not a valid name, or the body holds another name."""
    if not 0 < len(name) <= most or name != name.strip() or _NO_NAME.search(name):
        body.refuse(field, f"must be one line of 1 to {most} characters, without spaces at its ends")
    check_same(body, field, name)


def check_same(body: Body, field: str, name: str) -> None:
    """Refuses `field` if the body holds another name than the path. The body may leave the name out."""
    if body.get(field) not in {None, name}:
        body.refuse(field, "must be the same as in the path")

"""Names in paths, which no schema of a body checks."""

from __future__ import annotations

import re

from email_channels.api.validation import Body

# Control characters, line and paragraph separators, halves of surrogate pairs. Joiners are parts of words and stay.
_NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def check_name(body: Body, field: str, name: str, most: int) -> None:
    """Refuses `field` if the path's name cannot be the name of something, or the body says another one."""
    if not 0 < len(name) <= most or name != name.strip() or _NO_NAME.search(name):
        body.refuse(field, f"must be one line of 1 to {most} characters, without blanks at its ends")
    check_same(body, field, name)


def check_same(body: Body, field: str, name: str) -> None:
    """Refuses `field` if the body says another name than the path. It need not say any."""
    if body.get(field) not in {None, name}:
        body.refuse(field, "must be that of the path")

"""Checks of the names in paths, which the schema of the body does not cover."""

from __future__ import annotations

from email_channels.api.validation import Body
from email_channels.cases.outgoing import CONTROL


def check_name(body: Body, field: str, name: str, most: int) -> None:
    """Refuses `field` if the name in the path is not valid, or differs from the name in the body.

    Joiners (U+200C, U+200D) are allowed, because words of some languages contain them.
    """
    if not 0 < len(name) <= most or name != name.strip() or CONTROL.search(name):
        body.refuse(field, f"must be one line of 1 to {most} characters, without spaces at its ends")
    check_same(body, field, name)


def check_same(body: Body, field: str, name: str) -> None:
    """Refuses `field` if the name in the body differs from the name in the path. The body may leave the name out."""
    if body.get(field) not in {None, name}:
        body.refuse(field, "must be the same as in the path")

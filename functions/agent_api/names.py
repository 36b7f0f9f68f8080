"""Names in paths, which no schema of a body checks."""

from __future__ import annotations

import re

from email_channels.errors import FieldError, Invalid

# Control characters, line and paragraph separators, halves of surrogate pairs. Joiners are parts of words and stay.
_NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def check_name(field: str, text: str, most: int, claimed: object = None) -> None:
    """Raises Invalid if a text cannot be the name of something, or the body claims another one than the path."""
    if not 0 < len(text) <= most or text != text.strip() or _NO_NAME.search(text):
        raise Invalid((FieldError(field, f"must be one line of 1 to {most} characters, without blanks at its ends"),))
    if claimed is not None and claimed != text:
        raise Invalid((FieldError(field, "must be that of the path"),))

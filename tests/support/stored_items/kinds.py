"""The kinds of stored items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from email_channels.aws.rows import keys

WORD: Final = "case_word"
"""The kind of the word of a case. Its item is nothing but its key."""


def kind(item: Mapping[str, Any]) -> str:
    """The kind of an item, which is DynamoDB's JSON; "" if nothing tells it."""
    if item["pk"]["S"].startswith(keys.CASE_WORDS):
        return WORD
    return str(item["kind"]["S"]) if "kind" in item else ""

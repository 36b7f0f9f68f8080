"""Writes and deletes items of words, which are made of nothing but their keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from email_channels.aws.retries import pause
from email_channels.aws.rows.keys import Key
from email_channels.aws.rows.table import Row, TableMeta
from email_channels.errors import Fault

# The most requests in one BatchWriteItem.
_WRITE_BATCH = 25
_MOST_ANSWERS = 6


def write_words(wanted: Sequence[Key]) -> None:
    """Writes items of words. A repeat changes nothing. Raises Fault if DynamoDB is too busy."""
    for start in range(0, len(wanted), _WRITE_BATCH):
        _write(_attributes(wanted[start : start + _WRITE_BATCH]), None)


def delete_words(unwanted: Sequence[Key]) -> None:
    """Deletes items of words. A repeat changes nothing. Raises Fault if DynamoDB is too busy."""
    for start in range(0, len(unwanted), _WRITE_BATCH):
        _write(None, _attributes(unwanted[start : start + _WRITE_BATCH]))


def _attributes(keys: Sequence[Key]) -> list[Any]:
    return [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys]


def _write(items: list[Any] | None, keys: list[Any] | None) -> None:
    for count in range(_MOST_ANSWERS):
        answer = Row._get_connection().batch_write_item(put_items=items, delete_items=keys)
        left: Iterable[Any] = answer.get("UnprocessedItems", {}).get(TableMeta.table_name, [])
        if not left:
            return
        items = [one["PutRequest"]["Item"] for one in left if "PutRequest" in one] or None
        keys = [one["DeleteRequest"]["Key"] for one in left if "DeleteRequest" in one] or None
        pause(count)
    raise Fault("DynamoDB leaves items of a BatchWriteItem unwritten")

"""The item of the key that seals places in cursors."""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute

from email_channels.aws.rows import keys
from email_channels.aws.rows.table import Row


class CursorKeyRow(Row, discriminator="cursor_key"):
    """The key that seals places in cursors (`api/sealed_places.py`): random bytes, which never change."""

    key = BinaryAttribute(legacy_encoding=False)


def cursor_key_row(key: bytes) -> CursorKeyRow:
    """The item of the key."""
    pk, sk = keys.cursor_key()
    return CursorKeyRow(pk=pk, sk=sk, key=key)

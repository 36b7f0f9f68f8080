"""The item of the key that seals places in cursors."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from email_channels.aws.rows import keys
from email_channels.aws.rows.table import Row


class CursorKeyRow(Row, discriminator="cursor_key"):
    """The key that seals places in cursors (`api/sealed_places.py`): random bytes, in hexadecimal. It never changes."""

    key = UnicodeAttribute()


def cursor_key_row(key: bytes) -> CursorKeyRow:
    """The item of the key."""
    pk, sk = keys.cursor_key()
    return CursorKeyRow(pk=pk, sk=sk, key=key.hex())


def cursor_key_of(row: CursorKeyRow) -> bytes:
    """The key of an item."""
    return bytes.fromhex(row.key)

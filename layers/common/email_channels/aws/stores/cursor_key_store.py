"""The key that seals places in cursors. The first process that needs it makes it."""

from __future__ import annotations

import secrets

from pynamodb.exceptions import PutError

from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import keys
from email_channels.aws.rows.cursor_key_rows import CursorKeyRow, cursor_key_of, cursor_key_row
from email_channels.aws.rows.table import Row, read_row

_KEY_BYTES = 32


class CursorKeyStore:
    """Reads the key once in a process. Raises PynamoDB's exceptions for AWS's faults."""

    def __init__(self) -> None:
        self._key: bytes | None = None
        self._missing = False

    @property
    def is_read(self) -> bool:
        """Whether this process has read the item of the key, even if there was none."""
        return self._key is not None or self._missing

    def keep(self, row: Row | None) -> None:
        """Keeps the key of an item that the caller read together with other items; None if there is no such item."""
        if isinstance(row, CursorKeyRow):
            self._key = cursor_key_of(row)
        self._missing = self._key is None

    def key(self) -> bytes:
        """The key. Makes it if there is none yet; of several processes that make one, the first wins."""
        if self._key is None and not self._missing:
            self.keep(read_row(keys.cursor_key(), CursorKeyRow))
        if self._key is None:
            made = secrets.token_bytes(_KEY_BYTES)
            try:
                cursor_key_row(made).save(condition=Row.pk.does_not_exist())
                self._key = made
            except PutError as error:
                if not condition_failed(error):
                    raise
                # Another process was first, or the SDK repeated this write after its answer was lost.
                self.keep(read_row(keys.cursor_key(), CursorKeyRow))
        assert self._key is not None
        return self._key

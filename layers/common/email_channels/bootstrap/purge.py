"""Builds the use case of the function `purge`, which deletes unprocessed emails that are due."""

from __future__ import annotations

from collections.abc import Callable

from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.bootstrap.process import mail_bucket, now, read_settings
from email_channels.followup.erasing import Erasure
from email_channels.followup.purge import Purge
from email_channels.settings import PurgeSettings

NEEDED_MILLISECONDS = 20_000
"""No further batch begins with less time left. A batch takes some seconds at most."""


def purge(milliseconds_left: Callable[[], int]) -> Purge:
    """One run. `milliseconds_left` returns how much time the invocation has left."""
    mail = mail_bucket(read_settings(PurgeSettings))
    finish_erasures = Erasure(mail, now).finish_all
    return Purge(PurgeStore(), mail, lambda: milliseconds_left() > NEEDED_MILLISECONDS, finish_erasures)

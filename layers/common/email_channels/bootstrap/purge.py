"""`purge`: unprocessed emails that are due are deleted."""

from __future__ import annotations

from collections.abc import Callable

from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.bootstrap.process import mail_bucket, read_settings
from email_channels.followup.purge import Purge
from email_channels.settings import PurgeSettings

NEEDED_MILLISECONDS = 20_000
"""Left of the function's time when it begins another batch, which takes some seconds at most."""


def purge(milliseconds_left: Callable[[], int]) -> Purge:
    """One run, in an invocation that has so much time left."""
    mail = mail_bucket(read_settings(PurgeSettings))
    return Purge(PurgeStore(), mail, lambda: milliseconds_left() > NEEDED_MILLISECONDS)

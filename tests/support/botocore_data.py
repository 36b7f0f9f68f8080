"""Lets all botocore sessions of this process share the models of services that they read.

Nearly every test makes new clients, and to read and decode the models takes most of the time of a new client. The
clients of one session share them, too.
"""

from typing import Any

from botocore import session

_read: dict[tuple[str, ...], dict[Any, Any]] = {}
"""What was read so far, by the folders in which a session looks."""


def share() -> None:
    """From now on, new sessions know what earlier ones have read. Loaders that a test makes itself do not."""
    of_sessions: Any = session
    create = of_sessions.create_loader

    def create_and_share(search_path: str | None = None) -> Any:
        loader = create(search_path)
        loader._cache = _read.setdefault(tuple(loader.search_paths), {})
        return loader

    of_sessions.create_loader = create_and_share

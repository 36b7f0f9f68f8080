"""Lets all botocore sessions of this process share the models of services that they read.

Nearly every test makes new clients, and to read and decode the models takes most of the time of a new client. botocore
changes no model after it was read: the clients of one session share theirs, too.
"""

from typing import Any

from botocore.loaders import Loader

_read: dict[tuple[str, ...], dict[Any, Any]] = {}
"""What was read so far, by the folders in which a session looks."""


def share() -> None:
    """From now on, new sessions know what earlier ones have read."""
    initialize: Any = Loader.__init__

    def initialize_and_share(loader: Any, *arguments: Any, **named: Any) -> None:
        initialize(loader, *arguments, **named)
        loader._cache = _read.setdefault(tuple(loader.search_paths), {})

    Loader.__init__ = initialize_and_share  # type: ignore[method-assign,assignment]  # a plain function

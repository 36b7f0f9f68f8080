"""An agent, as the API names them."""

from __future__ import annotations

from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who uses the API. `user` is the `sub` of their tokens, which never changes.

    `name` is what they were called when they did what it stands beside. It is only shown.
    """

    user: str
    name: str

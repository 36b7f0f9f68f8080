"""The signature that an agent puts below emails. The system only keeps it: clients insert it."""

from __future__ import annotations

from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as text and as HTML (sanitised; None if there is none)."""

    text: str
    html: str | None

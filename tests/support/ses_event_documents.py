"""SES's events as EventBridge delivers them: the documents in `tests/events`."""

import json
from functools import cache
from typing import Any

from tests.support.paths import EVENTS

ABOUT_ENTRIES = sorted(path.stem for path in EVENTS.glob("ses_*.json") if "notification" not in path.stem)


@cache
def stored(name: str) -> str:
    return (EVENTS / f"{name}.json").read_text(encoding="utf-8")


def event_document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(stored(name))
    return document


def delivered_to(address: str) -> dict[str, Any]:
    """The event of the delivery of an email that was sent to this address."""
    document: dict[str, Any] = json.loads(stored("ses_delivery").replace("zoe@acme.example", address))
    return document

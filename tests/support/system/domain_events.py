"""The published schemas of domain events (`docs/events/`), and what an event has that they do not allow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from tests.support.paths import ROOT

SCHEMAS = ROOT / "docs" / "events"


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """The schemas by detail type."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(SCHEMAS.glob("*.json"))}


def problems(event: Mapping[str, Any]) -> list[str]:
    """What is wrong with an event (`source`, `detail-type`, `detail`)."""
    schema = schemas().get(event["detail-type"])
    if schema is None:
        return [f"there is no schema of {event['detail-type']}"]
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(event)]

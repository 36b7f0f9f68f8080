"""Stored items of releases, in `tests/stored_items/<version>`: written once for each release, and read by tests.

One file for each scenario has the items as DynamoDB's JSON (bytes as base64) and the objects of the bucket that items
need. `values.json` has what the items meant to the code of the release, `model.json` is the model of that code, and
`outliving.json` has the properties of the template whose change would replace what holds data.
"""

from __future__ import annotations

import json
import tomllib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT
from tests.support.stored_items.model import Model, model_of
from tests.support.stored_items.outliving import fixed_properties
from tests.support.stored_items.scenarios import SCENARIOS, played
from tests.support.stored_items.values import values_of

FOLDER = ROOT / "tests" / "stored_items"


@dataclass(frozen=True)
class Stored:
    """What one scenario has stored: items as DynamoDB's JSON, and objects of the bucket by key."""

    items: list[dict[str, Any]]
    objects: Mapping[str, bytes]


def fresh_items() -> dict[str, Stored]:
    """What today's code stores, by scenario."""
    found = {}
    for scenario in SCENARIOS:
        with played(scenario) as simulation:
            items = [_from_text(_to_text(item)) for item in simulation.storage.items()]
            found[scenario.__name__] = Stored(items, simulation.storage.objects("bodies/"))
    return found


def fresh_model(stored: Mapping[str, Stored]) -> Model:
    """The model of today's code, as JSON has it."""
    made: Model = json.loads(json.dumps(model_of([item for one in stored.values() for item in one.items])))
    return made


def version() -> str:
    """The version of the project."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def releases() -> list[Path]:
    """The folders of all releases, the last release last."""
    return sorted(
        (one for one in FOLDER.iterdir() if one.is_dir()), key=lambda one: [int(part) for part in one.name.split(".")]
    )


def write_release(folder: Path, stored: Mapping[str, Stored]) -> None:
    """Writes the items of a release, their values and the model."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, one in stored.items():
        objects = {key: b64encode(content).decode() for key, content in one.objects.items()}
        _write(folder / f"{name}.json", {"items": [_to_text(item) for item in one.items], "objects": objects})
    _write(folder / "model.json", fresh_model(stored))
    _write(folder / "outliving.json", fixed_properties())
    write_values(folder)


def write_values(folder: Path) -> None:
    """Writes what the items of a release mean to today's code."""
    found = {name: values_of(one.items, one.objects) for name, one in read_release(folder).items()}
    _write(folder / "values.json", found)


def read_release(folder: Path) -> dict[str, Stored]:
    """What a release has stored, by scenario."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        if path.name not in {"model.json", "values.json", "outliving.json"}:
            document = json.loads(path.read_text("utf-8"))
            objects = {key: b64decode(content) for key, content in document["objects"].items()}
            found[path.stem] = Stored([_from_text(item) for item in document["items"]], objects)
    return found


def _write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")


def _to_text(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {kind: _text_of(kind, one) for kind, one in value.items()} for name, value in item.items()}


def _text_of(kind: str, content: Any) -> Any:
    if kind == "B":
        return b64encode(_bytes_of(content)).decode()
    if kind == "BS":
        return sorted(b64encode(_bytes_of(one)).decode() for one in content)
    return sorted(content) if kind in {"SS", "NS"} else content


def _bytes_of(content: Any) -> bytes:
    return content if isinstance(content, bytes) else b64decode(content)


def _from_text(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {
            kind: b64decode(one) if kind == "B" else [b64decode(part) for part in one] if kind == "BS" else one
            for kind, one in value.items()
        }
        for name, value in item.items()
    }

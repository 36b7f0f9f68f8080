"""The example emails: `tests/emails` has a folder for each kind; the `manifest.json` of a folder says what a person
would see.

`tests/emails/known` has the emails that are still misread; `known.json` names what is wrong.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.support.paths import EMAILS

KNOWN: Final = EMAILS / "known"


@cache
def manifests() -> dict[Path, dict[str, dict[str, Any]]]:
    """The manifest of each folder: what is expected of each mail, by its name (the file without `.eml`)."""
    return {path.parent: json.loads(path.read_text("utf-8")) for path in sorted(EMAILS.glob("*/manifest.json"))}


def expectations() -> dict[str, dict[str, Any]]:
    """What the manifests expect of all mails, by name. A name is used in one folder only."""
    return {name: expected for manifest in manifests().values() for name, expected in manifest.items()}


def mail(name: str) -> bytes:
    """The bytes of a mail, by the name that its manifest gives it."""
    folder = next(folder for folder, manifest in manifests().items() if name in manifest)
    return (folder / f"{name}.eml").read_bytes()


def all_mails() -> list[bytes]:
    """Every email that is read correctly, ordered by name, so that a seed of `make fuzz` always means the same."""
    return [path.read_bytes() for path in sorted(EMAILS.glob("*/*.eml"), key=_name) if path.parent != KNOWN]


def _name(path: Path) -> str:
    return path.name


def known_failures() -> dict[str, dict[str, Any]]:
    """For each mail that is misread: the `field`, the `expected` value, and the reason (`because`)."""
    failures: dict[str, dict[str, Any]] = json.loads((KNOWN / "known.json").read_text("utf-8"))
    return failures

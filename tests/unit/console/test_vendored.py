"""The vendored libraries are those that `vendor.json` names."""

import hashlib
import json
from typing import Any

from tests.support.paths import ROOT

VENDOR = ROOT / "console" / "vendor"


def manifest() -> dict[str, Any]:
    files: dict[str, Any] = json.loads((VENDOR / "vendor.json").read_text())["files"]
    return files


def test_checksums() -> None:
    """No file was changed by hand, and none is missing."""
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}
    assert there == {name: file["sha256"] for name, file in manifest().items()}


def test_versions() -> None:
    """Versions, licences and npm's checksums are those of the locked packages, and each licence is there."""
    lock = json.loads((ROOT / "tools" / "console" / "package-lock.json").read_text())["packages"]
    licences = (VENDOR / "LICENCES.txt").read_text()
    for file in manifest().values():
        for package in file["packages"]:
            locked = lock[f"node_modules/{package['name']}"]
            assert (package["version"], package["licence"], package["checksum"]) == (
                locked["version"],
                locked["license"],
                locked["integrity"],
            )
            assert f"{package['name']} {package['version']}\n" in licences


def test_types() -> None:
    """Each library has its types beside it."""
    assert {path.name.removesuffix(".d.ts") for path in VENDOR.glob("*.d.ts")} == {
        path.stem for path in VENDOR.glob("*.js")
    }

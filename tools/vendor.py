"""Writes the libraries of the console (`make vendor`): one file each in `console/vendor`, and `vendor.json`.

The versions are those of `tools/console/package.json`; npm has installed them in `.tools/console`. esbuild joins and
minifies the modules of a library. `vendor.json` names for each file its packages with version, licence and npm's
checksum, and the checksum of the result. `tests/unit/console/test_vendored.py` compares the files with it.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
VENDOR = ROOT / "console" / "vendor"
PACKAGES = ROOT / ".tools" / "console"


@dataclass(frozen=True, slots=True)
class Library:
    """One file of `console/vendor`: `entry` is the module that esbuild begins with, `types` the file of types."""

    name: str
    packages: tuple[str, ...]
    entry: str
    types: str


LIBRARIES = (
    Library(
        "ui",
        ("preact", "@preact/signals", "@preact/signals-core", "htm"),
        'export * from "preact"; export * from "preact/hooks"; export * from "@preact/signals";'
        'import { h } from "preact"; import htm from "htm"; export const html = htm.bind(h);',
        'export * from "preact";\nexport * from "preact/hooks";\nexport * from "@preact/signals";\n'
        'import type { VNode } from "preact";\n'
        "export declare function html(strings: TemplateStringsArray, ...values: unknown[]): VNode<any>;\n",
    ),
    Library(
        "oauth",
        ("oauth4webapi",),
        "export { allowInsecureRequests, authorizationCodeGrantRequest, calculatePKCECodeChallenge, "
        "generateRandomCodeVerifier, generateRandomNonce, generateRandomState, None, "
        "processAuthorizationCodeResponse, processRefreshTokenResponse, refreshTokenGrantRequest, "
        'validateAuthResponse } from "oauth4webapi";',
        'export * from "oauth4webapi";\n',
    ),
    Library(
        "squire",
        ("squire-rte",),
        'export { default } from "squire-rte";',
        'export { default } from "squire-rte";\n',
    ),
    Library(
        "purify",
        ("dompurify",),
        'export { default } from "dompurify";',
        'export { default } from "dompurify";\n',
    ),
)


def main() -> int:
    """Writes all files. Returns the exit status."""
    lock = json.loads((ROOT / "tools" / "console" / "package-lock.json").read_text())["packages"]
    VENDOR.mkdir(exist_ok=True)
    files: dict[str, Any] = {}
    for library in LIBRARIES:
        code = _bundle(library)
        (VENDOR / f"{library.name}.js").write_bytes(code)
        (VENDOR / f"{library.name}.d.ts").write_text(library.types)
        files[f"{library.name}.js"] = {
            "sha256": hashlib.sha256(code).hexdigest(),
            "bytes": len(code),
            "packages": [_package(lock, name) for name in library.packages],
        }
        print(f"console/vendor/{library.name}.js  {len(code)} bytes")
    names = sorted(name for library in LIBRARIES for name in library.packages)
    (VENDOR / "LICENCES.txt").write_text("\n".join(map(_licence, names)))
    (VENDOR / "vendor.json").write_text(json.dumps({"files": files}, indent=2) + "\n")
    return 0


def _bundle(library: Library) -> bytes:
    command = [str(PACKAGES / "node_modules" / ".bin" / "esbuild"), "--bundle", "--format=esm", "--minify"]
    command += ["--target=es2022", "--legal-comments=inline", "--log-level=warning"]
    done = subprocess.run(command, input=library.entry.encode(), cwd=PACKAGES, capture_output=True, check=False)
    if done.returncode:
        sys.exit(done.stderr.decode())
    return _notice(library).encode() + done.stdout


def _notice(library: Library) -> str:
    """The first lines of a file. The licences want to be named in each copy."""
    names = ", ".join(f"{name} {_manifest(name)['version']}" for name in library.packages)
    return f"/* {names}. Written by `make vendor`; versions, licences and checksums: vendor.json. */\n"


def _licence(name: str) -> str:
    files = sorted((PACKAGES / "node_modules" / name).glob("LICEN[CS]E*"))
    texts = "\n\n".join(file.read_text().strip() for file in files)
    return f"{name} {_manifest(name)['version']}\n\n{texts}\n"


def _package(lock: dict[str, Any], name: str) -> dict[str, str]:
    locked = lock[f"node_modules/{name}"]
    return {
        "name": name,
        "version": locked["version"],
        "licence": locked["license"],
        "checksum": locked["integrity"],
    }


def _manifest(name: str) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((PACKAGES / "node_modules" / name / "package.json").read_text())
    return manifest


if __name__ == "__main__":
    sys.exit(main())

"""Checks the result of `make build`: the size of the layer, the use of its bytecode, and the import of every module.

    python3.13 tools/check_build.py UV

The compiled modules in the layer are for Lambda's processor. This machine may have another one, so the packages with
compiled modules are installed for this machine, too, and imported from there. Everything else is imported from the
build. Prints one line for each check, and errors on stderr. The exit status is 1 if a check fails.
"""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "layers" / "common"))  # make runs this with an interpreter that has no packages

from sdk_data import OPERATIONS  # noqa: E402

BUILD = ROOT / ".aws-sam" / "build"
LAYER = BUILD / "CommonLayer" / "python"

LARGEST_LAYER = 10_000_000
"""Bytes, zipped."""

_HANDLER = """
import importlib, sys
assert callable(importlib.import_module(sys.argv[1]).handler), "no handler"
"""
_PACKAGE = """
import importlib, pkgutil, sys
import email_channels
for module in pkgutil.walk_packages(email_channels.__path__, "email_channels."):
    assert importlib.import_module(module.name).__file__.startswith(sys.argv[1]), module.name
"""
_CLIENTS = """
import botocore.loaders, botocore.session, json, sys
session = botocore.session.Session()
for service, operations in json.loads(sys.argv[2]).items():
    client = session.create_client(service, region_name="eu-west-1")
    assert sorted(client.meta.service_model.operation_names) == operations, service
with open(botocore.loaders.__cached__, "rb") as file:
    # PEP 552: bit 0 says that the bytecode is found by a hash, bit 1 that the hash is checked.
    assert file.read(8)[4:] == bytes([1, 0, 0, 0]), "not unchecked-hash bytecode"
assert botocore.loaders.__file__.startswith(sys.argv[1]), botocore.loaders.__file__
"""


def main() -> int:
    """Makes all checks. Returns the exit status."""
    size = zipped_size(LAYER)
    print(f"layer: {size / 1e6:.1f} MB zipped")
    wrong = [] if size <= LARGEST_LAYER else [f"the layer is larger than {LARGEST_LAYER / 1e6:.0f} MB"]
    with tempfile.TemporaryDirectory() as native:
        install_native(sys.argv[1], native)
        for what, path, code, arguments in checks():
            paths = os.pathsep.join([path, native, str(LAYER)])
            done = subprocess.run(
                [sys.executable, "-P", "-c", code, *arguments],
                env={**os.environ, "PYTHONPATH": paths, "AWS_REGION": "eu-west-1"},
                capture_output=True,
                text=True,
                check=False,
            )
            print(f"{what}: {'ok' if done.returncode == 0 else 'FAILED'}")
            if done.returncode != 0:
                wrong.append(f"{what}: {done.stderr.strip()}")
    for finding in wrong:
        print(finding, file=sys.stderr)
    return 1 if wrong else 0


def zipped_size(folder: Path) -> int:
    """The size of the folder as a zip file, in bytes."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in folder.rglob("*"):
                archive.write(path, path.relative_to(folder.parent))
        return file.tell()


def install_native(uv: str, target: str) -> None:
    """Installs, for this machine, the layer's packages that have compiled modules, in the same versions."""
    compiled = {path.relative_to(LAYER).parts[0].split(".")[0] for path in LAYER.rglob("*.so")}
    wanted = []
    for record in LAYER.glob("*.dist-info/RECORD"):
        tops = {line.split("/")[0].split(".")[0] for line in record.read_text().splitlines()}
        if tops & compiled:
            name, version = record.parent.name.removesuffix(".dist-info").rsplit("-", 1)
            wanted.append(f"{name}=={version}")
    command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", target, "--no-deps", *wanted]
    subprocess.run(command, check=True)


def checks() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """For each check: its name, the folder that Lambda would unpack, the program to run, and its arguments."""
    operations = json.dumps({service: sorted(names) for service, names in OPERATIONS.items()})
    yield "clients with the operations in use", str(LAYER), _CLIENTS, (str(LAYER), operations)
    yield "every module of the package", str(LAYER), _PACKAGE, (str(LAYER),)
    for app in sorted(BUILD.glob("*Function/functions/*/app.py")):
        yield app.parent.name, str(app.parents[2]), _HANDLER, (f"functions.{app.parent.name}.app",)


if __name__ == "__main__":
    sys.exit(main())

"""Builds the layer: the package and its dependencies, for Lambda's version of Python, small and fast to import.

    python3.13 build.py FOLDER

botocore's data is cut to what the functions call (`sdk_data`). The build writes bytecode, so it needs Lambda's version
of Python. It needs uv, too (named by the variable UV, or on PATH): uv downloads wheels for Lambda's processor on any
machine. `requirements.txt` lists the hash of every file.
"""

import compileall
import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

from sdk_data import cut_data

HERE = Path(__file__).resolve().parent

PYTHON = (3, 13)
PLATFORM = "aarch64-manylinux_2_34"
"""Amazon Linux 2023, which Lambda's Python 3.13 runs on, has glibc 2.34."""

UNUSED_FOLDERS = (
    "bin",
    "boto3/examples",
    "boto3/data",
    "jsonschema/benchmarks",
    "jsonschema/tests",
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/utilities/data_masking",
    "aws_lambda_powertools/utilities/feature_flags",
    "aws_lambda_powertools/utilities/idempotency",
    "aws_lambda_powertools/utilities/kafka",
    "aws_lambda_powertools/utilities/parameters",
    "aws_lambda_powertools/utilities/parser",
    "aws_lambda_powertools/utilities/streaming",
    "aws_lambda_powertools/utilities/validation",
)
"""Folders that the functions do not use: command lines, documentation, boto3's resources, tests, and most parts of
Powertools. `tools/check_build.py` checks that everything in the build can be imported without them."""

UNUSED_FILES = ("*.pyi", "py.typed", "*.c", "*.pxd", "*.pxi", ".lock")
"""Files that only type checkers and C compilers read, and lock files of the installation."""


def main() -> int:
    """Builds the layer in FOLDER/python. Returns the exit status: 1 without Python 3.13 or without uv."""
    if sys.version_info[:2] != PYTHON:
        wanted = f"{PYTHON[0]}.{PYTHON[1]}"
        print(f"Building the layer requires Python {wanted}. This is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        print("Building the layer requires uv, which is not on PATH. `make build` uses its own.", file=sys.stderr)
        return 1
    target = Path(sys.argv[1]) / "python"
    install(uv, target)
    shutil.copytree(
        HERE / "email_channels", target / "email_channels", ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )
    trim(target)
    compile_bytecode(target)
    return 0


def install(uv: str, target: Path) -> None:
    """Installs the packages of `requirements.txt`. Raises CalledProcessError if uv fails."""
    command = [uv, "pip", "install", "--quiet", "--target", str(target), "--no-deps", "--require-hashes"]
    # Copies: with links, the layer would share its files with uv's cache.
    command += ["--link-mode", "copy", "--only-binary", ":all:"]
    command += ["--python-platform", PLATFORM, "--python", sys.executable]
    subprocess.run([*command, "-r", str(HERE / "requirements.txt")], check=True)


def trim(target: Path) -> None:
    """Deletes what the functions do not use."""
    for name in UNUSED_FOLDERS:
        shutil.rmtree(target / name, ignore_errors=True)
    data = target / "botocore" / "data"
    cut_data(data, data.with_name("cut"))
    shutil.rmtree(data)
    data.with_name("cut").rename(data)
    for pattern in UNUSED_FILES:
        for path in list(target.rglob(pattern)):
            path.unlink()


def compile_bytecode(target: Path) -> None:
    """Writes bytecode for all modules, which halves the time of a cold start.

    Lambda cannot write it: the folder is read-only there. Python uses it unchecked (PEP 552), because the files have
    other times on Lambda than in the build.
    """
    compiled = compileall.compile_dir(
        target,
        quiet=1,
        stripdir=str(target),
        prependdir="/opt/python",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        raise SystemExit("The layer could not be compiled.")


if __name__ == "__main__":
    sys.exit(main())

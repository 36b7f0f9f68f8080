"""Builds the layer: the package and its dependencies, for Lambda's version of Python, small and fast to import.

    python3.13 build.py FOLDER

It writes bytecode, so it needs Lambda's version of Python. It needs uv, too (named by the variable UV, or on PATH): uv
downloads wheels for Lambda's processor on any machine. `requirements.txt` lists the hash of every file.
"""

import compileall
import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

PYTHON = (3, 13)
PLATFORM = "aarch64-manylinux_2_34"
"""Amazon Linux 2023, which Lambda's Python 3.13 runs on, has glibc 2.34."""

SERVICES = {"dynamodb", "s3", "secretsmanager", "sesv2", "sqs"}
"""Those whose API descriptions the functions need. botocore brings 400, which are nine tenths of its size."""

UNUSED_FOLDERS = ("bin", "boto3/examples", "boto3/data", "aws_lambda_powertools/event_handler/openapi/swagger_ui")
"""Command lines, documentation, boto3's resources and a web page, none of which the functions use."""

UNUSED_FILES = ("*.pyi", "py.typed", "*.c", "*.pxd", "*.pxi", ".lock")
"""What type checkers and C compilers read, and what the installation left."""


def main() -> int:
    if sys.version_info[:2] != PYTHON:
        print(f"The layer is built with Python {PYTHON[0]}.{PYTHON[1]}, not {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        print("The layer is built with uv, which is not on PATH. `make build` brings its own.", file=sys.stderr)
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
    command = [uv, "pip", "install", "--quiet", "--target", str(target), "--no-deps", "--require-hashes"]
    # Copies, as uv's cache would otherwise share its files with the layer.
    command += [
        "--link-mode",
        "copy",
        "--only-binary",
        ":all:",
        "--python-platform",
        PLATFORM,
        "--python",
        sys.executable,
    ]
    subprocess.run([*command, "-r", str(HERE / "requirements.txt")], check=True)


def trim(target: Path) -> None:
    for name in UNUSED_FOLDERS:
        shutil.rmtree(target / name, ignore_errors=True)
    for folder in (target / "botocore" / "data").iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)
    for pattern in UNUSED_FILES:
        for path in list(target.rglob(pattern)):
            path.unlink()


def compile_bytecode(target: Path) -> None:
    """Halves a cold start. Lambda's file times are not those of the build, so the bytecode is not to be checked against
    them, and the folder cannot be written to there."""
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

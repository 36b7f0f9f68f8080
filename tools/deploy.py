"""Deploys an environment of samconfig.toml, and puts it into service: `make deploy ENV=stage ARGS="..."`.

    python -m tools.deploy sam environment [Name=value ...] [option of `sam deploy` ...]

It is `sam deploy` with the parameters of the environment, those that are given here, and Release. Release stands for
what was built and for all these values: if one changes, the functions get a new version; if none does, nothing happens.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

CONFIGURATION = Path("samconfig.toml")
BUILD = Path(".aws-sam/build")

_PARAMETER = re.compile(r"([A-Za-z]\w*)=(.*)", re.DOTALL)


def main() -> None:
    sam, environment, *rest = sys.argv[1:]
    if not (BUILD / "template.yaml").is_file():
        sys.exit("Nothing is built yet. Run `make build` first.")
    configuration = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))
    try:
        command = deploy_command(sam, environment, rest, configuration, BUILD)
    except KeyError:
        sys.exit(f"{CONFIGURATION} has no environment {environment}.")
    os.execv(sam, command)


def deploy_command(
    sam: str, environment: str, arguments: Iterable[str], configuration: Mapping[str, Any], build: Path
) -> list[str]:
    """The command. Raises KeyError if there is no such environment."""
    values = dict(parameters_of(configuration[environment]["deploy"]["parameters"].get("parameter_overrides", [])))
    options = []
    for argument in arguments:
        found = None if argument.startswith("-") else _PARAMETER.fullmatch(argument)
        if found:
            values[found[1]] = found[2]
        else:
            options.append(argument)
    values["Release"] = release(build, values)
    # SAM splits a value at its blanks, unless it is quoted.
    overrides = [f'{name}="{_escaped(value)}"' for name, value in values.items()]
    return [sam, "deploy", "--config-env", environment, *options, "--parameter-overrides", *overrides]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def parameters_of(overrides: str | list[str]) -> Iterable[tuple[str, str]]:
    """Names and values of `parameter_overrides`: a list, or the text that `sam deploy --guided` saves."""
    for each in shlex.split(overrides) if isinstance(overrides, str) else overrides:
        name, _, value = each.partition("=")
        yield name, value


def release(build: Path, values: Mapping[str, str]) -> str:
    """A short text that is the same for the same build and the same values, and for no others."""
    digest = hashlib.sha256()
    for path in sorted(path for path in build.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(build)}\0{len(content)}\0".encode() + content)
    for name in sorted(values.keys() - {"Release"}):
        digest.update(f"{name}\0{values[name]}\0".encode())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    main()

"""The options of ``python -m local``."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from local.errors import UserError


@dataclass(frozen=True)
class Options:
    """The values of the options. A port of 0 means any free port. ``data`` is None if the state is not saved."""

    smtp_port: int
    smtps_port: int
    http_port: int
    parameters: dict[str, str]
    data: Path | None
    samples: bool
    json: bool
    strict: bool = False


def parse(arguments: Sequence[str]) -> Options:
    """Reads the options. Raises UserError, with one line, if they are wrong."""
    given = _parser().parse_args(arguments)
    return Options(
        smtp_port=given.smtp_port,
        smtps_port=given.smtps_port,
        http_port=given.http_port,
        parameters=dict(given.param),  # if a name is given twice, the last value counts, as for other options
        data=given.data,
        samples=not given.no_samples,
        json=given.json,
        strict=given.strict,
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        hint = " (--help lists all options)" if message.startswith("unrecognized") else ""
        raise UserError(message.removeprefix("argument ") + hint)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m local",
        usage='make run ARGS="[option ...]"',
        description="Runs the whole of Email Channels on this machine, until Ctrl-C.",
        allow_abbrev=False,
    )
    for name, default, what in (
        ("--smtp-port", 2525, "SMTP with STARTTLS"),
        ("--smtps-port", 2465, "SMTP with TLS from the start"),
        ("--http-port", 8080, "the API"),
    ):
        parser.add_argument(
            name,
            type=_port,
            default=default,
            metavar="N",
            help=f"the port for {what} (0: any free port; default {default})",
        )
    parser.add_argument(
        "--param",
        type=_parameter,
        action="append",
        default=[],
        metavar="Name=Value",
        help="sets a parameter of template.yaml; can be given more than once",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="saves the state in this folder on a clean exit, and loads it at the next start",
    )
    parser.add_argument("--no-samples", action="store_true", help="creates no sample mailboxes, employees and emails")
    parser.add_argument("--json", action="store_true", help="prints one line of JSON when ready, instead of text")
    parser.add_argument(
        "--strict",
        action="store_true",
        help="refuses the functions' calls that AWS would refuse: without permission, or beyond a limit of the service "
        "(without this option, such calls are reported on stderr)",
    )
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number (0 to 65535)")
    return int(text)


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} must have the form Name=Value")
    return name, value

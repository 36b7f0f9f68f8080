"""The options of ``python -m local``."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from local.errors import UserError


@dataclass(frozen=True)
class Options:
    """What was asked for. Ports are 0 for any free one; ``data`` is None where state lives in memory only."""

    smtp_port: int
    smtps_port: int
    http_port: int
    parameters: dict[str, str]
    data: Path | None
    samples: bool
    json: bool
    strict: bool = False


def parse(arguments: Sequence[str]) -> Options:
    """The options in ``arguments``; UserError with one line for what is wrong with them."""
    given = _parser().parse_args(arguments)
    return Options(
        smtp_port=given.smtp_port,
        smtps_port=given.smtps_port,
        http_port=given.http_port,
        parameters=dict(given.param),  # of one given twice, the last counts, as for other options
        data=given.data,
        samples=not given.no_samples,
        json=given.json,
        strict=given.strict,
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(message.removeprefix("argument "))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m local",
        description="Email Channels, whole, on this machine, until Ctrl-C.",
        allow_abbrev=False,
    )
    for name, default, what in (
        ("--smtp-port", 2525, "SMTP with STARTTLS"),
        ("--smtps-port", 2465, "SMTP with TLS from the start"),
        ("--http-port", 8080, "the API"),
    ):
        parser.add_argument(
            name, type=_port, default=default, metavar="N", help=f"port of {what} (0: any free one; default {default})"
        )
    parser.add_argument(
        "--param",
        type=_parameter,
        action="append",
        default=[],
        metavar="Name=Value",
        help="a parameter of template.yaml; may be given several times",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep the state there on a clean exit, and start from it the next time"
    )
    parser.add_argument("--no-samples", action="store_true", help="no demonstration mailboxes, employees and emails")
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready, and no other text")
    parser.add_argument(
        "--strict",
        action="store_true",
        help="refuse to the functions what AWS would: calls that their policies do not allow, or over a limit of a "
        "service (without it, such calls are told of on stderr)",
    )
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port (0 to 65535)")
    return int(text)


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form Name=Value")
    return name, value

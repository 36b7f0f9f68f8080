"""The options of ``python -m local``, and the error of one line for a wrong option."""

from pathlib import Path

import pytest

from local.command_line import Options, parse
from local.errors import UserError


def test_defaults() -> None:
    assert parse([]) == Options(
        smtp_port=2525, smtps_port=2465, http_port=8080, parameters={}, data=None, samples=True, json=False
    )


def test_options() -> None:
    arguments = [
        "--smtp-port",
        "0",
        "--smtps-port",
        "1",
        "--http-port",
        "65535",
        "--data",
        "state",
        "--no-samples",
        "--json",
    ]
    parameters = ["--param", "PurgeAfterDays=3", "--param=DefaultSubject=a = b, c", "--param", "TrustedSenders="]

    assert parse([*arguments, *parameters, "--json"]) == Options(
        smtp_port=0,
        smtps_port=1,
        http_port=65535,
        parameters={"PurgeAfterDays": "3", "DefaultSubject": "a = b, c", "TrustedSenders": ""},
        data=Path("state"),
        samples=False,
        json=True,
    )


def test_repeated_parameter() -> None:
    """The last value counts."""
    assert parse(["--param", "PurgeAfterDays=3", "--param", "PurgeAfterDays=4"]).parameters == {"PurgeAfterDays": "4"}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--http-port", "abc"], "--http-port: 'abc' is not a port number (0 to 65535)"),
        (["--smtp-port", "65536"], "--smtp-port: '65536' is not a port number (0 to 65535)"),
        (["--smtps-port", "-1"], "--smtps-port: '-1' is not a port number (0 to 65535)"),
        (["--smtp-port", "²"], "--smtp-port: '²' is not a port number (0 to 65535)"),
        (["--param", "PurgeAfterDays"], "--param: 'PurgeAfterDays' must have the form Name=Value"),
        (["--param", "=3"], "--param: '=3' must have the form Name=Value"),
        (["--param"], "--param: expected one argument"),
        (["--json=yes"], "--json: ignored explicit argument 'yes'"),
        (["--http", "1"], "unrecognized arguments: --http 1 (--help lists all options)"),
        (["surplus"], "unrecognized arguments: surplus (--help lists all options)"),
    ],
)
def test_wrong_option(arguments: list[str], line: str) -> None:
    """The error is one line."""
    with pytest.raises(UserError) as raised:
        parse(arguments)
    assert str(raised.value) == line


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The help names every option."""
    with pytest.raises(SystemExit) as raised:
        parse(["--help"])

    assert raised.value.code == 0
    text = capsys.readouterr().out
    for option in ("--smtp-port", "--smtps-port", "--http-port", "--param", "--data", "--no-samples", "--json"):
        assert option in text

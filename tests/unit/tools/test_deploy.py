"""`make deploy`: the parameters of an environment, and a Release that stands for build and values."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.template import source
from tools.deploy import deploy_command, parameters_of, release

CONFIGURATION: dict[str, Any] = {
    "stage": {
        "deploy": {"parameters": {"parameter_overrides": ["PurgeAfterDays=30", "AdHocFromName=Acme & Co = good"]}}
    }
}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    (tmp_path / "CommonLayer").mkdir()
    (tmp_path / "CommonLayer" / "app.py").write_text("1")
    (tmp_path / "template.yaml").write_text("Resources:")
    return tmp_path


def command(build: Path, *arguments: str) -> list[str]:
    return deploy_command("sam", "stage", arguments, CONFIGURATION, build)


def test_command(build: Path) -> None:
    """Values given by hand replace those of the file. Options go to `sam deploy`."""
    made = command(build, "PurgeAfterDays=31", "--no-execute-changeset", 'Contact=the "desk"')
    values = {"PurgeAfterDays": "31", "AdHocFromName": "Acme & Co = good", "Contact": 'the "desk"'}
    assert made == [
        *("sam", "deploy", "--config-env", "stage", "--no-execute-changeset", "--parameter-overrides"),
        *('PurgeAfterDays="31"', 'AdHocFromName="Acme & Co = good"', 'Contact="the \\"desk\\""'),
        f'Release="{release(build, values)}"',
    ]


def test_saved_by_sam() -> None:
    """`sam deploy --guided` saves its answers as one text, with quotes around each value."""
    saved = r'AllowedIpRanges="192.0.2.0/24, 198.51.100.0/24" Contact="the \"desk\"" AdHocFromName="" PurgeAfterDays=30'
    assert dict(parameters_of(saved)) == {
        "AllowedIpRanges": "192.0.2.0/24, 198.51.100.0/24",
        "Contact": 'the "desk"',
        "AdHocFromName": "",
        "PurgeAfterDays": "30",
    }


def test_release(build: Path) -> None:
    """It changes with each value and each file, and with nothing else."""
    first = release(build, {"A": "1", "B": "2"})
    assert first == release(build, {"B": "2", "A": "1", "Release": "old"})
    assert first != release(build, {"A": "1", "B": "3"})
    assert first != release(build, {"A": "1"})
    (build / "CommonLayer" / "app.cpython-313.pyc").write_bytes(b"compiled at another time")
    assert first == release(build, {"A": "1", "B": "2"})
    (build / "CommonLayer" / "app.py").write_text("2")
    assert first != release(build, {"A": "1", "B": "2"})


def test_unknown_environment(build: Path) -> None:
    with pytest.raises(KeyError):
        deploy_command("sam", "production", [], CONFIGURATION, build)


def test_environments() -> None:
    """Each environment of samconfig.toml names its stack and its tags, and only parameters that exist."""
    configuration = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    environments = set(configuration) - {"version"}
    assert environments == {"default", "dev", "stage", "prod"}
    for environment in environments - {"default"}:
        given = configuration[environment]["deploy"]["parameters"]
        assert given["stack_name"] == f"email-channels-{environment}"
        assert f"environment={environment}" in given["tags"]
        names = {name for name, _ in parameters_of(given["parameter_overrides"])}
        assert names <= set(source()["Parameters"]) - {"Release"}
    rollouts = {
        environment: dict(parameters_of(configuration[environment]["deploy"]["parameters"]["parameter_overrides"]))[
            "Rollout"
        ]
        for environment in environments - {"default"}
    }
    assert rollouts == {
        "dev": "AllAtOnce",
        "stage": "Canary10Percent15Minutes",
        "prod": "Canary10Percent15Minutes",
    }

"""``python -m local`` is started and ended."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.command_line import Options
from local.errors import UserError
from local.system import TEMPLATE, running

ROOT = TEMPLATE.parent
FREE_PORTS = ["--smtp-port", "0", "--smtps-port", "0", "--http-port", "0"]
PATIENCE = 180
"""Seconds that a busy machine may take for a start or an end."""


@contextmanager
def started(*arguments: str, temporary: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """The system in a process of its own, which is killed if it does not end."""
    environment = {**os.environ, **({"TMPDIR": str(temporary)} if temporary else {})}
    command = [sys.executable, "-m", "local", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(*arguments: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a start that must fail."""
    with started(*arguments) as process:
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out, err


def get(port: int, path: str) -> Any:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{port}{path}") as answer:
        return json.load(answer)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_ready_and_stopped(end: signal.Signals, tmp_path: Path) -> None:
    """The start prints one line of JSON, and a signal ends the system cleanly."""
    with started(*FREE_PORTS, "--json", "--no-samples", temporary=tmp_path) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())

        assert sorted(ready) == ["ca_file", "http_port", "ready", "smtp_port", "smtps_port"]
        assert ready["ready"] is True
        assert get(ready["http_port"], "/local/health") == {"status": "ok"}
        assert Path(ready["ca_file"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
        for port in (ready["smtp_port"], ready["smtps_port"]):
            socket.create_connection(("127.0.0.1", port), timeout=10).close()

        process.send_signal(end)
        rest, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, rest) == (0, ""), err
    assert list(tmp_path.glob("email-channels-*")) == []


def test_signal_during_start(tmp_path: Path) -> None:
    """A signal during the start ends the system, too."""
    with started(*FREE_PORTS, "--no-samples", temporary=tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "Email Channels is starting. This takes some seconds.\n"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, out) == (0, ""), err
    assert list(tmp_path.glob("email-channels-*")) == []


@pytest.mark.parametrize("option", ["--smtp-port", "--smtps-port", "--http-port"])
def test_port_in_use(option: str) -> None:
    """The error is one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        status, out, err = ended(*FREE_PORTS, "--json", option, str(port))

    assert (status, out) == (2, "")
    assert err == f"Port {port} is in use: choose another with {option}, or 0 for any free one.\n"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--param", "NoSuchThing=1"], "NoSuchThing"),
        (["--param", "PurgeAfterDays=0"], "PurgeAfterDays"),
        (["--param", "PurgeAfterDays=soon"], "PurgeAfterDays"),
        (["--param", "AllowedIpRanges=everybody"], "AllowedIpRanges"),
        (["--param", "CaseCreationRecipients="], "CaseCreationRecipients"),
        (["--param", "IdentifySender=user_id_in_body"], "TrustedSenders"),
        (["--param", "PurgeAfterDays"], "--param"),
        (["--smtp-port", "many"], "--smtp-port"),
        (["--data", "/dev/null/state"], "--data"),
        (["--what"], "--what"),
    ],
)
def test_wrong_arguments(arguments: list[str], name: str) -> None:
    """The error is one line."""
    status, out, err = ended(*FREE_PORTS, "--json", *arguments)

    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert name in line


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("Resources:\n", "Resources: [\n", "template .*template.yaml"),
        ("Resources:\n", "Resources:\n  Fleet: {Type: AWS::EC2::Fleet}\n", "Fleet: .* AWS::EC2::Fleet"),
        ("!GetAtt Key.Arn", "!GetAZs eu-west-1", "GetAZs"),
        ("      Auth:\n", "      CorsConfiguration: true\n      Auth:\n", "x-amazon-apigateway-cors"),
    ],
)
def test_broken_template(before: str, after: str, message: str, tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    sound = TEMPLATE.read_text()
    assert before in sound
    template.write_text(sound.replace(before, after))
    options = Options(0, 0, 0, parameters={}, data=None, samples=False, json=False)

    with pytest.raises(UserError, match=message), running(options, template):
        pytest.fail("it started")


def test_state(tmp_path: Path) -> None:
    """A clean exit keeps the state."""
    seen = []
    for _ in range(2):
        with started(*FREE_PORTS, "--json", "--no-samples", "--data", str(tmp_path)) as process:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            aws = get(ready["http_port"], "/local/aws")
            s3 = boto3.client(
                "s3",
                endpoint_url=aws["endpoint_url"],
                region_name=aws["region"],
                aws_access_key_id="any",
                aws_secret_access_key="any",
            )
            found = s3.list_objects_v2(Bucket=aws["bucket"], Prefix="uploads/").get("Contents", [])
            seen.append(([entry["Key"] for entry in found], Path(ready["ca_file"]).read_text()))
            s3.put_object(Bucket=aws["bucket"], Key="uploads/kept", Body=b"x")
            s3.close()
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)
            assert process.returncode == 0

    (first, first_authority), (second, second_authority) = seen
    assert (first, second) == ([], ["uploads/kept"])
    assert first_authority == second_authority


def test_state_in_use(tmp_path: Path) -> None:
    """A state directory belongs to one process."""
    with started(*FREE_PORTS, "--json", "--no-samples", "--data", str(tmp_path)) as process:
        assert process.stdout is not None
        process.stdout.readline()

        status, out, err = ended(*FREE_PORTS, "--json", "--data", str(tmp_path))

        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)

    assert (status, out) == (2, "")
    assert err == f"--data {tmp_path}: in use by another local stack\n"

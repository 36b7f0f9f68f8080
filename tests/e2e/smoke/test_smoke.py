"""`make smoke` on the local stack: it passes, and says what it does."""

import json
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from botocore.exceptions import ConnectionClosedError

from tests.support.paths import ROOT
from tests.support.system.smoke_program import STACK, SmokeProgram
from tools.smoke.checks import CHECKS
from tools.smoke.cleanup import Cleanup
from tools.smoke.command import main

pytestmark = pytest.mark.usefixtures("nothing_left")


def test_passes(smoke: SmokeProgram) -> None:
    """All checks pass. Nobody but the simulator gets an email, and nothing of the test is left."""
    with smoke.system.sending() as sent:
        outcome = smoke.run()
    assert outcome.states() == {check.name: "passed" for check in CHECKS}
    assert (outcome.status, outcome.document["passed"], outcome.document["left"]) == (0, True, [])
    assert [sorted(address.partition("+")[0] for address in email.everybody) for email in sent] == [
        ["bounce", "success"]
    ]


def test_says_what_it_changes(smoke: SmokeProgram) -> None:
    """It says so before it does it: on stderr, if the results are JSON."""
    smoke.run("--read-only")
    assert smoke.said.splitlines()[1:] == ["This test changes nothing."]
    smoke.run("--only", "alarm-rings", "--only", "original")
    said = smoke.said.splitlines()[1:]
    assert said[0] == "This test changes something:"
    assert {*CHECKS[11].changes, *CHECKS[12].changes} == set(said[1:])


def test_text(smoke: SmokeProgram, capsys: pytest.CaptureFixture[str]) -> None:
    """As text, each check has a line, and each finding says what to do."""
    smoke.alter("GetAccount", lambda answer: answer.update(ProductionAccessEnabled=False))
    assert main([STACK, "--only", "mx", "--only", "account"], smoke.records) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Stack {STACK} in eu-west-1, account 123456789012, as arn:aws:sts::123456789012:user/moto"
    assert lines[1:4] == [
        "This test changes nothing.",
        "mx               ok           the receiving domains lead to SES",
        "account          WRONG        SES lets the account send to everybody",
    ]
    assert lines[4].startswith("    The account is in the sandbox of SES in eu-west-1")
    assert lines[5].startswith("    -> Request production access")
    assert lines[6] == "1 ok, 1 wrong, 0 not checked"


@pytest.mark.parametrize(
    ("arguments", "made"),
    [
        (("--only", "mx", "--only", "account"), {"mx", "account"}),
        (("--read-only",), {check.name for check in CHECKS if not check.changes}),
        (("--read-only", "--skip", "mx"), {check.name for check in CHECKS if not check.changes} - {"mx"}),
    ],
)
def test_selection(smoke: SmokeProgram, arguments: tuple[str, ...], made: set[str]) -> None:
    """`--only`, `--skip` and `--read-only` choose the checks."""
    outcome = smoke.run(*arguments)
    assert (outcome.status, set(outcome.states())) == (0, made)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--only", "luck"), "invalid choice: 'luck'"),
        (("--only", "original", "--read-only"), "No check is left"),
    ],
)
def test_wrong_options(
    smoke: SmokeProgram, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    """The exit status is 2."""
    try:
        status: object = main([STACK, *arguments], smoke.records)
    except SystemExit as ended:
        status = ended.code
    assert status == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("--region", "eu-west-1")])
def test_region(smoke: SmokeProgram, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    """The region is that of the option or of AWS_REGION; the SDK's own variable comes last."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_REGION", "us-west-2" if arguments else "eu-west-1")
    assert smoke.run("--only", "mx", *arguments).status == 0


@pytest.mark.parametrize(
    ("stack", "variables", "words"),
    [
        ("no-such-stack", {}, "There is no stack no-such-stack in eu-west-1. Check the name and the region"),
        (
            STACK,
            {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"},
            "in eu-central-1. Check the name",
        ),
        (STACK, {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "There are no AWS credentials"),
        (STACK, {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "No region is given"),
        (STACK, {"AWS_PROFILE": "nobody"}, "Check AWS_PROFILE"),
        (STACK, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "AWS cannot be reached"),
    ],
)
def test_cannot_run(
    smoke: SmokeProgram,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stack: str,
    variables: dict[str, str],
    words: str,
) -> None:
    """Without credentials, a region or the stack, one line says what is missing, and the exit status is 2."""
    for name, value in variables.items():
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name)
    assert main([stack], smoke.records) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("smoke: ")
    assert words in said.err


def test_expired_credentials(smoke: SmokeProgram, capsys: pytest.CaptureFixture[str]) -> None:
    """So do credentials that AWS does not accept any more."""
    smoke.refuse("GetCallerIdentity", "ExpiredToken")
    assert main([STACK], smoke.records) == 2
    assert "AWS does not accept the credentials (ExpiredToken" in capsys.readouterr().err


def test_other_stack(smoke: SmokeProgram, capsys: pytest.CaptureFixture[str]) -> None:
    """A stack of something else is refused."""
    smoke.alter("DescribeStacks", lambda answer: answer["Stacks"][0].update(Outputs=[]))
    assert main([STACK], smoke.records) == 2
    assert "is not a complete stack of Email Channels" in capsys.readouterr().err


def test_missing_permission(smoke: SmokeProgram) -> None:
    """What the operator may not do is a finding that names the policy; the other checks go on."""
    smoke.refuse("GetAccount", "AccessDeniedException")
    outcome = smoke.run("--only", "account", "--only", "alarms")
    assert outcome.states() == {"account": "wrong", "alarms": "passed"}
    (check,) = [check for check in outcome.document["checks"] if check["check"] == "account"]
    assert check["findings"][0]["what"].startswith("AWS refused GetAccount (AccessDeniedException")
    assert "docs/policies/smoke.json" in check["findings"][0]["do"]


def test_faults(smoke: SmokeProgram) -> None:
    """A fault of AWS is a finding, too; the other checks go on."""

    def broken(_: object, __: object) -> None:
        raise ConnectionClosedError(endpoint_url="https://monitoring")

    smoke.refuse("GetAccount", "InternalFailure")
    smoke.replace("DescribeAlarms", broken)
    outcome = smoke.run("--only", "account", "--only", "alarms", "--only", "subscription")
    assert outcome.states() == {"account": "wrong", "alarms": "wrong", "subscription": "passed"}
    account, alarms = outcome.findings()
    assert account == "AWS refused GetAccount (InternalFailure: as the test wants)."
    assert alarms.startswith("AWS could not be asked: Connection was closed")


def test_ctrl_c(smoke: SmokeProgram) -> None:
    """After Ctrl-C, everything is taken back all the same; a second Ctrl-C does not prevent that."""
    smoke.lose_notifications()
    try:
        command = [sys.executable, "-m", "tools.smoke", STACK, "--only", "original"]
        with subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **smoke.environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            deadline = time.monotonic() + 60
            while not smoke.system.keys("raw/"):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            said, problems = process.communicate(timeout=60)
    finally:
        smoke.keep_notifications()
    assert process.returncode == 130, problems.decode()
    assert b"smoke: stopped" in problems
    assert b"Could not be taken back" not in said


def test_killed(smoke: SmokeProgram, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An hour later, another test names what a killed one has left, and `--take-back` removes it."""
    with monkeypatch.context() as patched:
        patched.setattr(Cleanup, "run", lambda _: None)
        patched.setattr("tools.smoke.workplace.time", SimpleNamespace(time=lambda: time.time() - 3700))
        assert smoke.only("original") == []
    (what,) = smoke.only("erasure")
    assert what.startswith("An earlier smoke test was killed, and what it made is still there: smoke-")
    left = what.rpartition(" ")[2].rstrip(".")
    assert main([STACK, "--take-back", left], smoke.records) == 0
    assert capsys.readouterr().out == f"Nothing of {left} is left.\n"
    assert smoke.only("erasure") == []
    assert main([STACK, "--take-back", "default"], smoke.records) == 2
    assert "default is not the id of a smoke test" in capsys.readouterr().err


def test_stopped_while_making(smoke: SmokeProgram) -> None:
    """What is made when the program is stopped is taken back, too."""
    made = []

    def stop(parameters: object, call: object) -> object:
        assert callable(call)
        made.append(call())
        raise KeyboardInterrupt

    smoke.replace("PutObject", stop)
    outcome = smoke.run("--only", "original")
    assert (outcome.status, len(made)) == (130, 1)
    assert (outcome.document["passed"], outcome.document["left"]) == (False, [])


def test_cannot_take_back(smoke: SmokeProgram) -> None:
    """What cannot be taken back is named, and the exit status is 1. The rest is taken back."""
    employee = {}

    def refuse(parameters: dict[str, bytes], call: object) -> object:
        event = json.loads(parameters["Payload"])
        if event["requestContext"]["http"]["method"] == "DELETE" and "/employees/" in event["rawPath"]:
            employee["path"] = event["rawPath"]
            return smoke.api_answer(500, {"detail": "out of order"})
        assert callable(call)
        return call()

    smoke.replace("Invoke", refuse)
    outcome = smoke.run("--only", "original", wait=8)
    assert (outcome.status, outcome.states()) == (1, {"original": "passed"})
    (left,) = outcome.document["left"]
    assert left.startswith("the employee smoke-")
    assert left.endswith("answered 500: out of order")
    assert smoke.system.admin.call("DELETE", employee["path"]).status_code == 204

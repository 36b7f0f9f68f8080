"""The command: its options, what it prints, and its exit status.

The exit status is 0 if nothing is wrong, 1 if something is, or could not be taken back, 2 if the program cannot run
(wrong options, no credentials, no such stack), and 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, NoReturn

import boto3
from botocore.exceptions import BotoCoreError
from dns.exception import DNSException

from tools.smoke.checks import CHECKS
from tools.smoke.cleanup import Cleanup
from tools.smoke.clients import Clients
from tools.smoke.findings import CannotRun, Result, State
from tools.smoke.name_servers import Resolver, SystemResolver
from tools.smoke.run import Check, Run
from tools.smoke.running import make_check
from tools.smoke.stack import DeployedStack, read_stack
from tools.smoke.waiting import Waiting
from tools.smoke.workplace import Workplace, is_id

_WORDS = {State.PASSED: "ok", State.WRONG: "WRONG", State.NOT_CHECKED: "not checked"}


def main(arguments: Sequence[str], resolver: Resolver | None = None) -> int:
    """Runs the checks. `resolver` looks up DNS records; None: the name servers of this machine."""
    options = _options(arguments)
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        return _run(options, resolver or _resolver(options.name_server))
    except CannotRun as error:
        print(f"smoke: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("smoke: stopped", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(options: argparse.Namespace, resolver: Resolver) -> int:
    try:
        # The SDK for Python does not read AWS_REGION, which other tools of AWS do.
        clients = Clients(boto3.Session(region_name=options.region or os.environ.get("AWS_REGION") or None))
    except BotoCoreError as error:
        raise CannotRun(f"{error}. Check AWS_PROFILE.") from error
    stack = read_stack(clients, options.stack)
    cleanup = Cleanup(_tell)
    if options.take_back is not None:
        return _take_back(Workplace(clients, stack, cleanup, Waiting(options.wait), options.take_back), cleanup)
    checks = _selected(options)
    output = _Json() if options.json else _Text()
    output.begin(stack, checks)
    run = Run(stack, clients, resolver, cleanup, Waiting(options.wait))
    results: list[Result] = []
    try:
        for check in checks:
            results.append(make_check(check, run))
            output.report(check, results[-1])
    finally:
        cleanup.run()
        passed = (
            len(results) == len(checks) and not cleanup.left and all(each.state is not State.WRONG for each in results)
        )
        output.end(stack, results, cleanup.left, passed=passed)
    return 0 if passed else 1


def _take_back(workplace: Workplace, cleanup: Cleanup) -> int:
    """Takes back what a killed run made. Prints what it could not, and returns the exit status."""
    if not is_id(workplace.id):
        raise CannotRun(f"{workplace.id} is not the id of a smoke test, such as smoke-0123456789ab.")
    workplace.forget_person_later()
    workplace.take_back()
    cleanup.run()
    for what in cleanup.left:
        print(f"Could not be taken back: {what}")
    if not cleanup.left:
        print(f"Nothing of {workplace.id} is left.")
    return 1 if cleanup.left else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make smoke",
        description="Looks whether a deployed stack works. docs/deployment.md says what it needs and what it changes.",
        epilog="Checks: " + "; ".join(f"{check.name} ({check.about})" for check in CHECKS),
    )
    names = [check.name for check in CHECKS]
    parser.add_argument("stack", help="the stack's name")
    parser.add_argument("--region", help="the stack's region (default: AWS_REGION, or that of the profile)")
    parser.add_argument("--only", action="append", metavar="CHECK", choices=names, help="make this check; repeatable")
    parser.add_argument("--skip", action="append", metavar="CHECK", choices=names, help="leave it out; repeatable")
    parser.add_argument("--read-only", action="store_true", help="leave out all checks that change something")
    parser.add_argument("--take-back", metavar="ID", help="make no check, but take back what a killed test made")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--wait", type=float, default=180.0, help="seconds to wait for an effect (default: 180)")
    parser.add_argument("--name-server", metavar="ADDRESS", help="ask this name server for DNS records")
    return parser.parse_args(arguments)


def _resolver(name_server: str | None) -> Resolver:
    """Raises CannotRun if it is not an address."""
    try:
        return SystemResolver(name_server)
    except (ValueError, DNSException) as error:
        raise CannotRun(f"--name-server {name_server} is not the address of a name server: {error}") from error


def _selected(options: argparse.Namespace) -> list[Check]:
    """The checks to make. Raises CannotRun if there are none."""
    chosen = [
        check
        for check in CHECKS
        if (not options.only or check.name in options.only)
        and check.name not in (options.skip or ())
        and not (options.read_only and check.changes)
    ]
    if not chosen:
        raise CannotRun("No check is left: --only names checks that --skip or --read-only leaves out.")
    return chosen


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _tell(text: str) -> None:
    """Says something beside the results."""
    print(text, file=sys.stderr, flush=True)


def _announcements(checks: Sequence[Check]) -> list[str]:
    """What the checks change, each thing once."""
    found = dict.fromkeys(change for check in checks for change in check.changes)
    return ["This test changes something:", *found] if found else ["This test changes nothing."]


class _Text:
    """Prints each result as soon as it is known."""

    def begin(self, stack: DeployedStack, checks: Sequence[Check]) -> None:
        print(f"Stack {stack.name} in {stack.region}, account {stack.account}, as {stack.caller}")
        for change in _announcements(checks):
            print(change)
        sys.stdout.flush()

    def report(self, check: Check, result: Result) -> None:
        reason = f": {result.reason}" if result.reason else ""
        print(f"{check.name:16} {_WORDS[result.state]:12} {check.about}{reason}")
        for finding in result.findings:
            print(f"    {finding.what}")
            print(f"    -> {finding.do}")
        sys.stdout.flush()

    def end(self, stack: DeployedStack, results: Sequence[Result], left: Sequence[str], *, passed: bool) -> None:  # noqa: ARG002  (one of the outputs)
        for what in left:
            print(f"Could not be taken back: {what}")
        counted = [f"{sum(each.state is state for each in results)} {_WORDS[state].lower()}" for state in State]
        print(", ".join(counted))


class _Json:
    """Prints one document at the end. What is changed is said on stderr, before."""

    def begin(self, stack: DeployedStack, checks: Sequence[Check]) -> None:
        _tell(f"Stack {stack.name} in {stack.region}, account {stack.account}")
        for change in _announcements(checks):
            _tell(change)

    def report(self, check: Check, result: Result) -> None:
        """Nothing yet."""

    def end(self, stack: DeployedStack, results: Sequence[Result], left: Sequence[str], *, passed: bool) -> None:
        about = {check.name: check.about for check in CHECKS}
        document: dict[str, Any] = {
            "stack": stack.name,
            "region": stack.region,
            "account": stack.account,
            "passed": passed,
            "checks": [
                {
                    "check": result.check,
                    "about": about[result.check],
                    "state": result.state.value,
                    "reason": result.reason,
                    "findings": [{"what": each.what, "do": each.do} for each in result.findings],
                }
                for result in results
            ],
            "left": list(left),
        }
        print(json.dumps(document, indent=2))

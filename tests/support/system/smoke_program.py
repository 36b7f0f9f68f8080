"""Runs `make smoke` on a running system, in this process, and breaks what it looks at."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.support.in_process.aws_calls import Call, intercept
from tests.support.system.system_client import SystemClient
from tools.smoke.command import main
from tools.smoke.name_servers import DnsFailed

STACK = "email-channels"
RECEIVING = "inbound-smtp.eu-west-1.amazonaws.com"


@dataclass
class Records:
    """The DNS records. `answers` is false if no name server answers."""

    mail: list[tuple[int, str]] = field(default_factory=lambda: [(10, RECEIVING)])
    ipv6: list[str] = field(default_factory=list)
    answers: bool = True

    def mx(self, domain: str) -> list[tuple[int, str]]:
        self._ask(domain)
        return self.mail

    def ipv6_addresses(self, host: str) -> list[str]:
        self._ask(host)
        return self.ipv6 if host == RECEIVING else []

    def _ask(self, name: str) -> None:
        if not self.answers:
            raise DnsFailed(f"{name}: timed out")


@dataclass(frozen=True)
class Outcome:
    """The exit status, and the JSON document; None if there is none."""

    status: int
    document: Any

    def states(self) -> dict[str, str]:
        return {check["check"]: check["state"] for check in self.document["checks"]}

    def findings(self) -> list[str]:
        """What is wrong, of all checks. Each finding also says what to do."""
        found = [finding for check in self.document["checks"] for finding in check["findings"]]
        assert all(finding["do"] for finding in found)
        return [finding["what"] for finding in found]


class SmokeProgram:
    """The program, and the system on which it runs."""

    def __init__(self, system: SystemClient, patched: pytest.MonkeyPatch, output: pytest.CaptureFixture[str]) -> None:
        self.system = system
        self.records = Records()
        self.said = ""
        """What the last run said beside the results."""
        self._patched = patched
        self._output = output
        self._notifications: dict[str, Any] = {}
        self._handlers: dict[str, Callable[[Any, Call], Any]] = {}
        for name, value in self.environment.items():
            patched.setenv(name, value)
        intercept(patched, self._make)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables with which the program finds the local stack."""
        return {
            "AWS_ENDPOINT_URL": self.system.aws["endpoint_url"],
            "AWS_ACCESS_KEY_ID": "operator",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def run(self, *arguments: str, wait: float = 20) -> Outcome:
        """Runs it with `--json`."""
        status = main([STACK, "--json", "--wait", str(wait), *arguments], self.records)
        said = self._output.readouterr()
        self.said = said.err
        return Outcome(status, json.loads(said.out) if said.out else None)

    def only(self, check: str, wait: float = 20) -> list[str]:
        """Runs one check. Returns what is wrong. If something is, the status says so."""
        outcome = self.run("--only", check, wait=wait)
        assert outcome.status == (1 if outcome.findings() or outcome.document["left"] else 0)
        return outcome.findings()

    def alter(self, operation: str, change: Callable[[Any], None]) -> None:
        """From now on, `change` changes the answers of AWS to this operation."""

        def handler(_: Any, call: Call) -> Any:
            answer = call()
            change(answer)
            return answer

        self._handlers[operation] = handler

    def replace(self, operation: str, handler: Callable[[Any, Call], Any]) -> None:
        """From now on, `handler` answers calls of this operation. It gets the parameters, and what makes the call."""
        self._handlers[operation] = handler

    def refuse(self, operation: str, code: str) -> None:
        """From now on, AWS refuses this operation."""

        def handler(_: Any, __: Call) -> Any:
            raise ClientError({"Error": {"Code": code, "Message": "as the test wants"}}, operation)

        self._handlers[operation] = handler

    @staticmethod
    def api_answer(status: int, document: Any) -> Any:
        """What Lambda answers if a function of the API gives this answer."""
        body = "" if document is None else json.dumps(document)
        return {"Payload": BytesIO(json.dumps({"statusCode": status, "body": body}).encode())}

    def lose_notifications(self) -> None:
        """From now on, the queue of inbound hears nothing of the bucket."""
        s3, bucket = self.system.client("s3"), self.system.aws["bucket"]
        self._notifications = s3.get_bucket_notification_configuration(Bucket=bucket)
        del self._notifications["ResponseMetadata"]
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})

    def keep_notifications(self) -> None:
        """Ends that."""
        s3, bucket = self.system.client("s3"), self.system.aws["bucket"]
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=self._notifications)

    def alter_api(self, method: str, path: str, change: Callable[[Any], Any]) -> None:
        """From now on, `change` returns the answers of the API to requests whose path contains `path`."""

        def handler(parameters: Any, call: Call) -> Any:
            answer = call()
            event = json.loads(parameters["Payload"])
            if event["requestContext"]["http"]["method"] == method and path in event["rawPath"]:
                result = json.loads(answer["Payload"].read())
                body = change(json.loads(result["body"])) if result["body"] else change(None)
                answer["Payload"] = BytesIO(json.dumps({**result, "body": json.dumps(body)}).encode())
            return answer

        self._handlers["Invoke"] = handler

    def _make(self, _: BaseClient, name: str, parameters: Any, call: Call) -> Any:
        handler = self._handlers.get(name)
        return handler(parameters, call) if handler else call()

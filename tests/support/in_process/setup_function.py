"""The function `setup` in this process, and a stand-in for CloudFormation that sends it requests."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

from functions.setup import app
from local.cloudformation.account_api import AccountApi
from local.embedded_aws import EmbeddedAws
from local.ses.emulation import SesEmulation
from tests.support.permissions import STACK_ID

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

PREFIX = "email-channels-1a2b3c4d"
"""The stack's own rule set has this name, and the names of its rules and filters begin with it."""

RULES = (f"{PREFIX}-case-creation", f"{PREFIX}-ad-hoc")

DEPLOYMENT: dict[str, Any] = {
    "Prefix": PREFIX,
    "AllowedIpRanges": "192.0.2.0/24",
    "ManageReceiptFilters": "true",
    "ReceiptRuleSetName": "",
    "ReplaceActiveRuleSet": "false",
    "SesIdentityDomain": "",
    "ApiReservedConcurrency": "",
    "EventBusName": "",
    "FromAddresses": ["cases@acme.example", "service@mail.acme.example"],
    "Recipients": ["payroll@in.acme.example", "answers@in.acme.example"],
}
"""The properties of the preflight. SES has verified acme.example."""


@dataclass
class Account:
    """The account that the stack is deployed to. A test may change what `api` and `emulation` do."""

    aws: EmbeddedAws
    api: AccountApi
    emulation: SesEmulation


class CloudFormation:
    """Sends requests to the function and keeps its answers. The first `failures` deliveries of an answer fail."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []
        self.failures = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.failures:
                    receiver.failures -= 1
                    self.send_response(503)
                else:
                    receiver.answers.append(json.loads(body))
                    receiver.content_types.append(self.headers["Content-Type"])
                    self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def request(
        self, type_: str, resource: str, before: Mapping[str, Any] | None = None, **properties: Any
    ) -> dict[str, Any]:
        """The function's answer. CloudFormation hands over booleans and numbers as text. `before` are the properties
        before an update."""
        number = len(self.answers)
        event: dict[str, Any] = {
            "RequestType": type_,
            "ResponseURL": f"http://127.0.0.1:{self._server.server_port}/answer?signature=x",
            "StackId": STACK_ID,
            "RequestId": f"request-{number}",
            "ResourceType": resource,
            "LogicalResourceId": resource.split("::")[-1],
            "ResourceProperties": {"ServiceToken": "arn:setup", "ServiceTimeout": "900", **properties},
        }
        if type_ == "Update":
            event["OldResourceProperties"] = {"ServiceToken": "arn:setup", **(before or {})}
        if type_ != "Create":
            event["PhysicalResourceId"] = self.answers[-1]["PhysicalResourceId"] if self.answers else "lost"
        app.handler(event, None)
        assert len(self.answers) == number + 1
        answer = self.answers[-1]
        assert (answer["StackId"], answer["RequestId"]) == (STACK_ID, event["RequestId"])
        assert answer["LogicalResourceId"] == event["LogicalResourceId"]
        return answer

    def filters(self, type_: str, ranges: str, manage: str = "true") -> dict[str, Any]:
        return self.request(
            type_,
            "Custom::ReceiptFilters",
            FilterPrefix=PREFIX,
            AllowedIpRanges=ranges,
            ManageReceiptFilters=manage,
        )

    def active(self, type_: str, name: str = PREFIX, *, replace: str = "false") -> dict[str, Any]:
        """Names the stack's own rule set, or another one."""
        return self.request(
            type_,
            "Custom::ActiveReceiptRuleSet",
            RuleSetName=name,
            OwnRuleSet="true" if name == PREFIX else "false",
            RulePrefix=PREFIX,
            ReplaceActiveRuleSet=replace,
        )

    def preflight(self, type_: str, before: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        return self.request(
            type_,
            "Custom::Preflight",
            before if before is None else {**DEPLOYMENT, **before},
            **{**DEPLOYMENT, **changes},
        )


def filters(ses: "SESClient") -> dict[str, tuple[str, str]]:
    """The policy and the range of each filter in the account."""
    found = ses.list_receipt_filters()["Filters"]
    return {each["Name"]: (each["IpFilter"]["Policy"], each["IpFilter"]["Cidr"]) for each in found}


def active(ses: "SESClient") -> str | None:
    """The name of the active rule set."""
    return ses.describe_active_receipt_rule_set().get("Metadata", {}).get("Name")


def make_rule_set(ses: "SESClient", name: str, *rules: str) -> None:
    """Makes a rule set with these rules."""
    ses.create_receipt_rule_set(RuleSetName=name)
    add_rules(ses, name, *rules)


def add_rules(ses: "SESClient", name: str, *rules: str) -> None:
    for rule in reversed(rules):
        ses.create_receipt_rule(RuleSetName=name, Rule={"Name": rule, "Enabled": True, "Recipients": ["acme.example"]})


def delete_rules(ses: "SESClient", name: str, *rules: str) -> None:
    for rule in rules:
        ses.delete_receipt_rule(RuleSetName=name, RuleName=rule)

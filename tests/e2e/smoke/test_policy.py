"""The operator's policy in docs/policies allows what `make smoke` does, and nothing more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local.judging import watched_calls
from local.judging.operator_permissions import operator_permissions
from local.judging.policies import Permission, allowing, permissions_of
from local.judging.required_permissions import AwsAccount, RequiredPermission
from tests.support.paths import ROOT
from tests.support.system.smoke_program import STACK, Outcome, SmokeProgram
from tools.smoke.checks import CHECKS

_KEY = "arn:aws:kms:eu-west-1:123456789012:key/email-channels-Key"
_ONLY_OWN_PEOPLE = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "PERSON#smoke-*"}}


class Needs:
    """A judge that notes what the calls need. Calls of other programs are not seen here."""

    def __init__(self, account: AwsAccount) -> None:
        self.noted: set[RequiredPermission] = set()
        self.deleted_items: list[str] = []
        self._account = account

    def call(self, service: str, operation: str, parameters: Mapping[str, Any], *, signing: bool) -> None:
        assert not signing
        self.noted.update(operator_permissions(service, operation, parameters, self._account))
        if operation == "DeleteItem":
            self.deleted_items.append(parameters["Key"]["pk"]["S"])

    def not_found(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """An identity that does not exist needs nothing more."""


def policy(bucket: str) -> list[Permission]:
    """The permissions of the policy, with the names of the local stack."""
    text = (ROOT / "docs/policies/smoke.json").read_text(encoding="utf-8")
    suffix = bucket.removeprefix("email-channels-123456789012-eu-west-1-")
    names = {"REGION": "eu-west-1", "ACCOUNT": "123456789012", "STACK": STACK, "SUFFIX": suffix}
    for placeholder, name in {**names, "key/KEY": _KEY.rpartition(":")[2]}.items():
        text = text.replace(placeholder, name)
    document = json.loads(text)
    conditions = [statement.pop("Condition") for statement in document["Statement"] if "Condition" in statement]
    assert conditions == [_ONLY_OWN_PEOPLE]
    found = permissions_of({"Policies": [{"PolicyDocument": document}]})
    assert found
    return found


def test_policy(smoke: SmokeProgram) -> None:
    """Every call is allowed, and every permission is used by one."""
    bucket = smoke.system.aws["bucket"]
    needs = Needs(AwsAccount("eu-west-1", "123456789012", {bucket: _KEY}))

    def watched_run(*arguments: str, wait: float = 20) -> Outcome:
        end = watched_calls.watch(needs)
        try:
            return smoke.run(*arguments, wait=wait)
        finally:
            end()

    outcome = watched_run()
    # The API erases the original with its case. Without a case, the program itself deletes it.
    smoke.lose_notifications()
    try:
        watched_run("--only", "original", wait=1)
    finally:
        smoke.keep_notifications()
    assert outcome.states() == {check.name: "passed" for check in CHECKS}
    permissions = policy(bucket)
    used = {need: allowing(permissions, need) for need in needs.noted}
    assert [need for need, permission in used.items() if permission is None] == []
    assert {each.id for each in permissions} == {each.id for each in used.values() if each is not None}
    assert [key.startswith("PERSON#smoke-") for key in needs.deleted_items] == [True, True]

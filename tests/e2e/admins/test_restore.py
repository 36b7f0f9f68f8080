"""A case that a mistake deleted comes back from a copy of the table that was restored to an earlier moment."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from tests.support.paths import ROOT
from tests.support.system.casework import write_email
from tests.support.system.mail import email, unique
from tests.support.system.system_client import SystemClient

COPY = "restored-copy"


def restore(system: SystemClient, *options: str) -> subprocess.CompletedProcess[str]:
    """`make restore` with the credentials of the local stack."""
    aws = system.aws
    environment = os.environ | {
        "AWS_ENDPOINT_URL": aws["endpoint_url"],
        "AWS_DEFAULT_REGION": aws["region"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "PYTHONPATH": f"{ROOT}/layers/common",
    }
    command = [sys.executable, "-m", "tools.restore", "email-channels", COPY, *options]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_restore(strict: SystemClient) -> None:
    robin = strict.employ()
    subject = unique("A case to lose")
    strict.send(email(robin.mailbox, subject))
    case = strict.case_with(subject)
    write_email(strict, case, [robin.mailbox])
    strict.settle()
    case, history = strict.case_with(subject), strict.history(case["case_id"])

    dynamodb, table = strict.client("dynamodb"), strict.aws["table"]
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=COPY, UseLatestRestorableTime=True)
    try:
        for item in items_of(dynamodb, table, case["case_id"]):
            dynamodb.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
        strict.settle()
        assert strict.agent.call("GET", f"/cases/{case['case_id']}").status_code == 404
        assert strict.cases_with(subject) == []

        seen = restore(strict, "--id", case["case_id"])
        assert (seen.returncode, seen.stdout.count(f"case {case['case_id']}: lost")) == (1, 1), seen.stderr
        with strict.sending() as sent:
            done = restore(strict, "--id", case["case_id"], "--write")
            assert done.returncode == 0, done.stderr
            strict.settle()
        assert sent == [], "nobody is alerted again"
        assert strict.case_with(subject) == case
        assert strict.history(case["case_id"]) == history
        for entry in history:
            assert strict.original(case["case_id"], entry["email_id"])
    finally:
        dynamodb.delete_table(TableName=COPY)


def items_of(dynamodb: Any, table: str, case_id: str) -> list[Any]:
    found: list[Any] = dynamodb.query(
        TableName=table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": f"CASE#{case_id}"}}
    )["Items"]
    assert found
    return found

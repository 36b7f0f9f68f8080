"""Looks, on a schedule, whether SES still receives as the stack set it up. Anybody in the account can change that.

The result is a metric for an alarm, in CloudWatch's embedded metric format:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from functions.setup import receipt_filters
from functions.setup.rule_sets import active_set

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient


def watch(ses: "SESClient", properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties: `RuleSetName`, `Prefix`, `Rules` (the names of the stack's rules), `ManageReceiptFilters`.

    Counts the problems in the metric `ReceivingProblems`, and returns them.
    """
    problems = [*_rule_problems(ses, properties)]
    if receipt_filters.manages(properties):
        problems += receipt_filters.missing_blocks(properties["Prefix"], receipt_filters.names(ses))
    report(properties["Prefix"], problems)
    return {"problems": problems}


def report(prefix: str, problems: list[str]) -> None:
    """Writes the log line of which CloudWatch makes the metric."""
    metric = {"Namespace": "EmailChannels", "Dimensions": [["Stack"]], "Metrics": [{"Name": "ReceivingProblems"}]}
    line = {
        "level": "ERROR" if problems else "INFO",
        "message": "receiving is not as deployed" if problems else "receiving is as deployed",
        "problems": problems,
        "Stack": prefix,
        "ReceivingProblems": len(problems),
        "_aws": {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": [metric]},
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _rule_problems(ses: "SESClient", properties: Mapping[str, Any]) -> list[str]:
    name = properties["RuleSetName"]
    active = active_set(ses)
    if active is None:
        return [f"no receipt rule set is active; {name} should be"]
    if active.name != name:
        return [f"the receipt rule set {active.name} is active; {name} should be"]
    return [
        f"the receipt rule {rule} is missing or disabled" for rule in properties["Rules"] if rule not in active.enabled
    ]

"""The regions for which cfn-lint checks the template: all in which SES receives email."""

import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import yaml
from cfnlint.helpers import REGIONS
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tests.support.paths import ROOT

OWN_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")


def checked_regions() -> list[str]:
    configuration = yaml.safe_load((ROOT / ".cfnlintrc.yaml").read_text(encoding="utf-8"))
    return cast("list[str]", configuration["regions"])


def receives(region: str) -> bool:
    schemas: Any = PROVIDER_SCHEMA_MANAGER
    return "AWS::SES::ReceiptRule" in schemas.get_resource_types(region)


def test_regions() -> None:
    """A new version of cfn-lint knows the regions of its day: a region that begins to receive is checked, too."""
    ours = [region for region in REGIONS if not region.startswith(OWN_PARTITIONS)]
    assert checked_regions() == sorted(region for region in ours if receives(region))


def test_webhook() -> None:
    """The example of a webhook is a valid template, wherever EventBridge can call a web address."""
    regions = [region for region in checked_regions() if region != "il-central-1"]
    linter = str(Path(sys.executable).with_name("cfn-lint"))
    command = [linter, str(ROOT / "docs" / "events" / "webhook.yaml"), "--regions", *regions]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT / "docs")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout

"""The regions for which cfn-lint checks the template: all in which SES receives email."""

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

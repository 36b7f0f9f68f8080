"""SES's DeleteReceiptRule (API v1), which moto does not have.

https://docs.aws.amazon.com/ses/latest/APIReference/API_DeleteReceiptRule.html
"""

from collections.abc import Mapping

from local.embedded_aws import ACCOUNT_ID
from local.ses.errors import SesError


def delete_receipt_rule(region: str, form: Mapping[str, str]) -> str:
    """Deletes a rule of moto. Deleting a rule that does not exist succeeds, as in SES."""
    from moto.ses.models import ses_backends

    rule_set = ses_backends[ACCOUNT_ID][region].receipt_rule_set.get(form.get("RuleSetName", ""))
    if rule_set is None:
        raise SesError("RuleSetDoesNotExist", f"Rule set does not exist: {form.get('RuleSetName')}")
    rule_set.rules = [rule for rule in rule_set.rules if rule["Name"] != form.get("RuleName")]
    return ""

"""What of the template must not change from release to release: CloudFormation would replace what holds data."""

from __future__ import annotations

from typing import Any

from tests.support.template import source

FIXED = {
    "AWS::Cognito::UserPool": ("UsernameAttributes", "UsernameConfiguration"),
    "AWS::DynamoDB::Table": ("TableName", "KeySchema"),
    "AWS::KMS::Key": (),
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::SES::EmailIdentity": ("EmailIdentity",),
    "AWS::SecretsManager::Secret": ("Name",),
}
"""The properties by type whose change replaces a resource."""


def fixed_properties() -> dict[str, dict[str, Any]]:
    """These properties of all resources that outlive the stack, as the template has them; None where one is absent."""
    return {
        name: {property_: resource["Properties"].get(property_) for property_ in FIXED[resource["Type"]]}
        for name, resource in source()["Resources"].items()
        if "DeletionPolicy" in resource
    }

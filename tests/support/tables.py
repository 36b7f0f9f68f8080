"""Tables in the embedded DynamoDB, shaped as the template's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import KeySchemaElementTypeDef


def make_table(name: str, indexes: Sequence[str] = ("gsi1", "gsi2", "gsi3", "gsi4")) -> None:
    """Makes a table: keys `pk` and `sk`; keys for each index (`gsi1pk`, `gsi1sk`); a stream of
    old and new images."""
    keys = {index: [f"{index}pk", f"{index}sk"] for index in indexes}
    names = ["pk", "sk", *(name for names in keys.values() for name in names)]
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in names],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": _key_schema(names_of_index),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index, names_of_index in keys.items()
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )


def _key_schema(names: Sequence[str]) -> list[KeySchemaElementTypeDef]:
    schema: list[KeySchemaElementTypeDef] = [{"AttributeName": names[0], "KeyType": "HASH"}]
    schema += [{"AttributeName": name, "KeyType": "RANGE"} for name in names[1:]]
    return schema

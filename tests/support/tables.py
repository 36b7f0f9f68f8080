"""Tables in the embedded DynamoDB, shaped as the template's."""

from collections.abc import Sequence

import boto3


def make_table(name: str, indexes: Sequence[str] = ("gsi1", "gsi2", "gsi3")) -> None:
    """Keys `pk` and `sk`; each index has its own (`gsi1pk`, `gsi1sk`); a stream of old and new images."""
    names = ["pk", "sk", *(f"{index}{part}" for index in indexes for part in ("pk", "sk"))]
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in names],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": f"{index}pk", "KeyType": "HASH"},
                    {"AttributeName": f"{index}sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index in indexes
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )

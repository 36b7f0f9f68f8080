"""The table and the bucket of a simulation inside moto: read without the API, saved, and restored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from email_channels.aws import clients
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import dynamo_json_dump
from moto.s3.models import FakeBucket, s3_backends

from tests.support.in_process.aws import REGION, Aws


class Storage:
    """The table and the bucket of one simulation."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def write(self, key: str, content: bytes) -> None:
        """Writes an object into the bucket."""
        clients.s3().put_object(Bucket=self._aws.bucket_name, Key=key, Body=content)

    def stored_at(self, key: str) -> datetime:
        """When an object was stored, in whole seconds as S3 tells it."""
        at: datetime = self._bucket().keys[key].last_modified
        return at.replace(microsecond=0, tzinfo=UTC)

    def tags(self, key: str) -> dict[str, str]:
        """The tags of an object."""
        tagger = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].tagger
        return dict(tagger.get_tag_dict_for_resource(self._bucket().keys[key].arn))

    def items(self) -> list[dict[str, Any]]:
        """All items of the table, as DynamoDB's JSON, by their keys."""
        partitions = self._table().items.values()
        found: list[dict[str, Any]] = [one.to_json()["Attributes"] for items in partitions for one in items.values()]
        return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))

    def objects(self, prefix: str = "") -> dict[str, bytes]:
        """The bucket's objects by key. An object of which only old versions are left raises AttributeError."""
        kept = self._bucket().keys
        return {key: kept[key].value for key in sorted(kept) if key.startswith(prefix)}

    def take_stream_records(self) -> list[dict[str, Any]]:
        """The records that the table's stream got since the last call, as DynamoDB's JSON."""
        shard = self._table().stream_shard
        assert shard is not None
        taken, shard.items = shard.items, []
        shard.starting_sequence_number += len(taken)
        return [json.loads(dynamo_json_dump(item.to_json())) for item in taken]

    def state(self) -> tuple[Any, ...]:
        """Everything that is stored, for `replace`; it can be pickled."""
        bucket = self._bucket()
        tagger = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].tagger
        return (self._table().items, {key: bucket.keys.getlist(key) for key in bucket.keys}, tagger)

    def replace(self, state: tuple[Any, ...]) -> None:
        """Replaces everything that is stored. The stream does not report it."""
        items, objects, tagger = state
        table, bucket = self._table(), self._bucket()
        table.items = items
        bucket.keys.clear()
        for key, versions in objects.items():
            for version in versions:
                bucket.keys[key] = version
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].tagger = tagger
        if table.stream_shard:
            table.stream_shard.items.clear()

    def table_items(self) -> Any:
        """The table's items as moto holds them, to be put back with `replace_table_items`."""
        return self._table().items

    def put_item(self, item: dict[str, Any]) -> None:
        """Stores an item, in DynamoDB's JSON."""
        self._table().put_item(item)

    def replace_table_items(self, items: Any) -> None:
        """Replaces the items only. The stream does not report it."""
        self._table().items = items

    def _table(self) -> Table:
        return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].get_table(self._aws.table_name)

    def _bucket(self) -> FakeBucket:
        return s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[self._aws.bucket_name]

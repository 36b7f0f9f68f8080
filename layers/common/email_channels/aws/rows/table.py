"""The only table: the common attributes of its items, its indexes, and the connection to it.

The other modules of this folder define the kinds of items, as PynamoDB models, and convert them to domain values and
back. Every item has `pk` and `sk`, and all but the words of cases have `kind` and `schema`. An index key is set only on
items that belong in the index. A value that is never read in parts is a JSON text: it costs less than a DynamoDB map,
and may contain names that people choose without escaping them.
"""

from __future__ import annotations

import importlib
import pkgutil
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from pynamodb.attributes import DiscriminatorAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.connection.base import MetaTable
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from email_channels.aws import clients
from email_channels.aws.retries import pause
from email_channels.aws.rows.keys import Key
from email_channels.aws.sparse_model import SparseModel, columns_of
from email_channels.errors import Fault

if TYPE_CHECKING:
    from pynamodb.connection._botocore_private import BotocoreBaseClientPrivate

# The version of the items' layout, which each item holds. `docs/data-model.md` says when to raise it.
SCHEMA = 1
# The versions that this code reads. A new version is added here one release before SCHEMA becomes it, because old and
# new code run side by side during a deployment.
READABLE_SCHEMAS = frozenset({1})
# The most keys in one BatchGetItem.
READ_BATCH = 100
# The most items in one TransactWriteItems.
TRANSACTION_ITEMS = 100
# A BatchGetItem fails after this many answers in a row that hold no item.
_MOST_EMPTY_ANSWERS = 5
_ALWAYS_READ = frozenset({"pk", "sk", "kind", "schema"})


class TableMeta:
    """The name of the models' table; `bind` sets it."""

    table_name = ""


class Row(SparseModel):
    """What all items have, but for the words of cases, which are keys only.

    `schema` is the version of the layout in which the item was written. `version` guards against lost updates;
    `expires_at` (epoch seconds) is the TTL attribute.

    `unknown_attributes` are those of an item that was read which this code does not know, as DynamoDB's JSON. They are
    from newer code, which runs beside old code during a deployment. `keep_unknown` keeps them when an item is replaced.
    """

    class Meta(TableMeta):
        pass

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    schema = NumberAttribute(default_for_new=SCHEMA, null=True)
    version = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)
    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)
    gsi3pk = UnicodeAttribute(null=True)
    gsi3sk = UnicodeAttribute(null=True)
    gsi4pk = UnicodeAttribute(null=True)
    gsi4sk = UnicodeAttribute(null=True)

    unknown_attributes: Mapping[str, Any] = MappingProxyType({})

    def keep_unknown(self, replaced: Row | None) -> Self:
        """Takes over the unknown attributes of the item that this one replaces (None: it replaces none)."""
        if replaced is not None:
            self.unknown_attributes = replaced.unknown_attributes
        return self

    def serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:
        """The attributes as DynamoDB's JSON, including unknown ones."""
        return {**self.unknown_attributes, **super().serialize(null_check)}

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """The item of attributes that were read. Raises Fault if their layout or kind is unknown.

        Newer code wrote such an item. The Fault lets the event be retried, until the newer code gets it. To read the
        item as if it were absent or in the known layout could lose an email.
        """
        _require_known(data)
        row = super().from_raw_data(data)
        known = columns_of(type(row)).by_stored_name
        row.unknown_attributes = {name: value for name, value in data.items() if name not in known}
        return row

    @classmethod
    def batch_get(
        cls,
        items: Iterable[Any],
        consistent_read: bool | None = None,
        attributes_to_get: Sequence[str] | None = None,
    ) -> Iterator[Self]:
        """The items under these (pk, sk) that exist. Raises Fault if DynamoDB keeps leaving keys unprocessed.

        This replaces PynamoDB's own method, which retries unprocessed keys at once and without end. Such retries would
        keep a throttled table busy. Key, kind and schema are always read.
        """
        for item in cls._batch_get_raw(items, consistent_read, attributes_to_get):
            yield cls.from_raw_data(item)

    @classmethod
    def batch_get_readable(cls, items: Iterable[Any], failed: Callable[[Exception, Key], object]) -> Iterator[Self]:
        """As `batch_get`, read consistently. An item that this code cannot read is left out: `failed` gets its key."""
        for item in cls._batch_get_raw(items, consistent_read=True):
            try:
                row = cls.from_raw_data(item)
            except Exception as error:  # noqa: BLE001 - whatever it is, the other items are not to blame
                failed(error, (item["pk"]["S"], item["sk"]["S"]))
            else:
                yield row

    @classmethod
    def _batch_get_raw(
        cls,
        items: Iterable[Any],
        consistent_read: bool | None = None,
        attributes_to_get: Sequence[str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        if attributes_to_get is not None:
            attributes_to_get = [*attributes_to_get, *_ALWAYS_READ.difference(attributes_to_get)]
        open_keys: list[Any] = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in dict.fromkeys(items)]
        empty = 0
        while open_keys:
            answer = cls._get_connection().batch_get_item(
                open_keys[:READ_BATCH], consistent_read=consistent_read, attributes_to_get=attributes_to_get
            )
            found = answer["Responses"].get(TableMeta.table_name, [])
            yield from found
            left = answer["UnprocessedKeys"].get(TableMeta.table_name, {}).get("Keys", [])
            open_keys = [*left, *open_keys[READ_BATCH:]]
            if left:
                empty = 0 if found else empty + 1
                if empty == _MOST_EMPTY_ANSWERS:
                    raise Fault("DynamoDB leaves keys of a BatchGetItem unprocessed")
                pause(empty)


_Row = TypeVar("_Row", bound=Row)


def read_rows(wanted: Iterable[Key], *, consistent: bool = True) -> dict[Key, Row]:
    """The items with these primary keys, in one call for each hundred keys. Missing items are left out.

    A read that is not consistent costs half, and may miss the writes of the last second.
    """
    return {(row.pk, row.sk): row for row in Row.batch_get(wanted, consistent_read=consistent)}


def read_row(key: Key, kind: type[_Row]) -> _Row | None:
    """The item with this primary key, read consistently; None if there is none, or if it is of another kind."""
    return row_of(read_rows([key]), key, kind)


def read_row_cheaply(key: Key, kind: type[_Row]) -> _Row | None:
    """As `read_row`, at half the price: the writes of the last second may be missing."""
    return row_of(read_rows([key], consistent=False), key, kind)


def existing(wanted: Iterable[Key], *, consistent: bool = True) -> frozenset[Key]:
    """Which of these primary keys have items, whatever they are; the calls are those of `read_rows`."""
    found = Row._batch_get_raw(wanted, consistent_read=consistent, attributes_to_get=["pk", "sk"])
    return frozenset((item["pk"]["S"], item["sk"]["S"]) for item in found)


def row_of(rows: Mapping[Key, Row], key: Key, kind: type[_Row]) -> _Row | None:
    """The item with this primary key among items that were read; None if there is none, or if it is of another kind."""
    row = rows.get(key)
    return row if isinstance(row, kind) else None


_LOADING = threading.Lock()


def _require_known(data: Mapping[str, Any]) -> None:
    kind, schema = data.get("kind", {}).get("S"), data.get("schema", {}).get("N")
    if schema is None or int(schema) not in READABLE_SCHEMAS:
        raise Fault(f"an item of the kind {kind} has the unknown layout {schema}")
    if kind not in Row.kind._discriminator_map and kind not in _all_kinds():
        raise Fault(f"an item has the unknown kind {kind}")


def _all_kinds() -> Collection[str]:
    """The kinds of all modules of this folder.

    A function imports only the modules of the items that it uses. Under the same keys it may find others, such as the
    tombstone of a case that was erased. One thread loads them; others wait until all are known.
    """
    with _LOADING:
        for module in pkgutil.iter_modules([str(Path(__file__).parent)], f"{__package__}."):
            importlib.import_module(module.name)
    return Row.kind._discriminator_map.keys()


def expiry(at: datetime) -> int:
    """The value of `expires_at` for an item that expires at a time. DynamoDB deletes expired items hours later."""
    return int(at.timestamp())


def row_bytes(row: Row) -> int:
    """The size of an item as DynamoDB counts it: the names and values of all attributes that are set.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name) + _value_bytes(value) for name, value in row.serialize(null_check=False).items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    """The size of an attribute's value. Sets count their members; numbers count about one byte for two digits."""
    (kind, content), *_ = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return len(content) // 2 + 2
    if kind in {"SS", "BS"}:
        return sum(len(member.encode() if isinstance(member, str) else member) for member in content)
    return len(content) if kind == "B" else 1


def version_of(row: Row) -> int:
    """The version of an item; 1 if it has none yet."""
    return int(row.version or 1)


class FirstIndex(GlobalSecondaryIndex["KeysRow"]):
    """gsi1: cases of a service group by activity, unprocessed emails by arrival, employees by id."""

    class Meta:
        index_name = "gsi1"
        projection = KeysOnlyProjection()

    gsi1pk = UnicodeAttribute(hash_key=True)
    gsi1sk = UnicodeAttribute(range_key=True)


class SecondIndex(GlobalSecondaryIndex["KeysRow"]):
    """gsi2: cases of an employee, and work that is due: notifications, purges, and sends that SES has not confirmed."""

    class Meta:
        index_name = "gsi2"
        projection = KeysOnlyProjection()

    gsi2pk = UnicodeAttribute(hash_key=True)
    gsi2sk = UnicodeAttribute(range_key=True)


class ThirdIndex(GlobalSecondaryIndex["KeysRow"]):
    """gsi3: emails by the hash of the Message-ID under which we received them, and by the time."""

    class Meta:
        index_name = "gsi3"
        projection = KeysOnlyProjection()

    gsi3pk = UnicodeAttribute(hash_key=True)
    gsi3sk = UnicodeAttribute(range_key=True)


class FourthIndex(GlobalSecondaryIndex["KeysRow"]):
    """gsi4: the log of activity, by time. Its entries never change: each email and each case is in it once."""

    class Meta:
        index_name = "gsi4"
        projection = KeysOnlyProjection()

    gsi4pk = UnicodeAttribute(hash_key=True)
    gsi4sk = UnicodeAttribute(range_key=True)


class KeysRow(SparseModel):
    """What a query of an index returns: only the keys.

    It has no `kind`: PynamoDB would filter by that attribute, which the indexes do not hold.
    """

    class Meta(TableMeta):
        pass

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)
    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)
    gsi3pk = UnicodeAttribute(null=True)
    gsi3sk = UnicodeAttribute(null=True)
    gsi4pk = UnicodeAttribute(null=True)
    gsi4sk = UnicodeAttribute(null=True)
    gsi1 = FirstIndex()
    gsi2 = SecondIndex()
    gsi3 = ThirdIndex()
    gsi4 = FourthIndex()


class _SharedClient(Connection):
    """PynamoDB's connection, but with the client that `clients` creates, so that all clients share one session."""

    @property
    def client(self) -> BotocoreBaseClientPrivate:
        return cast("BotocoreBaseClientPrivate", clients.dynamodb())


_bound: list[tuple[str, str]] = []


def bind(table_name: str, generation: str = "") -> None:
    """Sets the table of all models, and connects to it if the name or `generation` differs from the last call.

    Tests pass another `generation` for another embedded AWS.
    """
    if _bound == [(table_name, generation)]:
        return
    _bound[:] = [(table_name, generation)]
    TableMeta.table_name = table_name
    # PynamoDB keeps one connection for each model. Set on the two base classes, one connection serves all models.
    KeysRow._connection = Row._connection = _connect(table_name)


def connection() -> Connection:
    """The connection that the models share, for transactions. Call `bind` first."""
    return KeysRow._get_connection().connection


def _connect(table_name: str) -> TableConnection:
    """A connection that knows the names and types of the keys of the table and its indexes.

    Otherwise PynamoDB would ask DynamoDB for them (DescribeTable).
    """
    indexes = (FirstIndex, SecondIndex, ThirdIndex, FourthIndex)
    key_names = [("pk", "sk"), ("gsi1pk", "gsi1sk"), ("gsi2pk", "gsi2sk"), ("gsi3pk", "gsi3sk"), ("gsi4pk", "gsi4sk")]
    schemas = [
        [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=True)]
        for names in key_names
    ]
    table = TableConnection(table_name)
    table.connection = _SharedClient()
    table.connection.add_meta_table(
        MetaTable(
            {
                "TableName": table_name,
                "KeySchema": schemas[0],
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": "S"} for names in key_names for name in names
                ],
                "GlobalSecondaryIndexes": [
                    {"IndexName": index.Meta.index_name, "KeySchema": schema}
                    for index, schema in zip(indexes, schemas[1:], strict=True)
                ],
            }
        )
    )
    return table

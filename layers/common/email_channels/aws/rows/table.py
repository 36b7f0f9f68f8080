"""The items of the one table, as PynamoDB models. `docs/data-model.md` says which access pattern needs which key.

Every item has `pk`, `sk` and `kind`. An index key is written only on items that the index is for. Values that are only
ever read whole are JSON texts: cheaper than DynamoDB's maps, and names that somebody chose need no escaping.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self, cast

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    DiscriminatorAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.connection import Connection, TableConnection
from pynamodb.connection.base import MetaTable
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from email_channels.aws import clients
from email_channels.aws.retries import pause
from email_channels.errors import Fault

if TYPE_CHECKING:
    from pynamodb.connection._botocore_private import BotocoreBaseClientPrivate

# DynamoDB gives so many items in one answer.
_READ_BATCH = 100
# So often in a row DynamoDB may answer a reading of many items with none.
_EMPTY_ANSWERS = 5


class TableMeta:
    """Where the models' table is; `bind` sets the name."""

    table_name = ""


class Row(Model):
    """What all items have. `version` guards against lost updates; `expires_at` (epoch seconds) is the TTL."""

    class Meta(TableMeta):
        pass

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    version = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)
    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)
    gsi3pk = UnicodeAttribute(null=True)
    gsi3sk = UnicodeAttribute(null=True)

    @classmethod
    def batch_get(
        cls,
        items: Iterable[Any],
        consistent_read: bool | None = None,
        attributes_to_get: Sequence[str] | None = None,
    ) -> Iterator[Self]:
        """The items under these (pk, sk) that exist. Raises Fault if DynamoDB keeps leaving them unprocessed.

        PynamoDB's own asks again at once and without end, which is what a table that is throttled needs least.
        """
        open_keys: list[Any] = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in dict.fromkeys(items)]
        empty = 0
        while open_keys:
            answer = cls._get_connection().batch_get_item(
                open_keys[:_READ_BATCH], consistent_read=consistent_read, attributes_to_get=attributes_to_get
            )
            found = answer["Responses"].get(TableMeta.table_name, [])
            for item in found:
                yield cls.from_raw_data(item)
            left = answer["UnprocessedKeys"].get(TableMeta.table_name, {}).get("Keys", [])
            open_keys = [*left, *open_keys[_READ_BATCH:]]
            if left:
                empty = 0 if found else empty + 1
                if empty == _EMPTY_ANSWERS:
                    raise Fault("DynamoDB leaves what was to be read unprocessed")
                pause(empty)


class EmailRow(Row, discriminator="email"):
    """What the items that hold an email share. `identity` and `content_identity` are those of `identity.EmailIdentity`.

    `summary` is everything short about the email, `content` the zlib-compressed JSON of everything long;
    `content_key` names the object that holds it where it is too long for an item.
    """

    identity = UnicodeAttribute(null=True)
    content_identity = UnicodeAttribute(null=True)
    summary = JSONAttribute(null=True)
    recipients = JSONAttribute(null=True)
    content = BinaryAttribute(legacy_encoding=False, null=True)
    content_key = UnicodeAttribute(null=True)


class CaseRow(EmailRow, discriminator="case"):
    """A case, with the email that it was made from."""

    status = UnicodeAttribute()
    subject = UnicodeAttribute()
    issue = BinaryAttribute(legacy_encoding=False, null=True)  # of a case that a person made; else in `content`
    topic = UnicodeAttribute()
    service_group = UnicodeAttribute()
    employee = JSONAttribute(null=True)
    regarding = JSONAttribute(null=True)
    show_to_employee = BooleanAttribute()
    flags = UnicodeSetAttribute(null=True)
    siblings = UnicodeSetAttribute(null=True)
    participants = UnicodeSetAttribute(null=True)
    mailbox = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    acknowledge = BooleanAttribute(null=True)
    acknowledged_at = UnicodeAttribute(null=True)
    alerted_at = UnicodeAttribute(null=True)


class UnprocessedRow(EmailRow, discriminator="unprocessed"):
    """An email that made no case."""

    channel = UnicodeAttribute()
    mailbox = UnicodeAttribute(null=True)
    reason = UnicodeAttribute()
    received_at = UnicodeAttribute()
    envelope_sender = UnicodeAttribute(null=True)
    automatic = BooleanAttribute()
    notified_at = UnicodeAttribute(null=True)
    notification_attempts = NumberAttribute(null=True)
    notification_message_id = UnicodeAttribute(null=True)
    purge_after = UnicodeAttribute(null=True)
    held = JSONAttribute(null=True)
    purge_id = UnicodeAttribute(null=True)


class PointerRow(Row, discriminator="pointer"):
    """Where an email went that became part of an existing case."""

    identity = UnicodeAttribute()
    outcome = UnicodeAttribute()
    case_id = UnicodeAttribute()
    email_id = UnicodeAttribute()
    raw_key = UnicodeAttribute(null=True)
    matched_by = JSONAttribute(null=True)


class EntryRow(EmailRow, discriminator="entry"):
    """An entry of an Email History other than the email that the case was made from."""

    direction = UnicodeAttribute()


class MovedRow(Row, discriminator="moved"):
    """Where an entry was that is in another case now: whoever is about to write it there finds the place taken.

    It expires when nobody can be about to any more.
    """


class FirstIndex(GlobalSecondaryIndex["KeysRow"]):
    """gsi1: cases of a service group by activity, unprocessed emails by arrival, employees by id."""

    class Meta:
        index_name = "gsi1"
        projection = KeysOnlyProjection()

    gsi1pk = UnicodeAttribute(hash_key=True)
    gsi1sk = UnicodeAttribute(range_key=True)


class SecondIndex(GlobalSecondaryIndex["KeysRow"]):
    """gsi2: cases of an employee; and work that is due: to notify, to purge, to send."""

    class Meta:
        index_name = "gsi2"
        projection = KeysOnlyProjection()

    gsi2pk = UnicodeAttribute(hash_key=True)
    gsi2sk = UnicodeAttribute(range_key=True)


class ThirdIndex(GlobalSecondaryIndex["KeysRow"]):
    """gsi3: emails by the hash of the Message-ID under which we received them."""

    class Meta:
        index_name = "gsi3"
        projection = KeysOnlyProjection()

    gsi3pk = UnicodeAttribute(hash_key=True)
    gsi3sk = UnicodeAttribute(range_key=True)


class KeysRow(Model):
    """What a query of an index gives: the keys alone. No `kind`, as PynamoDB would filter by one that is not there."""

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
    gsi1 = FirstIndex()
    gsi2 = SecondIndex()
    gsi3 = ThirdIndex()


class _SharedClient(Connection):
    """PynamoDB's connection, with the client that `clients` makes, of the session that all clients share."""

    @property
    def client(self) -> BotocoreBaseClientPrivate:
        return cast("BotocoreBaseClientPrivate", clients.dynamodb())


_bound: list[tuple[str, str]] = []


def bind(table_name: str, generation: str = "") -> None:
    """Names the table for all models; another name or `generation` (tests: another AWS) makes a new connection."""
    if _bound == [(table_name, generation)]:
        return
    _bound[:] = [(table_name, generation)]
    TableMeta.table_name = table_name
    # PynamoDB keeps one connection a model; set on the bases, all models share one.
    KeysRow._connection = Row._connection = _connect(table_name)


def connection() -> Connection:
    """The connection that the models share, for transactions; `bind` comes first."""
    return KeysRow._get_connection().connection


def _connect(table_name: str) -> TableConnection:
    """PynamoDB looks up the keys' names and types in the connection, those of the indexes too."""
    indexes = (FirstIndex, SecondIndex, ThirdIndex)
    key_names = [("pk", "sk"), *((f"{index.Meta.index_name}pk", f"{index.Meta.index_name}sk") for index in indexes)]
    schemas = [
        [{"AttributeName": pk, "KeyType": "HASH"}, {"AttributeName": sk, "KeyType": "RANGE"}] for pk, sk in key_names
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

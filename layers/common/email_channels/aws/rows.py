"""The items of the one table, as PynamoDB models. `docs/data-model.md` says which access pattern needs which key.

Every item has `pk`, `sk` and `kind`. An index key is written only on items that the index is for. Values that are only
ever read whole are JSON texts: cheaper than DynamoDB's maps, and names that somebody chose need no escaping.
"""

from __future__ import annotations

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    DiscriminatorAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.connection import Connection
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

CONNECT_TIMEOUT_SECONDS = 2.0
READ_TIMEOUT_SECONDS = 5.0


class TableMeta:
    """Where the models' table is, and how patient its client is; `bind` sets the name."""

    table_name = ""
    connect_timeout_seconds = CONNECT_TIMEOUT_SECONDS
    read_timeout_seconds = READ_TIMEOUT_SECONDS
    max_retry_attempts = 3


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


_bound: list[tuple[str, str]] = []


def bind(table_name: str, generation: str = "") -> None:
    """Names the table for all models; another name or `generation` (tests: another AWS) makes a new connection."""
    if _bound == [(table_name, generation)]:
        return
    _bound[:] = [(table_name, generation)]
    TableMeta.table_name = table_name
    # PynamoDB keeps one connection (and botocore client) a model; made here on the bases, all models share one.
    KeysRow._connection = None
    Row._connection = KeysRow._get_connection()


def connection() -> Connection:
    """The connection that the models share, for transactions; `bind` comes first."""
    return KeysRow._get_connection().connection

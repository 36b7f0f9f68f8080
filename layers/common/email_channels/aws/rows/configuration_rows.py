"""The items of what admins configure at run time: mailboxes, user mappings, topics and service groups.

Mailboxes and user mappings have a copy under a key that intake can make from an email (`RECEIVING` or `USERMAPPING#`).
An item and its copy are always written in one transaction.

An item that replaces another one (`old`) keeps what newer code has added to that: attributes, and fields of JSON
documents. During a deployment, old code also changes what new code has written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pynamodb.attributes import JSONAttribute

from email_channels.addresses import normalise
from email_channels.aws.rows import keys
from email_channels.aws.rows.codec import known_fields
from email_channels.aws.rows.table import Row
from email_channels.cases.directory import UserMapping
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.routing import Routing, ServiceGroup, Topic
from email_channels.settings import IdentifySender, Language


class MailboxRow(Row, discriminator="mailbox"):
    """A mailbox, by its address (the one that employees write to)."""

    mailbox = JSONAttribute()


class ReceivingRow(Row, discriminator="receiving"):
    """A copy of the mailbox, by its receiving address."""

    mailbox = JSONAttribute()


class UserMappingRow(Row, discriminator="user_mapping"):
    """A user mapping, by its id."""

    mapping = JSONAttribute()


class UserMappingSlotRow(Row, discriminator="user_mapping_slot"):
    """A copy of the user mapping, by mailbox and sender."""

    mapping = JSONAttribute()


class RoutingRow(Row, discriminator="routing"):
    """All topics (by name) and service groups (by id), in one item. Each change is conditional on its version."""

    topics = JSONAttribute(null=True)
    service_groups = JSONAttribute(null=True)


def mailbox_row(mailbox: Mailbox, version: int = 1, old: MailboxRow | None = None) -> MailboxRow:
    """The item of a mailbox."""
    pk, sk = keys.mailbox(normalise(mailbox.address))
    document = {**(old.mailbox if old else {}), **_mailbox_to_json(mailbox)}
    return MailboxRow(pk=pk, sk=sk, version=version, mailbox=document).keep_unknown(old)


def receiving_row(row: MailboxRow, old: ReceivingRow | None = None) -> ReceivingRow:
    """The copy of a mailbox under its receiving address."""
    pk, sk = keys.receiving(normalise(mailbox_of(row).receiving_address))
    return ReceivingRow(pk=pk, sk=sk, version=row.version, mailbox=row.mailbox).keep_unknown(old)


def mailbox_of(row: MailboxRow | ReceivingRow) -> Mailbox:
    """The mailbox of an item or its copy. Fields that this code does not know are ignored."""
    document = known_fields(Mailbox, row.mailbox)
    document["identify_sender"] = IdentifySender(document["identify_sender"])
    document["trusted_senders"] = tuple(document["trusted_senders"])
    document["language"] = _language(document.get("language"))
    return Mailbox(**document)


def user_mapping_row(mapping: UserMapping, version: int = 1, old: UserMappingRow | None = None) -> UserMappingRow:
    """The item of a user mapping."""
    pk, sk = keys.user_mapping(mapping.id)
    document = {**(old.mapping if old else {}), **asdict(mapping)}
    return UserMappingRow(pk=pk, sk=sk, version=version, mapping=document).keep_unknown(old)


def user_mapping_slot_row(row: UserMappingRow, old: UserMappingSlotRow | None = None) -> UserMappingSlotRow:
    """The copy of a user mapping by mailbox and sender."""
    mapping = user_mapping_of(row)
    sender = normalise(mapping.from_) if mapping.from_ else None
    pk, sk = keys.user_mapping_slot(normalise(mapping.mailbox), sender)
    return UserMappingSlotRow(pk=pk, sk=sk, version=row.version, mapping=row.mapping).keep_unknown(old)


def user_mapping_of(row: UserMappingRow | UserMappingSlotRow) -> UserMapping:
    """The user mapping of an item or its copy. Fields that this code does not know are ignored."""
    return UserMapping(**known_fields(UserMapping, row.mapping))


def routing_row(routing: Routing, version: int = 1, old: RoutingRow | None = None) -> RoutingRow:
    """The item with all topics and service groups."""
    pk, sk = keys.routing()
    topics, groups = (old.topics or {}, old.service_groups or {}) if old else ({}, {})
    return RoutingRow(
        pk=pk,
        sk=sk,
        version=version,
        topics={name: {**topics.get(name, {}), **_topic_to_json(topic)} for name, topic in routing.topics.items()},
        service_groups={
            group_id: {**groups.get(group_id, {}), **_service_group_to_json(group)}
            for group_id, group in routing.service_groups.items()
        },
    ).keep_unknown(old)


def routing_of(row: RoutingRow | None) -> Routing:
    """The topics and service groups of the item; empty if there is no item yet."""
    if row is None:
        return Routing()
    return Routing(
        topics={
            name: Topic(name, topic["service_group"], topic["by_population"])
            for name, topic in (row.topics or {}).items()
        },
        service_groups={
            group_id: ServiceGroup(group_id, group["name"], group["address"], group["secured"])
            for group_id, group in (row.service_groups or {}).items()
        },
    )


def _topic_to_json(topic: Topic) -> Mapping[str, Any]:
    return {"service_group": topic.service_group, "by_population": dict(topic.by_population)}


def _service_group_to_json(group: ServiceGroup) -> Mapping[str, Any]:
    return {"name": group.name, "address": group.address, "secured": group.secured}


def _language(code: str | None) -> Language | None:
    """The language of a mailbox; None for one that only newer code knows. Its texts are then the deployment's."""
    return Language(code) if code in frozenset(Language) else None


def _mailbox_to_json(mailbox: Mailbox) -> dict[str, Any]:
    return asdict(mailbox) | {
        "identify_sender": mailbox.identify_sender.value,
        "trusted_senders": list(mailbox.trusted_senders),
        "language": mailbox.language.value if mailbox.language else None,
    }

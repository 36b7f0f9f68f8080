"""Limits on the parts of an email that an item holds, because a DynamoDB item can hold at most 400 KB.

Sizes are those of ASCII JSON, the form in which items hold text. A character outside ASCII takes six or twelve bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from typing import TypeVar

from email_channels.mail.message import Address

MAX_SUBJECT_CHARACTERS = 1000
MAX_ADDRESS_CHARACTERS = 320  # RFC 5321, section 4.5.3.1: 64 and 255 octets, and the at sign
MAX_ADDRESSES_BYTES = 20_000  # for each of To and Cc; about 300 addresses
MAX_MESSAGE_ID_CHARACTERS = 998  # RFC 5322, section 2.1.1
MAX_REFERENCES_BYTES = 10_000
MAX_ATTACHMENT_NAMES_BYTES = 60_000
MIN_ATTACHMENT_NAME_BYTES = 250

_MAX_NAME_BYTES = 1000
_MAX_EXTENSION_CHARACTERS = 16

_Item = TypeVar("_Item", Address, str)


def first_addresses(given: Iterable[Address]) -> tuple[Address, ...]:
    """The first addresses, as many as fit into the item. The headers and the original hold all of them."""
    return tuple(_first(map(limit_address, given), MAX_ADDRESSES_BYTES))


def limit_address(given: Address) -> Address:
    """The address, with both its parts (display name and address) cut to their limits."""
    return Address(limit_text(given.name, _MAX_NAME_BYTES), given.address[:MAX_ADDRESS_CHARACTERS])


def thread_message_ids(given: Iterable[str]) -> tuple[str, ...]:
    """The first Message-ID of a thread and its last ones, as many as fit into the item, in their order."""
    usable = [message_id for message_id in given if len(message_id) <= MAX_MESSAGE_ID_CHARACTERS]
    if not usable:
        return ()
    room = MAX_REFERENCES_BYTES - len(json.dumps(usable[0]))
    return (usable[0], *reversed(list(_first(reversed(usable[1:]), room))))


def limit_text(given: str, max_bytes: int) -> str:
    """The text, cut to at most `max_bytes` bytes."""
    while (size := len(json.dumps(given))) > max_bytes:
        given = given[: min(len(given) - 1, len(given) * max_bytes // size)]
    return given


def limit_filename(given: str, max_bytes: int) -> str:
    """The name of a file, cut to at most `max_bytes` bytes before its extension, which says how to open it."""
    if len(json.dumps(given)) <= max_bytes:
        return given
    stem, dot, extension = given.rpartition(".")
    if not stem or len(extension) > _MAX_EXTENSION_CHARACTERS or not extension.isascii():
        return limit_text(given, max_bytes)
    ending = dot + extension
    return limit_text(stem, max_bytes - len(json.dumps(ending)) + 2) + ending


def _first(given: Iterable[_Item], max_bytes: int) -> Iterator[_Item]:
    """The first items, as many as fit into `max_bytes`."""
    size = 0
    for item in given:
        size += len(json.dumps(astuple(item) if isinstance(item, Address) else item))
        if size > max_bytes:
            return
        yield item

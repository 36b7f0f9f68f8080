"""The items of the people who use the API: who they are, their signatures, and which cases they have open."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.update import Action

from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.codec import clean
from email_channels.aws.rows.compression import pack, unpack
from email_channels.aws.rows.table import SCHEMA, Row, expiry
from email_channels.cases.people.agent import Agent
from email_channels.cases.people.person import KNOWN_FOR, Person
from email_channels.cases.people.presence import VALID_FOR, Doing, Presence
from email_channels.cases.people.signature import Signature
from email_channels.times import from_text, to_text

SIGNATURE_LIFETIME = timedelta(days=730)
"""How long a signature is kept after it was written, or asked for when half of this time was over."""


class PersonRow(Row, discriminator="person"):
    """A person, by the `sub` of their tokens. `seen_on` is a day (`2026-11-23`), and KNOWN_FOR after it, it expires."""

    name = UnicodeAttribute(null=True)
    login = UnicodeAttribute()
    groups = UnicodeSetAttribute(null=True)
    admin = BooleanAttribute(null=True)
    seen_on = UnicodeAttribute()


class SignatureRow(Row, discriminator="signature"):
    """The signature of a person. It is not part of their own item: that one expires earlier, and is written daily."""

    content = BinaryAttribute(legacy_encoding=False)


class PresenceRow(Row, discriminator="presence"):
    """What an agent is doing with a case, until it expires."""

    name = UnicodeAttribute()
    doing = UnicodeAttribute()
    since = UnicodeAttribute()


def person_actions(person: Person) -> list[Action]:
    """The actions that write a person, also if there is no item yet. A name that is not known is left as it is."""
    named = [PersonRow.name.set(person.name)] if person.name else []
    return [
        PersonRow.kind.set(PersonRow),
        Row.schema.set(SCHEMA),
        *named,
        PersonRow.login.set(clean(person.login)),
        PersonRow.groups.set(set(person.groups)) if person.groups else PersonRow.groups.remove(),
        PersonRow.admin.set(True) if person.is_admin else PersonRow.admin.remove(),
        PersonRow.seen_on.set(person.seen_on.isoformat()),
        Row.expires_at.set(expiry(_end_of(person.seen_on + KNOWN_FOR))),
        Row.gsi1pk.set(index_keys.PEOPLE),
        Row.gsi1sk.set(clean(person.place)),
    ]


def person_of(row: PersonRow) -> Person:
    """The person of an item."""
    return Person(
        user=keys.user_of(row.pk),
        name=row.name,
        login=row.login,
        groups=frozenset(row.groups or ()),
        is_admin=bool(row.admin),
        seen_on=date.fromisoformat(row.seen_on),
    )


def signature_row(user: str, signature: Signature, now: datetime) -> SignatureRow:
    """The item of a signature."""
    pk, sk = keys.signature(user)
    content = pack({"text": signature.text, "html": signature.html})
    return SignatureRow(pk=pk, sk=sk, content=content, expires_at=expiry(now + SIGNATURE_LIFETIME))


def signature_of(row: SignatureRow) -> Signature:
    """The signature of an item."""
    content = unpack(row.content)
    return Signature(content["text"], content["html"])


def presence_row(case_id: str, presence: Presence) -> PresenceRow:
    """The item of what an agent has just begun to do."""
    pk, sk = keys.presence(case_id, presence.agent.user)
    return PresenceRow(
        pk=pk,
        sk=sk,
        name=clean(presence.agent.name),
        doing=presence.doing.value,
        since=to_text(presence.since),
        expires_at=expiry(presence.since + VALID_FOR),
    )


def presence_of(row: PresenceRow) -> Presence:
    """What the agent of an item is doing."""
    return Presence(Agent(keys.user_of(row.sk), row.name), Doing(row.doing), from_text(row.since))


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)

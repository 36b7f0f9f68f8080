"""The deployment's parameters as a function sees them: typed, checked when it starts, one object per function.

Each field is an environment variable of the same name in capitals; `purge_after_days` is the template's parameter
`PurgeAfterDays`, and errors name it so. The template checks the same when it is deployed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from email_channels.errors import SettingsError

_ADDRESS = re.compile(r"[^@\s,<>]+@[^@\s,<>]+\.[^@\s,<>]+")
_DOMAIN_OR_ADDRESS = re.compile(r"([^@\s,<>]+@)?[^@\s,<>]+\.[^@\s,<>]+")
_GROUP_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Action(StrEnum):
    """What to do with an email that SES's scan found something in."""

    ACCEPT = "accept"
    FLAG = "flag"
    REJECT = "reject"


class IdentifySender(StrEnum):
    """Where a mailbox takes the employee from."""

    FROM_ADDRESS = "from_address"
    USER_ID_IN_BODY = "user_id_in_body"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSettings:
    """Where the data is."""

    table_name: str
    bucket_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings(TableSettings):
    """Which channels are on."""

    case_creation_enabled: bool
    ad_hoc_enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings(ChannelSettings):
    """The first mailbox, which the deployment defines, and the default service group."""

    case_creation_recipients: tuple[str, ...]
    mailbox_address: str | None
    default_topic: str
    default_subject: str
    identify_sender: IdentifySender
    variable_topic: bool
    variable_show: bool
    default_show: bool
    trusted_senders: tuple[str, ...]
    trust_without_authentication: bool
    acknowledge_sender: bool
    default_service_group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundSettings(MailboxSettings):
    """What `inbound` decides by. `own_addresses` come from the addresses that we send from."""

    ad_hoc_recipients: tuple[str, ...]
    ad_hoc_from_address: str | None
    ad_hoc_reply_to: str | None
    notification_from_address: str
    plus_addressing: bool
    accept_emails_for_closed_cases: bool
    spam_action: Action
    virus_action: Action
    authentication_action: Action
    max_cases_per_sender_per_hour: int
    tag_key_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings(MailboxSettings):
    """What `agent_api` needs. `effective` settings for `GET /settings` are read from the whole environment."""

    groups_claim: str
    default_service_group_address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingSettings(ChannelSettings):
    """What `adhoc_send` needs."""

    notification_from_address: str
    ad_hoc_from_address: str | None
    ad_hoc_from_name: str | None
    ad_hoc_reply_to: str | None
    ad_hoc_recipients: tuple[str, ...]
    case_creation_recipients: tuple[str, ...]
    mailbox_address: str | None
    plus_addressing: bool
    configuration_set: str
    tag_key_secret: str
    groups_claim: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings(ChannelSettings):
    """What `notify` (and `reconcile`, which repeats its work) needs."""

    admin_email_addresses: tuple[str, ...]
    notification_from_address: str
    notification_from_name: str
    cc_sender_on_error: bool
    purge_after_days: int
    processed_retention_days: int
    default_service_group: str
    default_service_group_address: str | None
    ad_hoc_from_address: str | None
    ad_hoc_from_name: str | None
    ad_hoc_reply_to: str | None
    ad_hoc_recipients: tuple[str, ...]
    case_creation_recipients: tuple[str, ...]
    mailbox_address: str | None
    plus_addressing: bool
    configuration_set: str
    tag_key_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileSettings(NotifySettings):
    """What `reconcile` needs besides: the queue that gives `inbound` an original again."""

    inbound_queue_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeSettings(TableSettings):
    """What `purge` needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings(TableSettings):
    """What `delivery` needs."""


_Settings = TypeVar("_Settings", bound=TableSettings)


def load(kind: type[_Settings], environment: Mapping[str, str]) -> _Settings:
    """The settings of a function from its environment; raises SettingsError, which names every wrong parameter."""
    values: dict[str, Any] = {}
    problems = []
    for field in fields(kind):
        read = _READERS.get(field.name, _required)
        try:
            values[field.name] = read(environment.get(field.name.upper(), ""))
        except ValueError as error:
            problems.append(f"{parameter_name(field.name)}: {error}")
    if not problems:
        problems = _contradictions(values)
    if problems:
        raise SettingsError("; ".join(problems))
    return kind(**values)


def parameter_name(field: str) -> str:
    """`purge_after_days` -> `PurgeAfterDays`."""
    return "".join(part.capitalize() for part in field.split("_"))


def _contradictions(values: Mapping[str, Any]) -> list[str]:
    """What each parameter alone does not show: needed because a channel is on."""
    needed = []
    if values.get("ad_hoc_enabled"):
        needed += ["ad_hoc_from_address", "ad_hoc_from_name", "ad_hoc_reply_to", "ad_hoc_recipients"]
    if values.get("case_creation_enabled"):
        needed += ["mailbox_address", "case_creation_recipients"]
    return [
        f"{parameter_name(name)}: required because its channel is on"
        for name in needed
        if name in values and not values[name]
    ]


def _required(text: str) -> str:
    if not text.strip():
        raise ValueError("required, but empty")
    return text.strip()


def _optional(text: str) -> str | None:
    return text.strip() or None


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"must be true or false, not {text!r}")
    return text == "true"


def _number(text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise ValueError(f"must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def _choice(text: str, kind: type[StrEnum]) -> StrEnum:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"must be one of {', '.join(kind)}, not {text!r}") from None


def _one(text: str, pattern: re.Pattern[str], what: str) -> str | None:
    if text.strip() and not pattern.fullmatch(text.strip()):
        raise ValueError(f"{text.strip()!r} is not {what}")
    return text.strip() or None


def _one_required(text: str, pattern: re.Pattern[str], what: str) -> str:
    if (value := _one(text, pattern, what)) is None:
        raise ValueError("required, but empty")
    return value


def _list(text: str, pattern: re.Pattern[str], what: str) -> tuple[str, ...]:
    items = tuple(item.strip() for item in text.split(",") if item.strip())
    for item in items:
        _one(item, pattern, what)
    return items


def _list_required(text: str, pattern: re.Pattern[str], what: str) -> tuple[str, ...]:
    if not (items := _list(text, pattern, what)):
        raise ValueError("required, but empty")
    return items


_address = partial(_one, pattern=_ADDRESS, what="an email address")
_recipients = partial(_list, pattern=_DOMAIN_OR_ADDRESS, what="an email address or a domain")

_READERS: dict[str, Callable[[str], Any]] = {
    "case_creation_enabled": _flag,
    "ad_hoc_enabled": _flag,
    "case_creation_recipients": _recipients,
    "ad_hoc_recipients": _recipients,
    "trusted_senders": _recipients,
    "admin_email_addresses": partial(_list_required, pattern=_ADDRESS, what="an email address"),
    "notification_from_address": partial(_one_required, pattern=_ADDRESS, what="an email address"),
    "mailbox_address": _address,
    "ad_hoc_from_address": _address,
    "ad_hoc_reply_to": _address,
    "default_service_group_address": _address,
    "ad_hoc_from_name": _optional,
    "default_service_group": partial(_one_required, pattern=_GROUP_ID, what="an id of [A-Za-z0-9_-]{1,64}"),
    "identify_sender": partial(_choice, kind=IdentifySender),
    "variable_topic": _flag,
    "variable_show": _flag,
    "default_show": _flag,
    "trust_without_authentication": _flag,
    "acknowledge_sender": _flag,
    "cc_sender_on_error": _flag,
    "plus_addressing": _flag,
    "accept_emails_for_closed_cases": _flag,
    "spam_action": partial(_choice, kind=Action),
    "virus_action": partial(_choice, kind=Action),
    "authentication_action": partial(_choice, kind=Action),
    "purge_after_days": partial(_number, least=1, most=3650),
    "processed_retention_days": partial(_number, least=0, most=36500),
    "max_cases_per_sender_per_hour": partial(_number, least=1, most=1_000_000),
}

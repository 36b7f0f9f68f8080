"""Turns the text of one deployment parameter into its typed value.

Each reader takes the text of an environment variable ("" if it is not set) and raises ValueError for a wrong text. The
message continues a sentence that begins with the parameter's name: "must be true or false, not 'yes'".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from ipaddress import ip_network
from typing import Any

from email_channels.expressions import expression

Reader = Callable[[str], Any]

_DOMAIN = r"[^@\s,<>:/.][^@\s,<>:/.]*+\.[^@\s,<>:/]++"
_EMAIL_ADDRESS = expression(rf"[^@\s,<>]++@{_DOMAIN}")
_EMAIL_ADDRESS_OR_DOMAIN = expression(rf"(?:[^@\s,<>]++@)?{_DOMAIN}")
_IDENTIFIER = expression(r"[A-Za-z0-9_-]{1,64}")
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html
_BUS_NAME = expression(r"[A-Za-z0-9/._-]{1,256}")
# RFC 6749, section 3.3
_SCOPE = expression(r"[\x21\x23-\x5b\x5d-\x7e]+")
_DOMAIN_ONLY = expression(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,126}")
_CONTROL = expression(r"[\x00-\x1f\x7f]")
_ISSUER = expression(r"https://\S+|http://(?:127\.0\.0\.1|localhost)(?::[0-9]+)?(?:/\S*)?")
_AUDIENCE = expression(r"[^\s,]+")
_CLAIM = expression(r"[A-Za-z0-9:/._-]{1,200}")
_CLIENT_ID = expression(r"[A-Za-z0-9:/._~-]{1,255}")
# https://docs.aws.amazon.com/ses/latest/APIReference/API_CreateReceiptRuleSet.html
_RULE_SET = expression(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?")
_SUFFIX = expression(r"[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?")
_RELEASE = expression(r"[A-Za-z0-9._-]{1,64}")
_EMPTY = "required, but empty"


def parameter_name(field: str) -> str:
    """The name of a setting's parameter in the template: `purge_after_days` -> `PurgeAfterDays`."""
    return "".join(part.capitalize() for part in field.split("_"))


def required_text(text: str) -> str:
    """A text that is not blank."""
    if not text.strip():
        raise ValueError(_EMPTY)
    return text.strip()


def optional_text(text: str) -> str | None:
    """A text; None if it is blank."""
    return text.strip() or None


def line(most: int) -> Reader:
    """A text of one line, with at most this many characters, that is not blank."""
    read = optional_line(most)

    def required(text: str) -> str:
        if (value := read(text)) is None:
            raise ValueError(_EMPTY)
        return value

    return required


def optional_line(most: int) -> Callable[[str], str | None]:
    """A text of one line; None if it is blank."""

    def read(text: str) -> str | None:
        if _CONTROL.search(text):
            raise ValueError("must be one line")
        if len(text) > most:
            raise ValueError(f"must have at most {most} characters")
        return optional_text(text)

    return read


def flag(text: str) -> bool:
    """`true` or `false`."""
    if text not in {"true", "false"}:
        raise ValueError(f"must be true or false, not {text!r}")
    return text == "true"


def whole_number(least: int, most: int, default: int | None = None) -> Reader:
    """A number from `least` to `most`. If the variable is not set, `default` is used, if there is one."""

    def read(text: str) -> int:
        if not text and default is not None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}, not {text!r}")
        return int(text)

    return read


def optional_number(least: int, most: int) -> Callable[[str], int | None]:
    """A reader for a whole number within bounds; None for an empty value."""
    read = whole_number(least, most)
    return lambda text: read(text) if text.strip() else None


def zero_or(least: int, most: int) -> Reader:
    """Zero, or a number from `least` to `most`."""

    def read(text: str) -> int:
        if text == "0":
            return 0
        try:
            return int(whole_number(least, most)(text))
        except ValueError:
            raise ValueError(f"must be 0, or a whole number from {least} to {most}, not {text!r}") from None

    return read


def one_of(choices: type[StrEnum]) -> Reader:
    """One of the enumeration's values."""
    read = word(*choices)
    return lambda text: choices(read(text))


def word(*choices: str) -> Callable[[str], str]:
    """One of these words."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not {text!r}")
        return text

    return read


def number_of(*choices: int) -> Reader:
    """One of these numbers."""
    read = word(*map(str, choices))
    return lambda text: int(read(text))


def text_list(text: str) -> tuple[str, ...]:
    """The texts between commas, without spaces around them. Empty ones are left out."""
    return tuple(item.strip() for item in text.split(",") if item.strip())


def ip_ranges(text: str) -> tuple[str, ...]:
    """One or more ranges of IP addresses. One that contains all addresses would allow every server."""
    found = text_list(text)
    if not found:
        raise ValueError(_EMPTY)
    for each in found:
        try:
            whole = ip_network(each).prefixlen == 0
        except ValueError:
            raise ValueError(f"{each!r} is not a range of IP addresses") from None
        if whole:
            raise ValueError(f"{each!r} would allow every server")
    return found


def scopes(text: str) -> str:
    """Scopes of OpenID Connect, with one space between them. `openid` must be one of them."""
    if len(text) > 500:
        raise ValueError("must have at most 500 characters")
    found = text.split()
    if "openid" not in found:
        raise ValueError(f"must contain the scope openid, not {text!r}")
    if wrong := [scope for scope in found if not _SCOPE.fullmatch(scope)]:
        raise ValueError(f"{wrong[0]!r} is not a scope")
    return " ".join(found)


def _optional(text: str, pattern: re.Pattern[str], what: str) -> str | None:
    value = optional_text(text)
    if value is not None and not pattern.fullmatch(value):
        raise ValueError(f"{value!r} is not {what}")
    return value


def _required(text: str, pattern: re.Pattern[str], what: str) -> str:
    if (value := _optional(text, pattern, what)) is None:
        raise ValueError(_EMPTY)
    return value


def _list(text: str, pattern: re.Pattern[str], what: str) -> tuple[str, ...]:
    items = text_list(text)
    for item in items:
        _optional(item, pattern, what)
    return items


def _required_list(text: str, pattern: re.Pattern[str], what: str) -> tuple[str, ...]:
    if not (items := _list(text, pattern, what)):
        raise ValueError(_EMPTY)
    return items


optional_address = partial(_optional, pattern=_EMAIL_ADDRESS, what="an email address")
required_address = partial(_required, pattern=_EMAIL_ADDRESS, what="an email address")
required_addresses = partial(_required_list, pattern=_EMAIL_ADDRESS, what="an email address")
addresses_or_domains = partial(_list, pattern=_EMAIL_ADDRESS_OR_DOMAIN, what="an email address or a domain")
identifier = partial(_required, pattern=_IDENTIFIER, what="an id of 1 to 64 letters, digits, underscores and hyphens")
optional_bus_name = partial(_optional, pattern=_BUS_NAME, what="the name of an event bus")
optional_domain = partial(_optional, pattern=_DOMAIN_ONLY, what="a domain")
optional_issuer = partial(_optional, pattern=_ISSUER, what="the https address of an OpenID Connect issuer")
optional_audience = partial(_optional, pattern=_AUDIENCE, what="an audience without spaces and commas")
optional_client_id = partial(_optional, pattern=_CLIENT_ID, what="the id of a client")
optional_rule_set = partial(_optional, pattern=_RULE_SET, what="the name of a receipt rule set")
optional_suffix = partial(_optional, pattern=_SUFFIX, what="1 to 20 small letters, digits and hyphens")
optional_release = partial(_optional, pattern=_RELEASE, what="1 to 64 letters, digits, dots, underscores and hyphens")
claim = partial(_required, pattern=_CLAIM, what="the name of a claim")

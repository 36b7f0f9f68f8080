"""Decides which email addresses and recipients the API accepts, and says what is wrong with the others.

The configuration (`is_address`) may hold every address that can send or receive mail. The rules for recipients of an
agent's email (`read_recipient`) are stricter, because Amazon SES must be able to send to them.
"""

from __future__ import annotations

from collections.abc import Mapping

from email_channels.addresses import ascii_domain, domain_of
from email_channels.cases.outgoing import CONTROL
from email_channels.expressions import expression
from email_channels.mail.addresses import parse_addresses
from email_channels.mail.message import Address

# RFC 5321, section 4.5.3.1: 64 octets for the local part, 255 for the domain; a path has room for 254 with the @.
_MAX_LOCAL_PART = 64
_MAX_DOMAIN = 255
_MAX_ADDRESS = 254
# RFC 1035, section 2.3.4: 63 octets for a label. A name has at most 253 characters, for which an address has no room.
_MAX_LABEL = 63
_ADDRESS = expression(r"[^@\s\x00-\x20\x7f,;:<>()\[\]\"\\]+@(?:[\w-]+\.)+[\w-]+")
_DOMAIN = expression(r"(?:[\w-]+\.)+[\w-]+")
# RFC 5322, section 3.2.3: dot-atom.
_SENDABLE_LOCAL_PART = expression(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_SENDABLE_LABEL = expression(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def is_address(text: str) -> bool:
    """Whether the text is one address that mail can be sent to: no name, no quotes, a domain with a dot."""
    local, _, domain = text.rpartition("@")
    return (
        _ADDRESS.fullmatch(text) is not None
        and len(local.encode()) <= _MAX_LOCAL_PART
        and not local.startswith(".")
        and not local.endswith(".")
        and ".." not in local
        and _is_domain(domain)
    )


def is_address_or_domain(text: str) -> bool:
    """Whether the text is an address, or a domain alone."""
    return is_address(text) if "@" in text else _is_domain(text)


def read_recipient(item: object) -> Address:
    """Reads a recipient: the text `Name <address>`, an address alone, or an object with `address` and perhaps `name`.

    The address of the result is ASCII, as SES takes it. Raises ValueError, whose text says what is wrong.
    """
    if isinstance(item, str):
        recipient = _one_mailbox(item)
    elif not isinstance(item, Mapping):
        raise ValueError("must be an email address")  # noqa: TRY004 - callers show the text of a ValueError
    else:
        recipient = Address(str(item.get("name") or ""), str(item.get("address") or ""))
    return Address(recipient_name(recipient.name), sendable_address(recipient.address))


def recipient_name(name: str) -> str:
    """The display name without spaces at its ends. Raises ValueError for a name that no header can hold."""
    if CONTROL.search(name):
        raise ValueError("the name must be on one line, without control characters")
    return name.strip()


def sendable_address(address: str) -> str:
    """The address in the form that SES accepts: ASCII, with the domain in A-labels. Raises ValueError, which says
    why."""
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or any(char.isspace() for char in domain):
        raise ValueError("must be an email address")
    if not local.isascii():
        raise ValueError("must have only ASCII characters before the @, because Amazon SES sends to no other addresses")
    if len(local) > _MAX_LOCAL_PART or not _SENDABLE_LOCAL_PART.fullmatch(local):
        raise ValueError("must be an email address: the part before the @ is not valid")
    name = ascii_domain(domain)
    labels = name.split(".")
    fits = len(local) + 1 + len(name) <= _MAX_ADDRESS
    # A last label of digits alone would be an IP address.
    if len(labels) < 2 or labels[-1].isdigit() or not all(map(_SENDABLE_LABEL.fullmatch, labels)) or not fits:
        raise ValueError("must be an email address: the domain after the @ is not valid")
    return f"{local}@{name}"


def _one_mailbox(text: str) -> Address:
    """The one mailbox (RFC 5322, section 3.4) that the text names, on one line."""
    found = parse_addresses(text)
    if not text.isprintable():
        raise ValueError("must be on one line, without control characters")
    # In `a@b.example c@d.example` the first address would be a name, in `<a@b.example> c@d.example` the second would be
    # lost.
    bracket, behind = "<" in text, text.rpartition(">")[2]
    if len(found) != 1 or ("@" in found[0].name and not bracket) or (bracket and "@" in behind and ">" in text):
        raise ValueError("must be one email address, with or without a name")
    return found[0]


def _is_domain(text: str) -> bool:
    domain = domain_of(f"x@{text}")
    return (
        _DOMAIN.fullmatch(text) is not None
        and domain.isascii()
        and len(domain) <= _MAX_DOMAIN
        and all(0 < len(label) <= _MAX_LABEL and label[0] != "-" and label[-1] != "-" for label in domain.split("."))
    )

"""Comparing email addresses: case-insensitively, and by domain in IDNA form."""

from __future__ import annotations

import idna


def normalise(address: str) -> str:
    """The form in which addresses are compared and stored as keys; `""` stays `""`. Never raises.

    The local part is case-folded: RFC 5321, section 2.4, leaves its case to the receiving host, and none that
    matters distinguishes it. The domain becomes its IDNA A-label form (RFC 5890); one that is no valid IDNA
    domain is only lower-cased.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return address.strip().casefold()
    return f"{local.casefold()}@{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """A domain in lower-case A-label form, without a trailing dot: the one form in which domains are compared.

    IDNA 2008 (RFC 5891) with the mapping of UTS 46, non-transitional: `ß`, `ς` and joiners are letters of their own,
    so that `straße.example` is never `strasse.example`. A domain that is not valid under IDNA is only lower-cased.
    """
    domain = domain.strip()
    if domain.isascii():
        return domain.rstrip(".").lower()
    try:
        # UTS 46 does the lower-casing: Python's makes a capital sigma at the end of a word another letter, `ς`.
        return idna.encode(domain, uts46=True, transitional=False).decode("ascii").rstrip(".")
    except idna.IDNAError:
        return domain.rstrip(".").lower()


def ascii_address(address: str) -> str:
    """The address with its domain in A-label form, which is all that SES takes; the local part stays as it is."""
    local, at, domain = address.strip().rpartition("@")
    return f"{local}@{ascii_domain(domain)}" if at else address.strip()


def domain_of(address: str) -> str:
    """The domain of an address in A-label form; `""` if there is none."""
    _, at, domain = address.rpartition("@")
    return ascii_domain(domain) if at else ""


def without_tag(address: str) -> str:
    """The normalised address with `+tag` taken off the local part (RFC 5233 calls it the detail)."""
    local, at, domain = normalise(address).rpartition("@")
    base = local.split("+", 1)[0]
    return f"{base or local}{at}{domain}"


def tag_of(address: str) -> str | None:
    """What stands after the first `+` of the local part, as written; None if there is no tag."""
    local, _, _ = address.rpartition("@")
    _, plus, tag = local.partition("+")
    return tag if plus and tag else None

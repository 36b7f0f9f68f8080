"""The forms of email addresses: for comparison, for SES, and without the +tag."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import idna

from email_channels.expressions import expression

_ESCAPED = expression(r"\\(.)")
_DOT_ATOM = expression(r'[^\x00-\x20\x7f"\\(),:;<>@\[\].]+(?:\.[^\x00-\x20\x7f"\\(),:;<>@\[\].]+)*')


def normalise(address: str) -> str:
    """The form in which addresses are compared and stored as keys; `""` stays `""`. Never raises.

    The local part is case-folded. RFC 5321, section 2.4, lets the receiving host decide whether its case matters; in
    practice, no important host distinguishes it. Quotes that it does not need are left out. The domain is converted to
    IDNA A-labels (RFC 5890). A domain that is not valid under IDNA is only lower-cased.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return address.strip().casefold()
    return f"{_unquoted(local.casefold())}@{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """The domain in lower-case A-labels, without a trailing dot: the only form in which domains are compared.

    This is IDNA 2008 (RFC 5891) with the non-transitional mapping of UTS 46. It keeps `ß`, `ς` and joiners, so
    `straße.example` is never `strasse.example`. A domain that is not valid under IDNA is only lower-cased.
    """
    domain = domain.strip()
    if domain.isascii():
        return domain.rstrip(".").lower()
    try:
        # UTS 46 lower-cases the domain. Python would turn a capital sigma at the end of a word into `ς`.
        return idna.encode(domain, uts46=True, transitional=False).decode("ascii").rstrip(".")
    except idna.IDNAError:
        return domain.rstrip(".").lower()


def ascii_address(address: str) -> str:
    """The address with its domain in A-labels, as SES requires it; the local part stays as it is."""
    local, at, domain = address.strip().rpartition("@")
    return f"{local}@{ascii_domain(domain)}" if at else address.strip()


def domain_of(address: str) -> str:
    """The domain of an address in A-labels; `""` if there is none."""
    _, at, domain = address.rpartition("@")
    return ascii_domain(domain) if at else ""


def address_or_domain(entry: str) -> str:
    """The form in which an entry of a list of addresses and domains is compared: `normalise` for an address, A-labels
    for a domain."""
    return normalise(entry) if "@" in entry else ascii_domain(entry)


def is_among(address: str, entries: AbstractSet[str]) -> bool:
    """Whether a normalised address, the same without its tag, or its domain is among these entries of a list of
    addresses and domains (`address_or_domain`). Subdomains are not included."""
    return not entries.isdisjoint((address, without_tag(address), domain_of(address)))


def without_tag(address: str) -> str:
    """The normalised address without the `+tag` of its local part (RFC 5233 calls the tag the detail)."""
    local, at, domain = normalise(address).rpartition("@")
    base = local.split("+", 1)[0]
    return f"{base or local}{at}{domain}"


def tag_of(address: str) -> str | None:
    """The tag: what follows the first `+` of the local part, as written; None if there is none."""
    local, _, _ = address.rpartition("@")
    _, plus, tag = local.partition("+")
    return tag if plus and tag else None


def _unquoted(local: str) -> str:
    """The local part without quotes, if it means the same: `"jo"` and `"j\\o"` are `jo` (RFC 5321, section 4.1.2)."""
    if len(local) < 3 or local[0] != '"' or local[-1] != '"':
        return local
    plain = _ESCAPED.sub(r"\1", local[1:-1])
    return plain if _DOT_ATOM.fullmatch(plain) else local

"""Tells whether domains belong to one organisation, by the public suffix list (https://publicsuffix.org).

The package publicsuffixlist contains the list. It is loaded only when it is first needed, because loading takes some
50 ms and most emails are signed by the From domain itself.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def same_organisation(one: str, other: str) -> bool:
    """Whether two domains are equal or have the same organisational domain. Both are in the form of `ascii_domain`."""
    if one == other:
        return True
    organisation = organisational_domain(one)
    return organisation is not None and organisation == organisational_domain(other)


def organisational_domain(domain: str) -> str | None:
    """The domain that an organisation registered: its public suffix and one label more (RFC 7489, section 3.2).

    None if the domain is itself a public suffix, such as `co.uk` or `github.io`. Under a top-level domain that is not
    on the list, two labels make an organisational domain.
    """
    return _public_suffixes().privatesuffix(domain)


@cache
def _public_suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()

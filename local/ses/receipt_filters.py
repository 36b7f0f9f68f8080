"""SES receipt filters (API v1), which moto does not have.

https://docs.aws.amazon.com/ses/latest/APIReference/API_CreateReceiptFilter.html
"""

import ipaddress
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from local.ses.errors import SesError

_MOST_FILTERS = 100  # of an account and region
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?")


@dataclass(frozen=True)
class ReceiptFilter:
    name: str
    policy: str  # Block or Allow
    cidr: str


class ReceiptFilters:
    """The filters of each region. The methods take the parameters of the Query API, and return its XML."""

    def __init__(self) -> None:
        self.ipv6 = True
        """Whether IPv6 ranges are taken. SES does not document it."""
        self._regions: dict[str, dict[str, ReceiptFilter]] = {}
        self._lock = threading.Lock()

    def create(self, region: str, form: Mapping[str, str]) -> str:
        new = ReceiptFilter(
            name=form.get("Filter.Name", ""),
            policy=form.get("Filter.IpFilter.Policy", ""),
            cidr=form.get("Filter.IpFilter.Cidr", ""),
        )
        self._check(new)
        with self._lock:
            filters = self._regions.setdefault(region, {})
            if new.name in filters:
                raise SesError("AlreadyExists", f"Filter already exists: {new.name}")
            if len(filters) >= _MOST_FILTERS:
                raise SesError("LimitExceeded", f"An account has at most {_MOST_FILTERS} receipt filters")
            filters[new.name] = new
        return ""

    def delete(self, region: str, form: Mapping[str, str]) -> str:
        """Deleting a filter that does not exist succeeds, as in SES."""
        with self._lock:
            self._regions.get(region, {}).pop(form.get("FilterName", ""), None)
        return ""

    def list(self, region: str, _form: Mapping[str, str]) -> str:
        with self._lock:
            filters = list(self._regions.get(region, {}).values())
        members = "".join(
            f"<member><Name>{escape(each.name)}</Name>"
            f"<IpFilter><Policy>{each.policy}</Policy><Cidr>{each.cidr}</Cidr></IpFilter></member>"
            for each in filters
        )
        return f"<Filters>{members}</Filters>"

    def _check(self, new: ReceiptFilter) -> None:
        if not _NAME.fullmatch(new.name):
            raise SesError("ValidationError", f"Not a valid filter name: {new.name}")
        if new.policy not in ("Block", "Allow"):
            raise SesError("ValidationError", f"Not a valid filter policy: {new.policy}")
        try:
            network = ipaddress.ip_network(new.cidr)
        except ValueError:
            raise SesError("ValidationError", f"Not a valid IP address or CIDR range: {new.cidr}") from None
        if network.version == 6 and not self.ipv6:
            raise SesError("ValidationError", f"Not a valid IPv4 address or CIDR range: {new.cidr}")

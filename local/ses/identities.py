"""SES's verified domains and addresses, and what SES says of the account (API v2).

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html

There is no DNS here: each identity is verified as soon as it is made.
"""

import threading
from collections.abc import Iterator, Mapping
from typing import Any

from email_channels.addresses import ascii_domain

from local.ses.errors import SesError, not_found

_NAMING = ("NotificationFromAddress", "AdHocFromAddress", "CaseCreationRecipients", "AdHocRecipients")


class Identities:
    """The identities of each region. Arguments and results are the JSON bodies of the REST API."""

    def __init__(self) -> None:
        self._regions: dict[str, dict[str, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def create(self, region: str, body: Mapping[str, Any]) -> dict[str, Any]:
        name = str(body.get("EmailIdentity", ""))
        kind = "EMAIL_ADDRESS" if "@" in name else "DOMAIN"
        with self._lock:
            identities = self._regions.setdefault(region, {})
            if name in identities:
                raise SesError("AlreadyExistsException", f"Email identity {name} already exists.")
            dkim = {
                "SigningEnabled": True,
                "Status": "SUCCESS",
                "Tokens": ["local1", "local2", "local3"],
                "SigningAttributesOrigin": "AWS_SES",
            }
            identities[name] = {
                "IdentityType": kind,
                # On by default, also in SES.
                "FeedbackForwardingStatus": True,
                "VerifiedForSendingStatus": True,
                "DkimAttributes": dkim,
                "VerificationStatus": "SUCCESS",
                "Policies": {},
                "Tags": [],
            }
        return {"IdentityType": kind, "VerifiedForSendingStatus": True, "DkimAttributes": dkim}

    def get(self, region: str, name: str) -> dict[str, Any]:
        with self._lock:
            return dict(self._existing(region, name))

    def list(self, region: str) -> dict[str, Any]:
        with self._lock:
            identities = self._regions.get(region, {})
            return {
                "EmailIdentities": [
                    {"IdentityName": name, "IdentityType": one["IdentityType"], "SendingEnabled": True}
                    | {"VerificationStatus": one["VerificationStatus"]}
                    for name, one in sorted(identities.items())
                ]
            }

    def delete(self, region: str, name: str) -> dict[str, Any]:
        with self._lock:
            self._existing(region, name)
            del self._regions[region][name]
        return {}

    def forward_feedback(self, region: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Whether SES sends bounces as emails, too."""
        with self._lock:
            self._existing(region, name)["FeedbackForwardingStatus"] = bool(body.get("EmailForwardingEnabled", False))
        return {}

    def _existing(self, region: str, name: str) -> dict[str, Any]:
        found = self._regions.get(region, {}).get(name)
        if found is None:
            raise not_found(f"Email identity {name} does not exist.")
        return found


def verified_by_hand(parameters: Mapping[str, str]) -> list[str]:
    """The domains that somebody must verify before the deployment: all that send or receive, but that of the stack."""
    own = ascii_domain(parameters.get("SesIdentityDomain", ""))
    found = dict.fromkeys(domain for domain in _domains(parameters) if domain)
    return [domain for domain in found if not own or not f".{domain}".endswith(f".{own}")]


def _domains(parameters: Mapping[str, str]) -> Iterator[str]:
    for name in _NAMING:
        for each in parameters.get(name, "").split(","):
            yield ascii_domain(each.strip().rpartition("@")[2])


def account(sent: int) -> dict[str, Any]:
    """An account with production access and nothing against it."""
    return {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": True,
        "SendingEnabled": True,
        "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": float(sent)},
    }

"""SES must have verified the domains that the stack sends from and receives for, and must sign what it sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.smoke.findings import Finding
from tools.smoke.run import Run

if TYPE_CHECKING:
    from mypy_boto3_sesv2.type_defs import GetEmailIdentityResponseTypeDef

_RECORDS = (
    "Add the DNS records that SES shows (the outputs DkimRecord1 to 3, or the SES console, Identities), and wait."
)


def look(run: Run) -> Iterator[Finding]:
    senders = [run.stack.parameter("NotificationFromAddress")]
    if run.stack.enabled("AdHocEnabled"):
        senders.append(run.stack.parameter("AdHocFromAddress"))
    for address in dict.fromkeys(senders):
        yield from _sender(run, address)
    for domain in receiving_domains(run):
        name, identity = _identity_of(run, [domain])
        if identity is None:
            yield Finding(
                f"SES has no identity for the receiving domain {domain}: it refuses its emails.", _made(domain)
            )
        elif not identity.get("VerifiedForSendingStatus"):
            yield Finding(f"The receiving domain {domain} ({name}) is not verified: SES refuses its emails.", _RECORDS)


def receiving_domains(run: Run) -> list[str]:
    """The domains of the addresses at which the stack receives."""
    channels = (("CaseCreationEnabled", "CaseCreationRecipients"), ("AdHocEnabled", "AdHocRecipients"))
    recipients = [each for on, name in channels if run.stack.enabled(on) for each in run.stack.listed(name)]
    return list(dict.fromkeys(each.rpartition("@")[2].lower() for each in recipients))


def _sender(run: Run, address: str) -> Iterator[Finding]:
    domain = address.rpartition("@")[2].lower()
    name, identity = _identity_of(run, [address, domain])
    if identity is None:
        yield Finding(f"SES has no identity for {address}: it refuses emails from there.", _made(domain))
        return
    if not identity.get("VerifiedForSendingStatus"):
        yield Finding(f"The identity {name} of {address} is not verified: SES refuses emails from there.", _RECORDS)
    dkim = identity.get("DkimAttributes", {})
    if dkim.get("Status") != "SUCCESS":
        yield Finding(f"DKIM of the identity {name} is not verified ({dkim.get('Status', 'no status')}).", _RECORDS)
    elif not dkim.get("SigningEnabled"):
        yield Finding(
            f"SES does not sign emails of the identity {name}.",
            f"aws sesv2 put-email-identity-dkim-attributes --email-identity {name} --signing-enabled",
        )
    if identity.get("FeedbackForwardingStatus"):
        yield Finding(
            f"SES sends bounces of the identity {name} as emails, too. They come back to the ad hoc mailbox.",
            f"aws sesv2 put-email-identity-feedback-attributes --email-identity {name} --no-email-forwarding-enabled",
        )


def _identity_of(run: Run, names: list[str]) -> tuple[str, GetEmailIdentityResponseTypeDef | None]:
    """The identity that SES uses: the first that exists of these names and the parents of the last one."""
    labels = names[-1].split(".")
    client = run.clients.sesv2
    for name in (*names, *(".".join(labels[cut:]) for cut in range(1, len(labels) - 1))):
        try:
            return name, client.get_email_identity(EmailIdentity=name)
        except client.exceptions.NotFoundException:
            continue
    return "", None


def _made(domain: str) -> str:
    return f"Verify the domain: aws sesv2 create-email-identity --email-identity {domain}. Then add its DNS records."
